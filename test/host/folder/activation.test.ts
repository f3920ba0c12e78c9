import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import { activate } from '../editor';

describe('The extension', () => {
  it('activates and returns its API', async () => {
    const api = await activate();
    assert.match(api.version, /^\d+\.\d+\.\d+$/);
    const queue = await api.queue();
    const status = await queue.status();
    assert.equal(status.role, 'editor');
    assert.equal(status.workspace, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
  });

  it('registers every command that it contributes', async () => {
    await activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = Object.values(commands).filter((id) => !registered.has(id));
    assert.deepEqual(missing, []);
  });
});
