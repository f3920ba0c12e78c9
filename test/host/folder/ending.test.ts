import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import type { Queue } from '../../../src/core/queue';
import { makeLane, openQueue } from '../editor';

/** Answers the pickers of the next command by the labels of their rows; null dismisses one. */
async function answering(answers: readonly (string | null)[], command: string, ...given: unknown[]) {
  const { showQuickPick } = vscode.window;
  const asked: string[][] = [];
  const fake = async (items: readonly vscode.QuickPickItem[]) => {
    asked.push(items.map(({ label }) => label));
    return items.find(({ label }) => label === answers[asked.length - 1]);
  };
  Object.assign(vscode.window, { showQuickPick: fake });
  try {
    await vscode.commands.executeCommand(command, ...given);
  } finally {
    Object.assign(vscode.window, { showQuickPick });
  }
  return asked;
}

const choices = ['Keep Tasks', 'Move Tasks…', 'Cancel Tasks'];

async function fill(queue: Queue, stream: string, count: number, after?: string): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const { task } = await queue.enqueue({
      stream,
      tool_name: 'llm-sonnet',
      prompt: 'x',
      after: [ids.at(-1) ?? after ?? []].flat(),
    });
    ids.push(task.id);
  }
  return ids;
}

async function statesOf(queue: Queue, ids: readonly string[]) {
  const tasks = await Promise.all(ids.map((id) => queue.getTask(id)));
  return [...new Set(tasks.map(({ status, failure_kind }) => failure_kind ?? status))];
}

describe('Ending what has queued tasks', () => {
  it('ends nothing if the question is dismissed, also the one after it', async () => {
    const queue = await openQueue();
    const { session, stream } = await makeLane(queue, 'stays');
    const ids = await fill(queue, stream.id, 2);
    await makeLane(queue, 'a place to go');
    for (const answers of [[null], ['Move Tasks…', null]]) {
      assert.deepEqual((await answering(answers, commands.endStream, { streamId: stream.id }))[0], choices);
      await answering(answers, commands.endSession, { sessionId: session.id });
      assert.equal((await queue.getStream(stream.id)).status, 'active');
      assert.equal((await queue.getSession(session.id)).status, 'active');
      assert.equal((await queue.listTasks({ stream: stream.id, status: 'queued' })).total, ids.length);
    }
  });

  it('keeps the tasks by default', async () => {
    const queue = await openQueue();
    const { session, stream } = await makeLane(queue, 'kept');
    const ids = await fill(queue, stream.id, 2);
    await answering(['Keep Tasks'], commands.endSession, { sessionId: session.id });
    const ended = await queue.getStream(stream.id);
    assert.deepEqual([ended.status, ended.counts.queued], ['ended', 2]);
    assert.deepEqual(await statesOf(queue, ids), ['queued']);
  });

  it('moves them to another stream in their order, never to one that ends as well', async () => {
    const queue = await openQueue();
    const { session, stream } = await makeLane(queue, 'moved away');
    const other = await queue.createStream({ session: session.id, name: 'ends as well' });
    const target = await makeLane(queue, 'moved to');
    const ids = [...(await fill(queue, stream.id, 3)), ...(await fill(queue, other.id, 1))];
    const asked = await answering(['Move Tasks…', 'moved to'], commands.endSession, {
      sessionId: session.id,
    });
    assert.ok(!asked[1]?.some((label) => label === stream.name || label === other.name), asked[1]?.join());
    assert.equal((await queue.getSession(session.id)).status, 'ended');
    const { items } = await queue.listTasks({ stream: target.stream.id, order: 'position' });
    assert.deepEqual(items.map(({ id }) => id).sort(), [...ids].sort());
    assert.deepEqual(
      items.filter(({ id }) => ids.indexOf(id) < 3).map(({ id }) => id),
      ids.slice(0, 3),
    );
  });

  it('cancels them, also those that wait for each other, and asks once for several streams', async () => {
    const queue = await openQueue();
    const lanes = [await makeLane(queue, 'cancelled one'), await makeLane(queue, 'cancelled two')];
    const ids: string[] = [];
    for (const { stream } of lanes) ids.push(...(await fill(queue, stream.id, 2, ids.at(-1))));
    const rows = lanes.map(({ stream }) => ({ streamId: stream.id }));
    const asked = await answering(['Cancel Tasks'], commands.endStream, rows[0], rows);
    assert.deepEqual(asked, [choices]);
    assert.deepEqual(await statesOf(queue, ids), ['cancelled']);
    for (const { stream } of lanes) assert.equal((await queue.getStream(stream.id)).status, 'ended');
  });

  it('does not ask without queued tasks', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'empty');
    assert.deepEqual(await answering([], commands.endStream, { streamId: stream.id }), []);
    assert.equal((await queue.getStream(stream.id)).status, 'ended');
  });
});

