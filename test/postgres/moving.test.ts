/** A queue goes from files to a server, and back. */

import assert from 'node:assert/strict';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { QueueEvent } from '../../src/core/events';
import { silentLog } from '../../src/core/log';
import { moveToFiles } from '../../src/postgres/moving/moveToFiles';
import { moveToServer } from '../../src/postgres/moving/moveToServer';
import { rowsTogether } from '../../src/postgres/moving/serverRows';
import { PostgresDatabase } from '../../src/postgres/postgresDatabase';
import { grantRole } from '../../src/postgres/roles';
import type { LocalQueue } from '../../src/store/localQueue';
import { OutputWriter } from '../../src/store/outputFiles';
import { noteOnServer, onServerName, serverOf } from '../../src/store/ownership/onServer';
import type { HostFacts } from '../../src/store/rows/hostTable';
import { migrations } from '../../src/store/rows/schema';
import { removeFolder, temporaryFolder, withFolder } from '../support/folders';
import { openLocalQueue, type QueueOfRows, refused } from '../support/localQueue';
import { openDatabase } from '../support/openDatabase';
import { newSchema } from '../support/postgres/server';

const place = () => ({ ...newSchema(), shown: 'postgresql://server/work', migrations });
type Place = ReturnType<typeof place>;

const filesIn = (storage: string) => ({
  ...{ storage, programs: 'dist', host: mine.id, log: silentLog, patience: 0 },
  progress: () => undefined,
});

/** The host of those files, and another one. */
const mine = { id: 'hst_0123456789ab', name: 'laptop', labels: [], accept: [] };
const other = { id: 'hst_ba9876543210', name: 'box', labels: [], accept: [] };

const onServer = (storage: string, { url, schema }: Place, host: HostFacts = mine) =>
  openLocalQueue(storage, {
    host: () => host,
    database: (needed) => PostgresDatabase.open({ url, schema, migrations: needed, log: silentLog }),
  });

/** Opens a queue, uses it, and closes it. */
async function using<T>(
  opening: Promise<LocalQueue>,
  use: (queue: QueueOfRows<LocalQueue>) => Promise<T>,
): Promise<T> {
  const queue = await opening;
  try {
    return await use(queue as QueueOfRows<LocalQueue>);
  } finally {
    await queue.close();
  }
}

/** A queue in files with a bit of everything that is no longer as it was made. */
function fill(storage: string): void {
  cpSync(filled, storage, { recursive: true });
}

/** It is made once, and then copied. */
const filled = temporaryFolder();
before(() => make(filled));
after(() => removeFolder(filled));

async function make(storage: string): Promise<void> {
  await using(openLocalQueue(storage), async (queue) => {
    await queue.createSession({ name: 'old' });
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'lane', parallelism: 3 });
    await queue.createStream({ session: 'old', name: 'road' });
    const { task: first } = await queue.enqueue(
      { stream: 'lane', tool_name: 'llm-haiku', payload: { prompt: 'Größe \\ "{}" \n 漢字 🎈' } },
      { key: 'once' },
    );
    await queue.enqueue({ stream: 'road', tool_name: 'llm-haiku', after: [first.id] });
    const claim = await queue.claimTask(first.id);
    await queue.heartbeat(first.id, { lease: claim.lease, progress: 0.1 });
    await queue.complete(first.id, { lease: claim.lease, result_summary: 'done' });
    await queue.createSchedule({ stream: 'lane', cron: '0 3 * * *', zone: 'UTC', tool_name: 'llm-haiku' });
    const tasks = [0, 1, 2].map((at) => ({ tool_name: 'llm-haiku', label: `number ${at}` }));
    await queue.enqueueMany({ stream: 'lane', label: 'many', parallelism: 2, tasks });
  });
}

