import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import { writeDefaultTool } from '../../../src/editor/agents/defaultTool';
import { removeFolder, temporaryFolder } from '../../support/folders';
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

  describe('is given the default tool of agents', () => {
    let file: vscode.Uri;
    beforeEach(() => {
      file = vscode.Uri.file(path.join(temporaryFolder(), 'sparkq.yml'));
    });
    afterEach(() => removeFolder(path.dirname(file.fsPath)));
    const onDisk = () => readFile(file.fsPath, 'utf8');

    it('where there is no file', async () => {
      await writeDefaultTool(file, 'claude');
      assert.equal(await onDisk(), 'agents:\n  default: claude\n');
    });

    it('beside changes that nobody has saved, which stay so', async () => {
      await writeFile(file.fsPath, 'a: 1\n');
      const editor = await vscode.window.showTextDocument(file);
      await editor.edit((change) => change.insert(new vscode.Position(0, 0), '# mine\n'));
      await writeDefaultTool(file, 'claude');
      assert.equal(editor.document.getText(), '# mine\na: 1\n\nagents:\n  default: claude\n');
      assert.ok(editor.document.isDirty);
      assert.equal(await onDisk(), 'a: 1\n');
    });

    it('by hand, where it cannot be written', async () => {
      await writeFile(file.fsPath, '- a list\n');
      await assert.rejects(
        writeDefaultTool(file, 'claude'),
        /Set agents\.default: claude in sparkq\.yml by hand/,
      );
      assert.equal(await onDisk(), '- a list\n');
    });
  });
});
