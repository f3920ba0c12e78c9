import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import type { Task } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { endOf, makeLane, openQueue, takingFirst } from '../editor';

const row = (taskId: string) => ({ taskId });

async function prompts(queue: Queue, stream: string, labels: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const label of labels) {
    const { task } = await queue.enqueue({ stream, tool_name: 'llm-sonnet', label, prompt: label });
    ids.push(task.id);
  }
  return ids;
}

describe('With several selected rows', () => {
  it('a command on one task uses the one whose button was clicked', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'clicked task');
    const ids: string[] = [];
    for (const label of ['upper', 'lower']) {
      const payload = { script_path: 'scripts/hello.sh', args: [] };
      ids.push((await queue.enqueue({ stream: stream.id, tool_name: 'run-bash', label, payload })).task.id);
    }
    const [upper = '', lower = ''] = ids;
    const rows = ids.map(row);
    const running = await vscode.commands.executeCommand<Task>(commands.runTask, rows[1], rows);
    assert.equal(running.id, lower);
    await endOf(queue, lower);
    assert.equal((await queue.getTask(upper)).status, 'queued');
  });

  it('a command on a stream uses the one that was clicked, and all sessions end', async () => {
    const queue = await openQueue();
    const lanes = [await makeLane(queue, 'clicked one'), await makeLane(queue, 'clicked two')];
    const streams = lanes.map(({ stream }) => ({ streamId: stream.id }));
    const changed = await takingFirst<{ id: string }>(commands.streamOptions, streams[1], streams);
    assert.equal(changed.id, streams[1]?.streamId);
    const sessions = lanes.map(({ session }) => ({ sessionId: session.id }));
    await vscode.commands.executeCommand(commands.endSession, sessions[1], sessions);
    for (const { session } of lanes) assert.equal((await queue.getSession(session.id)).status, 'ended');
  });

  it('an ended stream does not prevent pausing the others', async () => {
    const queue = await openQueue();
    const [ended, active] = [await makeLane(queue, 'over'), await makeLane(queue, 'not over')];
    await queue.endStream(ended.stream.id);
    const rows = [ended, active].map(({ stream }) => ({ streamId: stream.id }));
    await vscode.commands.executeCommand(commands.pauseStream, rows[1], rows);
    assert.equal((await queue.getStream(active.stream.id)).paused, true);
  });

  it('a task deleted meanwhile does not prevent requeueing the others with a note', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'noted');
    const ids = await prompts(queue, stream.id, ['gone', 'there']);
    for (const id of ids) await queue.fail(id, { error_message: 'no luck' });
    const [gone = '', there = ''] = ids;
    await queue.deleteTask(gone);
    await takingFirst(commands.requeueWithNote, row(there), [row(gone), row(there)]);
    const { items } = await queue.listTasks({ stream: stream.id, status: 'queued' });
    assert.deepEqual(
      items.map(({ retry_of }) => retry_of),
      [there],
    );
    assert.notEqual((await queue.getTask(there)).reviewed_at, null);
  });

  it('tasks keep their order when they move to another stream', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'from here');
    const ids = await prompts(queue, stream.id, ['first', 'second', 'third']);
    const target = await makeLane(queue, 'to there');
    // The view tells them in the order of the clicks.
    const rows = ids.map(row).reverse();
    await takingFirst(commands.moveToStream, rows[1], rows);
    const { items } = await queue.listTasks({ stream: target.stream.id, order: 'position' });
    assert.deepEqual(
      items.map(({ id }) => id),
      ids,
    );
  });
});