/** Adds tasks that are as the last one, in one statement. */
async function multiply(storage: string, tasks: number): Promise<void> {
  const database = await openDatabase(storage, { migrations, generation: 2 });
  const columns = 'stream_id, tool_name, task_class, payload, timeout, created_at, updated_at';
  await database.write((tx) => {
    tx.run(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
        INSERT INTO tasks (id, position, ${columns})
        SELECT printf('tsk_%012x', n), position + n, ${columns} FROM numbers
          CROSS JOIN (SELECT * FROM tasks ORDER BY seq DESC LIMIT 1)`,
      tasks,
    );
    tx.run('UPDATE stream_counts SET queued = queued + ? WHERE queued > 2', tasks);
  });
  await database.close();
}

/** What a queue in files has none of. */
const ofHosts = new Set(['runs_on', 'runs_here', 'created_by', 'approved_by']);

/** All that a caller can see of a queue, wherever it is. */
async function contentOf(queue: LocalQueue): Promise<unknown> {
  const tasks = (await queue.listTasks({ limit: 100 })).items;
  const all = {
    tasks,
    attempts: await Promise.all(tasks.map(({ id }) => queue.listAttempts(id))),
    sessions: (await queue.listSessions()).items,
    streams: await queue.listStreams(),
    batches: await queue.listBatches(),
    schedules: await queue.listSchedules(),
    counts: (await queue.status()).counts,
  };
  return JSON.parse(JSON.stringify(all, (name, value) => (ofHosts.has(name) ? undefined : value)));
}

describe('moving a queue to a server', () => {
  it('takes along all that there is, and back again', () =>
    withFolder(async (storage) => {
      fill(storage);
      const there = place();
      const before = await using(openLocalQueue(storage), contentOf);
      const { rows } = await moveToServer(filesIn(storage), there);
      assert.equal(rows.tasks, 5);
      assert.deepEqual(await using(onServer(storage, there), contentOf), before);
      await moveToFiles(filesIn(storage), there);
      assert.deepEqual(await using(openLocalQueue(storage), contentOf), before);
      await moveToServer(filesIn(storage), there);
      assert.deepEqual(await using(onServer(storage, there), contentOf), before);
    }));

  it('goes on where it was: keys, numbers and order', () =>
    withFolder(async (storage) => {
      fill(storage);
      const there = place();
      await moveToServer(filesIn(storage), there);
      await using(onServer(storage, there), async (queue) => {
        const task = {
          stream: 'lane',
          tool_name: 'llm-haiku',
          payload: { prompt: 'Größe \\ "{}" \n 漢字 🎈' },
        };
        assert.equal((await queue.enqueue(task, { key: 'once' })).task.status, 'succeeded');
        const { task: last } = await queue.enqueue({ stream: 'lane', tool_name: 'llm-haiku' });
        const { items } = await queue.listTasks({ stream: 'lane', limit: 100 });
        assert.equal(items[0]?.id, last.id);
        assert.equal((await queue.claimNext('lane'))?.task.label, 'number 0');
      });
    }));

  it('leaves what runs with the host of the files, until somebody says otherwise', () =>
    withFolder(async (folder) => {
      fill(`${folder}/mine`);
      await using(openLocalQueue(`${folder}/mine`), async (queue) => {
        const payload = { argv: ['make'], env: { PATH: '/home/ann/bin' } };
        await queue.enqueue({
          stream: 'road',
          tool_name: 'run-command',
          label: 'bound',
          front: true,
          payload,
        });
      });
      const there = place();
      await moveToServer(filesIn(`${folder}/mine`), there);
      await using(onServer(`${folder}/other`, there, other), async (queue) => {
        assert.equal(await queue.claimNext('lane'), null);
        for (const stream of ['lane', 'road']) await queue.updateStream(stream, { runs_on: 'any' });
        assert.equal((await queue.claimNext('lane'))?.task.label, 'number 0');
        assert.equal(await queue.claimNext('road'), null);
      });
      await using(onServer(`${folder}/mine`, there), async (queue) => {
        assert.equal((await queue.claimNext('road'))?.task.label, 'bound');
      });
    }));

  it('takes along the history, and brings the output that other hosts have', () =>
    withFolder(async (folder) => {
      const [here, elsewhere, there] = [`${folder}/mine`, `${folder}/other`, place()];
      const historyOf = async (queue: LocalQueue) => (await queue.listHistory({})).tasks;
      fill(here);
      const purgeOne = async (queue: QueueOfRows<LocalQueue>) => {
        const { task } = await queue.enqueue({ stream: 'lane', tool_name: 'llm-haiku' });
        await queue.cancel(task.id);
        await queue.purge({ older_than_days: 0 });
        return historyOf(queue);
      };
      const history = await using(openLocalQueue(here), purgeOne);
      assert.equal(history.length, 1);
      assert.equal((await moveToServer(filesIn(here), there)).rows.archived_tasks, 1);
      const [id, output, later] = await using(onServer(elsewhere, there, other), async (queue) => {
        assert.deepEqual(await historyOf(queue), history);
        const later = await purgeOne(queue);
        await queue.updateStream('lane', { runs_on: 'any' });
        const claim = await queue.claimNext('lane', { supervised: true, host_id: other.id });
        const [task, lease] = [claim?.task.id ?? '', claim?.lease ?? ''];
        // Of so much, the middle is dropped.
        const writer = new OutputWriter({
          storage: elsewhere,
          task,
          attempt: 1,
          stream: 'stdout',
          limit: 4000,
        });
        for (let line = 1000; line < 2000; line++) await writer.append(Buffer.from(`line ${line}\n`));
        await writer.finish();
        await queue.complete(task, { lease, result_summary: 'done' });
        const read = await queue.readOutput(task, { stream: 'stdout', offset: 1000 });
        return [task, read, later] as const;
      });
      await moveToFiles(filesIn(here), there);
      assert.equal(later.length, 2);
      await using(openLocalQueue(here), async (queue) => {
        assert.deepEqual(await queue.readOutput(id, { stream: 'stdout', offset: 1000 }), output);
        assert.deepEqual(await historyOf(queue), later);
      });
    }));

  it('has whoever followed the files begin anew', () =>
    withFolder(async (storage) => {
      fill(storage);
      const there = place();
      const seen = await using(openLocalQueue(storage), async (queue) => {
        const events: QueueEvent[] = [];
        queue.subscribe((event) => events.push(event));
        await queue.pauseStream('road');
        return events.at(-1)?.id;
      });
      await moveToServer(filesIn(storage), there);
      await using(onServer(storage, there), async (queue) => {
        const events: QueueEvent[] = [];
        queue.subscribe((event) => events.push(event), seen);
        assert.equal(events[0]?.type, 'reset');
      });
    }));

  it('has hosts that have the empty queue open read all of it', () =>
    withFolder(async (folder) => {
      const there = place();
      fill(`${folder}/mine`);
      await using(onServer(`${folder}/other`, there), async (queue) => {
        const reset = new Promise<void>((resolve) => {
          queue.subscribe(({ type }) => {
            if (type === 'reset') resolve();
          });
        });
        await moveToServer(filesIn(`${folder}/mine`), there);
        await reset;
        assert.equal((await queue.claimNext('lane'))?.task.label, 'number 0');
        await moveToFiles(filesIn(`${folder}/mine`), there).then(
          () => assert.fail('A task runs.'),
          (error) => assert.match(String(error), /Moving not allowed while tasks run: \S+ \(number 0\)/),
        );
      });
    }));

  it('takes more tasks than go in one trip', () =>
    withFolder(async (storage) => {
      const more = process.env.SPARKQ_TEST_LONG ? 10_000 : 2 * rowsTogether + 100;
      fill(storage);
      await multiply(storage, more);

      const there = place();
      const steps = new Set<string>();
      const progress = (what: string, table: string) => steps.add(`${what} ${table}`);
      const { rows } = await moveToServer({ ...filesIn(storage), progress }, there);

      assert.equal(rows.tasks, more + 5);
      assert.ok(steps.has('copied tasks') && steps.has('compared tasks'));
      await moveToFiles(filesIn(storage), there);

      await using(openLocalQueue(storage), async (queue) => {
        assert.equal((await queue.status()).counts.queued, more + 4);
      });
    }));

  it('leaves files that say where the queue is, and that nobody takes for it', () =>
    withFolder(async (storage) => {
      fill(storage);
      const there = place();
      await moveToServer(filesIn(storage), there);
      await refused(openLocalQueue(storage), 'unavailable', /was moved to postgresql:\/\/server\/work/);
      await using(onServer(storage, there), async (host) => {
        await refused(moveToFiles(filesIn(storage), there), 'conflict', /while the queue is open/);
        assert.equal((await host.status()).counts.succeeded, 1);
      });
      await moveToFiles(filesIn(storage), there);
      assert.equal(existsSync(path.join(storage, onServerName)), false);
      await refused(onServer(storage, there), 'unavailable', /was moved from this server to \S+:\//);
    }));

  it('tells hosts that have it open on the server that it is gone', () =>
    withFolder(async (folder) => {
      fill(`${folder}/mine`);
      const there = place();
      await moveToServer(filesIn(`${folder}/mine`), there);
      await using(onServer(`${folder}/other`, there), async (other) => {
        await moveToFiles(filesIn(`${folder}/mine`), there);
        await refused(other.getStream('lane'), 'unavailable', /was moved from this server/);
        await refused(other.pauseStream('lane'), 'unavailable', /was moved from this server/);
      });
    }));
});

describe('a queue that is moved to a server', () => {
  it('has U+FFFD where what a worker has reported cannot be kept', () =>
    withFolder(async (storage) => {
      fill(storage);
      const id = await using(openLocalQueue(storage), async (queue) => {
        const claim = await queue.claimNext('lane');
        const task = claim?.task.id ?? '';
        await queue.fail(task, { lease: claim?.lease ?? '', error_message: 'a\0b \ud800' });
        return task;
      });
      const there = place();
      await moveToServer(filesIn(storage), there);
      const { error } = await using(onServer(storage, there), (queue) => queue.getTask(id));
      assert.match(String(error), /^a\ufffdb \ufffd+$/);
    }));
});

describe('a queue is not moved to a server', () => {
  it('while a task runs, which is named', () =>
    withFolder(async (storage) => {
      fill(storage);
      const id = await using(openLocalQueue(storage), async (queue) => {
        return (await queue.claimNext('lane'))?.task.id;
      });
      await refused(
        moveToServer(filesIn(storage), place()),
        'conflict',
        new RegExp(`tasks run: ${id} \\(number 0\\)`),
      );
      await using(openLocalQueue(storage), (queue) => queue.getTask(String(id)));
    }));

  it('with text that PostgreSQL cannot keep, whose task is named', () =>
    withFolder(async (storage) => {
      fill(storage);
      const add = (prompt: string, label = 'plain') =>
        using(openLocalQueue(storage), async (queue) => {
          const { task } = await queue.enqueue({
            stream: 'lane',
            tool_name: 'llm-haiku',
            label,
            payload: { prompt },
          });
          return task.id;
        });
      const there = place();
      const moving = () => moveToServer(filesIn(storage), there);
      const labelled = await add('good', 'bad\0');
      const escaped = await add('bad\0');
      const both = new RegExp(`in tasks \\(label, payload\\): ${labelled}, ${escaped}$`);
      await refused(moving(), 'invalid_field', both);
      await using(openLocalQueue(storage), (queue) => queue.getTask(escaped));
    }));

  it('where there is another queue', () =>
    withFolder(async (folder) => {
      const there = place();
      fill(`${folder}/one`);
      await make(`${folder}/two`);
      await moveToServer(filesIn(`${folder}/one`), there);
      await refused(moveToServer(filesIn(`${folder}/two`), there), 'conflict', /is not empty: .* sessions/);
      await using(openLocalQueue(`${folder}/two`), (queue) => queue.status());
      await refused(moveToFiles(filesIn(`${folder}/two`), there), 'conflict', /have a queue of their own/);
    }));

  it('away from its server by a person who may only use it', () =>
    withFolder(async (storage) => {
      fill(storage);
      const there = place();
      await moveToServer(filesIn(storage), there);
      const role = `${there.schema}_ben`;
      const client = new pg.Client({ connectionString: there.url });
      await client.connect();
      try {
        await grantRole(client, there.schema, role, 'app');
        const asBen = { ...there, url: there.url.replace(/user=\w+/, `user=${role}`) };
        await refused(moveToFiles(filesIn(storage), asBen), 'forbidden', /Only who owns the tables/);
      } finally {
        await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
        await client.end();
      }
      await using(onServer(storage, there), (queue) => queue.status());
    }));

  it('by a program that is older than its tables', () =>
    withFolder(async (storage) => {
      fill(storage);
      const there = place();
      const newest = migrations.at(-1)?.version ?? 0;
      const later = {
        version: newest + 1,
        sql: 'ALTER TABLE sessions ADD COLUMN colour TEXT',
        needs: newest,
      };
      const young = await PostgresDatabase.open({
        ...there,
        migrations: [...migrations, later],
        log: silentLog,
      });
      await young.close();
      await refused(moveToServer(filesIn(storage), there), 'upgrade_required', /would leave behind/);
      await using(openLocalQueue(storage), (queue) => queue.status());
    }));

  it('in part: what a killed program has left is finished by the next one', () =>
    withFolder(async (storage) => {
      fill(storage);
      const there = place();
      // Killed before the server had it.
      noteOnServer(storage, { url: there.shown, schema: there.schema });
      assert.equal((await moveToServer(filesIn(storage), there)).rows.tasks, 5);
      // Killed after that.
      assert.equal((await moveToServer(filesIn(storage), there)).already, true);
      // On the way back: before the files count.
      await moveToFiles(filesIn(storage), there);
      noteOnServer(storage, { url: there.shown, schema: there.schema });
      assert.equal((await moveToFiles(filesIn(storage), there)).rows.tasks, 5);
      assert.equal(serverOf(storage), null);
    }));

  it('as long as a row does not arrive as it was', () =>
    withFolder(async (storage) => {
      fill(storage);
      const there = place();
      await (await PostgresDatabase.open({ ...there, log: silentLog })).close();
      const client = new pg.Client({ connectionString: there.url });
      await client.connect();
      await client.query(
        `CREATE FUNCTION ${there.schema}.spoil() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN NEW.label = 'other'; RETURN NEW; END $$;
         CREATE TRIGGER spoil BEFORE INSERT ON ${there.schema}.tasks FOR EACH ROW EXECUTE FUNCTION ${there.schema}.spoil()`,
      );
      await assert.rejects(
        moveToServer(filesIn(storage), there),
        /Rows of tasks have not arrived as they were/,
      );
      const { rows } = await client.query(`SELECT count(*)::int AS tasks FROM ${there.schema}.tasks`);
      await client.end();
      assert.deepEqual(rows, [{ tasks: 0 }]);
      await using(openLocalQueue(storage), (queue) => queue.status());
    }));
});
