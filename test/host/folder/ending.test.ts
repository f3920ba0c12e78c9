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
