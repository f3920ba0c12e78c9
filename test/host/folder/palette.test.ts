import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import { makeLane, openQueue, takingFirst } from '../editor';

describe('A command of the palette', () => {
  it('offers to mark as reviewed what is left of a stream that has ended', async () => {
    const queue = await openQueue();
    const { session, stream } = await makeLane(queue, 'ended, not reviewed');
    const { task } = await queue.enqueue({ stream: stream.id, tool_name: 'llm-sonnet', prompt: 'x' });
    await queue.fail(task.id, { error_message: 'no luck' });
    await queue.endSession(session.id);
    await takingFirst(commands.acceptStream);
    assert.notEqual((await queue.getTask(task.id)).reviewed_at, null);
  });

  it('finds a matching task behind many others', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'long');
    const add = () => queue.enqueue({ stream: stream.id, tool_name: 'llm-sonnet', prompt: 'x' });
    await Promise.all(Array.from({ length: 250 }, add));
    const { task } = await add();
    await queue.parkTask(task.id);
    await takingFirst(commands.unpark);
    assert.equal((await queue.getTask(task.id)).parked, false);
  });

  it('does not offer to rerun a task that a person has claimed', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'in hand');
    const payload = { script_path: 'scripts/hello.sh', args: [] };
    const { task } = await queue.enqueue({ stream: stream.id, tool_name: 'run-bash', payload });
    await vscode.commands.executeCommand(commands.claim, { taskId: task.id });
    await takingFirst(commands.runAgain);
    assert.equal((await queue.getTask(task.id)).cancel_requested, false);
    await queue.complete(task.id, { result_summary: 'done' });
  });
});
