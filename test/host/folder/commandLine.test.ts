import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import { withFolder } from '../../support/folders';
import { activate } from '../editor';

const suite = process.platform === 'win32' ? describe.skip : describe;

suite('The command line that the editor installs', () => {
  it('runs the command line of this extension, and replaces an older one', async () => {
    const { version } = await activate();
    await withFolder(async (folder) => {
      const bin = path.join(folder, 'new', 'bin');
      for (let time = 0; time < 2; time += 1) {
        const file = await vscode.commands.executeCommand<string>(
          commands.installCommandLine,
          vscode.Uri.file(bin),
        );
        assert.equal(file, path.join(bin, 'sparkq'));
        assert.equal(fs.statSync(file).mode & 0o111, 0o111);
        assert.match(execFileSync(file, ['--version'], { encoding: 'utf8' }), new RegExp(`\\b${version}\\b`));
      }
    });
  });
});
