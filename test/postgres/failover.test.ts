/** A server that goes, goes back, is full or refuses changes, and hosts that stop while they use it. */

import assert from 'node:assert/strict';
import pg from 'pg';
import { lockOf } from '../../src/postgres/schema';
import type { LocalQueue } from '../../src/store/localQueue';
import { withFolder } from '../support/folders';
import { nextEvent, refused } from '../support/localQueue';
import { insist, openHost, type Place, withHosts } from '../support/postgres/hosts';
import { FaultyProxy } from '../support/postgres/proxy';
import { PostgresServer } from '../support/postgres/server';
import { Random } from '../support/random';

const labelsOf = async (queue: LocalQueue) =>
  (await queue.listTasks({ stream: 'lane', limit: 100 })).items.map(({ label }) => label).sort();
const add = (queue: LocalQueue, label: string, key?: string) =>
  queue.enqueue({ stream: 'lane', tool_name: 'outside', label }, key === undefined ? undefined : { key });

/** Another program on the server, in a transaction of its own. */
async function withProgram(place: Place, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: place.url });
  await client.connect();
  try {
    await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL search_path TO ${place.schema}`);
    await use(client);
  } finally {
    await client.end();
  }
}

/** A queue that is reached through a proxy, and its stream `lane`; another host goes straight to it. */
function withProxy(
  use: (through: LocalQueue, straight: LocalQueue, proxy: FaultyProxy) => Promise<void>,
  limits = {},
): Promise<void> {
  return withHosts(async (straight, _, place, folder) => {
    const proxy = await FaultyProxy.open(place.url, new Random(1), 0);
    const way = { ...place, url: proxy.urlOf(place.url) };
    const through = await openHost(`${folder}/third`, way, {}, limits);
    try {
      await use(through, straight, proxy);
    } finally {
      await through.close();
      await proxy.close();
    }
  });
}

describe('a queue whose server fails over', () => {
  it('goes on with the standby, with all that was acknowledged', async () => {
    const primary = await PostgresServer.start([
      'fsync=off',
      'shared_buffers=32MB',
      'synchronous_standby_names=*',
    ]);
    const standby = await primary.standby();
    try {
      await withFolder(async (folder) => {
        const place = { url: primary.url, schema: 'queue', hosts: [standby.folder] };
        const [first, second] = [await openHost(`${folder}/a`, place), await openHost(`${folder}/b`, place)];
        await first.createSession({ name: 'work' });
        await first.createStream({ session: 'work', name: 'lane' });
        for (const label of ['1', '2', '3']) await add(first, label);

        const reader = openHost(`${folder}/c`, { url: standby.url, schema: 'queue' });
        const { hint } = await refused(reader, 'unavailable');
        assert.match(String(hint), /only takes reads/);

        const heard = nextEvent(second, 'stream.updated');
        await primary.kill();
        const client = new pg.Client({ connectionString: standby.url });
        await client.connect();
        await client.query('SELECT pg_promote()');
        await client.end();
        for (const label of ['4', '5']) await insist(() => add(first, label, label));
        await insist(() => first.pauseStream('lane', { key: 'pause' }));
        await heard;
        assert.deepEqual(await labelsOf(second), ['1', '2', '3', '4', '5']);
        await Promise.all([first.close(), second.close()]);
      });
    } finally {
      await Promise.all([primary.stop(), standby.stop()]);
    }
  });

  it('says reset where the new server has not got the last changes', () =>
    withHosts(async (first, second, { url, schema }) => {
      const kept = nextEvent(second, 'task.created');
      await add(first, 'kept');
      await kept;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const before = await client.query(`SELECT rows, events FROM ${schema}.announced`);
      const heard = nextEvent(second, 'task.created');
      await add(first, 'lost');
      await heard;
      const lost = lastOf(second);
      const reset = nextEvent(second, 'reset');
      const { rows, events } = before.rows[0];
      await client.query(`
        UPDATE ${schema}.announced SET rows = ${rows}, events = ${events};
        DELETE FROM ${schema}.announcements WHERE row > ${rows}`);
      // Only once that is committed: whoever is back before it would see the server as it was.
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sparkq ${schema}'`,
      );
      await client.end();
      await reset;
      // The first reset may be for the lost connection alone: then it has yet to see what is missing.
      while (lastOf(second) === lost) await nextEvent(second, 'reset');
      const again = nextEvent(second, 'stream.updated');
      await insist(() => first.pauseStream('lane', { key: 'pause' }));
      await again;
    }));
});

/** The last row of what was announced that a host has passed on. */
function lastOf(queue: LocalQueue): unknown {
  return (queue as unknown as { db: { announcements: { last: unknown } } }).db.announcements.last;
}

describe('a queue on a server in trouble', () => {
  it('says that the disk is full, and goes on once it is not', () =>
    withHosts(async (first, _, place) => {
      const client = new pg.Client({
        connectionString: `${place.url}&options=-csearch_path%3D${place.schema}`,
      });
      await client.connect();
      await client.query(`
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON tasks EXECUTE FUNCTION full_disk()`);
      const { hint } = await refused(add(first, 'none'), 'unavailable', /could not extend file/);
      assert.match(String(hint), /disk of the server is full/);
      await client.query('DROP TRIGGER full_disk ON tasks');
      await client.end();
      await add(first, 'one');
      assert.deepEqual(await labelsOf(first), ['one']);
    }));

  it('does not know what came of a change whose confirmation was lost, and makes it once', () =>
    withProxy(async (through, straight, proxy) => {
      proxy.trapNext('task.created', 'swallow');
      await refused(add(through, 'one', 'key'), 'outcome_unknown');
      assert.deepEqual(await labelsOf(straight), ['one']);
      await add(through, 'one', 'key');
      assert.deepEqual(await labelsOf(straight), ['one']);
    }));

  it('goes on when a host stops within a transaction, and so does that host', () =>
    withProxy(
      async (through, straight, proxy) => {
        // Its next statement never gets there: the transaction stays open, and keeps the others out.
        proxy.trapNext('INSERT INTO tasks', 'stop');
        await Promise.all([add(through, 'stopped'), add(straight, 'other')]);
        assert.deepEqual(await labelsOf(straight), ['other', 'stopped']);
      },
      { pause: 300 },
    ));

  it('says who keeps it where that takes too long', () =>
    withHosts(async (_first, _second, place, folder) => {
      const impatient = await openHost(`${folder}/third`, place, {}, { wait: 50 });
      await withProgram(place, async (client) => {
        await client.query(lockOf(place.schema, 'sparkq'));
        const { hint } = await refused(add(impatient, 'none'), 'unavailable');
        assert.match(String(hint), /Another host is holding the queue/);
      });
      await insist(() => add(impatient, 'one'));
      await impatient.close();
    }));

  it('goes on beside a program that keeps an old snapshot', () =>
    withHosts(async (first, second, place) => {
      await withProgram(place, async (client) => {
        const count = async () => Number((await client.query('SELECT count(*) FROM tasks')).rows[0].count);
        assert.equal(await count(), 0);
        for (const label of ['1', '2', '3']) await add(first, label);
        for (const label of ['1', '2', '3']) {
          const claim = await second.claimNext('lane');
          assert.equal(claim?.task.label, label);
          await first.complete(claim?.task.id ?? '', { lease: claim?.lease, result_summary: 'ok' });
        }
        assert.equal(await count(), 0);
      });
      assert.equal((await first.getStream('lane')).counts.succeeded, 3);
    }));
});
