/** Hosts with programs of several ages that share a queue on a server. */

import assert from 'node:assert/strict';
import { silentLog } from '../../src/core/log';
import { PostgresDatabase, type PostgresOptions } from '../../src/postgres/postgresDatabase';
import { type ServerMigration, serverMigrations } from '../../src/postgres/serverMigrations';
import type { LocalQueue } from '../../src/store/localQueue';
import { migrations } from '../../src/store/rows/schema';
import { withFolder } from '../support/folders';
import { openLocalQueue, refused } from '../support/localQueue';
import { newSchema } from '../support/postgres/server';

const newest = migrations.at(-1)?.version ?? 0;
const newestOfServer = serverMigrations.at(-1)?.version ?? 0;

/** What a later program adds, and the oldest program that can do with it. */
const later = (needs?: number) => ({
  version: newest + 1,
  sql: 'ALTER TABLE sessions ADD COLUMN colour TEXT; CREATE TABLE colours (name TEXT PRIMARY KEY);',
  ...(needs === undefined ? {} : { needs }),
});

const own: readonly ServerMigration[] = [
  ...serverMigrations,
  { version: newestOfServer + 1, after: newest + 1, sql: 'CREATE VIEW shades AS SELECT * FROM colours' },
];

/** Opens the queue of a schema with programs of different ages; all are closed in the end. */
function withPrograms(
  use: (open: (program?: Partial<PostgresOptions>) => Promise<LocalQueue>) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const place = newSchema();
    const queues: LocalQueue[] = [];
    try {
      await use(async (program = {}) => {
        const queue = await openLocalQueue(`${folder}/${queues.length}`, {
          database: (known) =>
            PostgresDatabase.open({ ...place, migrations: known, ...program, log: silentLog }),
        });
        queues.push(queue);
        return queue;
      });
    } finally {
      await Promise.all(queues.map((queue) => queue.close()));
    }
  });
}

async function addTask(queue: LocalQueue): Promise<string> {
  const { task } = await queue.enqueue({ stream: 'lane', tool_name: 'llm-haiku' });
  return task.id;
}

describe('programs of several ages with a queue on a server', () => {
  it('go on beside a newer one whose tables they can do with', () =>
    withPrograms(async (open) => {
      // Its only connection has prepared statements for the tables as they are.
      const old = await open({ connections: 0 });
      await old.createSession({ name: 'work' });
      await old.createStream({ session: 'work', name: 'lane' });
      const first = await addTask(old);
      await old.listSessions();

      const newer = { migrations: [...migrations, later(newest)] };
      const young = await open(newer);
      const second = await addTask(young);
      assert.equal((await old.listSessions()).items.length, 1);
      assert.equal((await old.getTask(second)).id, second);
      assert.equal((await old.claimNext('lane'))?.task.id, first);
      const third = await addTask(await open());
      assert.equal((await young.getTask(third)).id, third);
    }));

  it('are told at their next call of one whose tables they cannot do with', () =>
    withPrograms(async (open) => {
      const old = await open();
      await old.createSession({ name: 'work' });
      await old.createStream({ session: 'work', name: 'lane' });
      const young = await open({ migrations: [...migrations, later()] });
      await refused(addTask(old), 'upgrade_required', /newer SparkQ/);
      await refused(old.getStream('lane'), 'upgrade_required', /newer SparkQ/);
      await refused(open(), 'upgrade_required', /newer SparkQ/);
      await addTask(young);
    }));

  it('run what only a server has after the tables that it needs, at once and step by step', async () => {
    const newer = { migrations: [...migrations, later(newest)] };
    await withPrograms(async (open) => {
      await open();
      await open(newer);
      await open({ ...newer, serverMigrations: own });
    });
    await withPrograms(async (open) => {
      await open({ ...newer, serverMigrations: own });
      await refused(
        open(newer),
        'upgrade_required',
        new RegExp(`need schema ${newest}\\.${newestOfServer + 1};`),
      );
    });
  });
});
