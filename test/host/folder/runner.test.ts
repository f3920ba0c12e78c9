import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import type { Stream, Task } from '../../../src/core/model';
import type { NewTask, Queue } from '../../../src/core/queue';
import { presentTask } from '../../../src/core/refusals';
import { isAlive } from '../../../src/system/processes';
import { withTimeToBegin } from '../../support/timeToBegin';
import { endOf, makeLane, nextEvent, openQueue } from '../editor';

describe('The worker of a stream', () => {
  it('starts, claims nothing while the stream is paused, continues, and stops', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'walking away');
    const target = { streamId: stream.id };
    await vscode.commands.executeCommand(commands.pauseStream, target);
    const first = await enqueueLines(queue, stream, 'echo first');
    await vscode.commands.executeCommand(commands.startWorker, target);
    assert.equal((await queue.getStream(stream.id)).working, true);
    // What the queue has answered to another stream's task says that the worker had its turn.
    const other = await makeLane(queue, 'beside it');
    await vscode.commands.executeCommand(commands.startWorker, { streamId: other.stream.id });
    await endOf(queue, (await enqueueLines(queue, other.stream, 'echo beside')).id);
    assert.equal((await queue.getTask(first.id)).waiting_reason?.code, 'paused');

    await vscode.commands.executeCommand(commands.resumeStream, target);
    assert.equal((await endOf(queue, first.id)).result_summary, 'first');

    await vscode.commands.executeCommand(commands.stopWorker, target);
    await vscode.commands.executeCommand(commands.stopWorker, { streamId: other.stream.id });
    const left = await enqueueLines(queue, stream, 'echo left');
    assert.equal(left.waiting_reason?.code, 'worker_stopped');
  });

  it('may be faster than a command that queues a task and runs it', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'idle worker');
    await vscode.commands.executeCommand(commands.startWorker, { streamId: stream.id });
    const first = await enqueueLines(queue, stream, 'exit 3');
    await endOf(queue, first.id);
    for (let times = 0; times < 5; times += 1) {
      const again = await vscode.commands.executeCommand<Task>(commands.runAgain, { taskId: first.id });
      assert.notEqual(again.status, 'queued');
      assert.equal((await endOf(queue, again.id)).attempts, 1);
    }
    await vscode.commands.executeCommand(commands.stopWorker, { streamId: stream.id });
  });

  it('pauses its stream after a failure if configured', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'careful');
    await queue.updateStream(stream.id, { on_failure: 'pause' });
    const paused = nextEvent(
      queue,
      (event) => event.stream_id === stream.id && event.stream?.paused === true,
    );
    const failing = await enqueueLines(queue, stream, 'exit 7');
    const behind = await enqueueLines(queue, stream, 'echo behind');
    await vscode.commands.executeCommand(commands.startWorker, { streamId: stream.id });
    await paused;
    assert.equal((await endOf(queue, failing.id)).exit_code, 7);
    assert.equal((await queue.getTask(behind.id)).status, 'queued');
    await vscode.commands.executeCommand(commands.stopWorker, { streamId: stream.id });
  });

  it('retries a task as often as its stream allows, and keeps each attempt', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'stubborn');
    await queue.updateStream(stream.id, { max_attempts: 2 });
    const task = await enqueueLines(queue, stream, 'echo $SPARKQ_ATTEMPT; [ $SPARKQ_ATTEMPT = 2 ]');
    await vscode.commands.executeCommand(commands.startWorker, { streamId: stream.id });
    const ended = await endOf(queue, task.id);
    assert.equal(ended.status, 'succeeded', JSON.stringify(ended));
    await vscode.commands.executeCommand(commands.stopWorker, { streamId: stream.id });
    const outcomes = (await queue.listAttempts(task.id)).map(({ number, outcome }) => `${number} ${outcome}`);
    assert.deepEqual(outcomes.sort(), ['1 error', '2 succeeded']);
    const first = await queue.readOutput(task.id, { stream: 'stdout', attempt: 1 });
    assert.equal(first.text, '1\n');
  });
});

describe('A run that takes too long', () => {
  it('is ended at twice its timeout, with a grandchild that ignores TERM', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'too long');
    const lines = "( trap '' TERM HUP; echo $BASHPID; while :; do sleep 0.1; done ) &\nwait";
    const pid = await withTimeToBegin(1, async (timeout) => {
      const task = await enqueueLines(queue, stream, lines, { timeout });
      await vscode.commands.executeCommand<Task>(commands.runTask, { taskId: task.id });
      const ended = await endOf(queue, task.id);
      assert.deepEqual(
        [ended.failure_kind, ended.error, ended.attempts],
        ['timeout', 'TIMEOUT: Task timeout (auto-failed)', 1],
      );
      assert.notEqual(ended.stale_warned_at, null);
      return ended.stdout;
    });
    assert.equal(isAlive(pid, null), false);
  });
});

let scripts = 0;

/** A queued task that runs lines of bash. */
async function enqueueLines(
  queue: Queue,
  stream: Stream,
  lines: string,
  more: Partial<NewTask> = {},
): Promise<Task> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  scripts += 1;
  const script_path = `runner-${scripts}.sh`;
  await vscode.workspace.fs.writeFile(
    vscode.Uri.joinPath(folder.uri, script_path),
    new TextEncoder().encode(`${lines}\n`),
  );
  const input = { stream: stream.id, tool_name: 'run-bash', payload: { script_path }, ...more };
  return presentTask((await queue.enqueue(input)).task);
}
