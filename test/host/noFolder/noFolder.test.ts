import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activate } from '../editor';

describe('With no folder open', () => {
  it('the extension is active without a queue', async () => {
    assert.equal(vscode.workspace.workspaceFolders, undefined);
    const api = await activate();
    await assert.rejects(api.queue(), /Open a folder first/);
  });
});
