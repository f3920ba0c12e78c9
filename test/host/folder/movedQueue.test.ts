import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import { makeLane, openQueue } from '../editor';

describe('Moving the queue of a window', () => {
  it('takes everything along, and the window goes on with it', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'moves along');
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    await vscode.commands.executeCommand(commands.moveQueue, folder?.uri);
    const moved = await openQueue();
    assert.match((await moved.status()).storage, /[\\/]\.sparkq[\\/]queue-[0-9a-f]{16}$/);
    assert.equal((await moved.getStream(stream.id)).name, 'moves along');
    await moved.updateStream(stream.id, { instructions: 'written' });
  });
});
