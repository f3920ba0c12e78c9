import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';

describe('The extension', () => {
  it('activates by itself once VS Code has started', async () => {
    const extension = vscode.extensions.getExtension('sparkq.sparkq');
    assert.ok(extension, 'it is installed');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('registers every command that it contributes', async () => {
    await vscode.extensions.getExtension('sparkq.sparkq')?.activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = Object.values(commands).filter((id) => !registered.has(id));
    assert.deepEqual(missing, []);
  });
});
