import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import { openQueue } from '../editor';

describe('The configuration', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('is kept as it was parsed, so that the next window opens sooner', async () => {
    await openQueue();
    assert.equal(readdirSync(path.join(process.env.SPARKQ_HOME ?? '', 'configs', 'editor')).length, 1);
  });

  it('opens with a command, and completes without another extension', async () => {
    await openQueue();
    await vscode.commands.executeCommand(commands.openConfiguration);
    const { document, edit } = vscode.window.activeTextEditor ?? assert.fail('nothing opened');
    assert.match(document.uri.path, /sparkq\.yml$/);
    await edit((change) => change.insert(document.lineAt(document.lineCount - 1).range.end, '\nserver:\n  '));
    const end = document.lineAt(document.lineCount - 1).range.end;
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      end,
    );
    const names = list.items.map(({ label }) => label);
    for (const name of ['host', 'port']) assert.ok(names.includes(name), names.join(' '));
  });
});
