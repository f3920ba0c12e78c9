/** Calls of one host that come together, and so share a transaction: each must do what it would do alone. */

import assert from 'node:assert/strict';
import { silentLog } from '../../src/core/log';
import { PostgresDatabase } from '../../src/postgres/postgresDatabase';
import type { LocalQueue } from '../../src/store/localQueue';
import { withFolder } from '../support/folders';
import { openLocalQueue } from '../support/localQueue';
import { newSchema } from '../support/postgres/server';

function withServerQueue(use: (queue: LocalQueue) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const place = newSchema();
    const queue = await openLocalQueue(folder, {
      database: (migrations) => PostgresDatabase.open({ ...place, migrations, log: silentLog }),
    });
    try {
      await addLanes(queue);
      await use(queue);
    } finally {
      await queue.close();
    }
  });
}

async function addLanes(queue: LocalQueue): Promise<void> {
  await queue.createSession({ name: 'work' });
  for (const name of ['lane', 'road']) await queue.createStream({ session: 'work', name });
}

const many = 50;
const together = <T>(one: (at: number) => Promise<T>) =>
  Promise.all(Array.from({ length: many }, (_, at) => one(at)));

describe('calls of a host that come together', () => {
  it('do what they do on files', async () => {
    const onServer: unknown[] = [];
    await withServerQueue(async (queue) => {
      onServer.push(...(await crowd(queue)));
    });
    await withFolder(async (folder) => {
      const queue = await openLocalQueue(folder);
      try {
        await addLanes(queue);
        assert.deepEqual(onServer, await crowd(queue));
      } finally {
        await queue.close();
      }
    });
  });
});

/** A task ends while others of its lane are added, claimed, changed and cancelled, and the same ones twice. */
async function crowd(queue: LocalQueue): Promise<unknown[]> {
  const { task: first } = await queue.enqueue({ stream: 'lane', tool_name: 'run-bash' });
  const claim = await queue.claimNext('lane');
  const waiting = await together(() =>
    queue.enqueue({ stream: 'road', tool_name: 'run-bash', after: [first.id] }),
  );
  const ids = waiting.map(({ task }) => task.id);
  const results = await Promise.allSettled([
    queue.complete(first.id, { lease: claim?.lease, result_summary: 'ok' }),
    queue.complete(first.id, { lease: claim?.lease, result_summary: 'twice' }),
    ...ids.slice(0, 10).map((id) => queue.cancel(id)),
    ...ids.slice(5, 15).map((id) => queue.cancel(id)),
    ...ids.slice(10, 30).map((id) => queue.claimTask(id)),
    ...ids.slice(20, 30).map((id) => queue.claimTask(id)),
    ...ids.slice(30, 35).map((id) => queue.editTask(id, { label: 'changed' })),
    ...ids.slice(35, 40).map((id) => queue.moveTask(id, { to: 'front' })),
    ...ids.map(() => queue.claimNext('road')),
    ...ids.slice(0, 5).map(() => queue.enqueue({ stream: 'road', tool_name: 'run-bash' })),
    queue.updateStream('road', { name: 'street' }),
    queue.enqueue({ stream: 'street', tool_name: 'run-bash' }),
  ]);
  const { items } = await queue.listTasks({ order: 'position', limit: 200 });
  const nameOf = (id: string) => (ids.includes(id) ? `task ${ids.indexOf(id)}` : 'another');
  return [
    ...results.map((result) => {
      if (result.status === 'rejected') return (result.reason as { code?: string }).code;
      const { value } = result;
      if (value === null || 'counts' in value) return 'done';
      const task = 'task' in value ? value.task : value;
      const state = 'waiting' in task ? `${task.status} ${task.waiting}` : 'gone';
      return `${nameOf(task.id)} ${state}`.replace(/tsk_\w+/, nameOf);
    }),
    ...items.map(({ id, status, label }) => `${nameOf(id)} ${status} ${label}`),
    (await queue.status()).counts,
    (await queue.listStreams()).items.map(({ name, counts }) => [name, counts]),
  ];
}