describe('Streams and sessions', () => {
  /** Answers the input box of the next command; its `problem` with another answer is returned. */
  async function named(answer: string, taken: string, command: string, target: object) {
    const { showInputBox } = vscode.window;
    let problem: unknown;
    const fake = async ({ validateInput }: vscode.InputBoxOptions = {}) => {
      problem = await validateInput?.(taken);
      return answer;
    };
    Object.assign(vscode.window, { showInputBox: fake });
    try {
      await vscode.commands.executeCommand(command, target);
    } finally {
      Object.assign(vscode.window, { showInputBox });
    }
    return problem;
  }

  it('are renamed, to names that are not taken', async () => {
    const queue = await openQueue();
    const { session, stream } = await makeLane(queue, 'old name');
    await makeLane(queue, 'neighbour');
    const problem = await named(' 新しい名前 ', 'neighbour', commands.renameStream, { streamId: stream.id });
    assert.equal(problem, 'The name neighbour is taken.');
    assert.equal((await queue.getStream(stream.id)).name, '新しい名前');
    await named('renamed', '', commands.renameSession, { sessionId: session.id });
    assert.equal((await queue.getSession(session.id)).name, 'renamed');
  });

  /** Answers the modal question of a command; what was asked is returned. */
  async function confirming(answer: string | undefined, command: string, target: object): Promise<string[]> {
    const { showWarningMessage } = vscode.window;
    const asked: string[] = [];
    const fake = async (message: string, { detail = '' }: vscode.MessageOptions) => {
      asked.push(message, detail);
      return answer;
    };
    Object.assign(vscode.window, { showWarningMessage: fake });
    try {
      await vscode.commands.executeCommand(command, target);
    } finally {
      Object.assign(vscode.window, { showWarningMessage });
    }
    return asked;
  }

  it('are emptied once the person agrees: what is queued is cancelled, what depends on it first', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'emptied');
    const ids = await fill(queue, stream.id, 3);
    const target = { streamId: stream.id };
    const [asked] = await confirming(undefined, commands.emptyStream, target);
    assert.equal(asked, 'Cancel 3 queued tasks of emptied?');
    assert.deepEqual(await statesOf(queue, ids), ['queued']);
    await confirming('Cancel Tasks', commands.emptyStream, target);
    assert.deepEqual(await statesOf(queue, ids), ['cancelled']);
    assert.equal((await queue.getStream(stream.id)).status, 'active');
  });

  it('are deleted when empty, once the person agrees', async () => {
    const queue = await openQueue();
    const { session, stream } = await makeLane(queue, 'brief');
    const [id = ''] = await fill(queue, stream.id, 1);
    await queue.deleteTask(id);
    const target = { streamId: stream.id };
    assert.deepEqual(await confirming(undefined, commands.deleteStream, target), [
      'Delete brief?',
      'Its options and instructions go with it. 1 deleted task of it can no longer be restored.',
    ]);
    assert.equal((await queue.getStream(stream.id)).name, 'brief');
    await confirming('Delete', commands.deleteStream, target);
    assert.equal((await queue.listStreams({ session_id: session.id })).total, 0);
    await queue.createStream({ session: session.id, name: 'brief too' });
    await confirming('Delete', commands.deleteSession, { sessionId: session.id });
    await assert.rejects(queue.getSession(session.id), /not found/);
  });

  it('have their finished tasks reviewed, requeued and deleted together', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'done');
    const ids = [...(await fill(queue, stream.id, 1)), ...(await fill(queue, stream.id, 1))];
    for (const id of ids) await queue.fail(id, { error_message: 'x' });
    for (const id of await fill(queue, stream.id, 1)) await queue.cancel(id);
    const target = { doneIn: stream.id };
    const asked = await confirming('Requeue', commands.requeueFailed, target);
    assert.equal(asked[0], 'Requeue 2 failed tasks of done?');
    const copies = await queue.listTasks({ stream: stream.id, status: 'queued', order: 'position' });
    assert.deepEqual(
      copies.items.map(({ retry_of }) => retry_of),
      ids,
    );
    assert.equal((await queue.getStream(stream.id)).counts.failed_unreviewed, 0);
    // Nothing is left to requeue.
    assert.deepEqual(await confirming('Requeue', commands.requeueFailed, target), []);
    const [question] = await confirming('Delete', commands.deleteFinished, target);
    assert.equal(question, 'Delete 3 finished tasks of done?');
    const { counts } = await queue.getStream(stream.id);
    assert.deepEqual([counts.queued, counts.failed], [2, 0]);
    assert.equal((await queue.listTasks({ stream: stream.id, deleted: true })).total, 3);
  });

  it('of a session start to work together', async () => {
    const queue = await openQueue();
    const { session, stream } = await makeLane(queue, 'first lane');
    const second = await queue.createStream({ session: session.id, name: 'second lane' });
    const { stream: other } = await makeLane(queue, 'lane of another session');
    await vscode.commands.executeCommand(commands.startAllWorkers, { sessionId: session.id });
    const working = await Promise.all([stream, second, other].map(({ id }) => queue.getStream(id)));
    assert.deepEqual(
      working.map((each) => each.working),
      [true, true, false],
    );
    for (const { id } of [stream, second]) await queue.updateStream(id, { working: false });
  });
});
