/** Several hosts with one queue, on a server that does not always answer. */

import assert from 'node:assert/strict';
import pg from 'pg';
import { silentLog } from '../../src/core/log';
import { PostgresDatabase } from '../../src/postgres/postgresDatabase';
import type { LocalQueue } from '../../src/store/localQueue';
import { migrations } from '../../src/store/rows/schema';
import { nextEvent, refused } from '../support/localQueue';
import { type Place, withHosts } from '../support/postgres/hosts';
import { newSchema } from '../support/postgres/server';

/** Ends all connections of a queue, whatever they are doing. */
async function endConnections(client: pg.Client, { schema }: Place): Promise<void> {
  await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
    `sparkq ${schema}`,
  ]);
}

describe('hosts that share a queue on a server', () => {
  it('get each task for one of them, in order', () =>
    withHosts(async (first, second) => {
      const tasks = Array.from({ length: 60 }, (_, number) => ({
        tool_name: 'llm-haiku',
        label: `${number}`,
      }));
      await first.enqueueMany({ stream: 'lane', tasks });
      const claims = await Promise.all(
        Array.from({ length: 80 }, (_, at) => (at % 2 ? first : second).claimNext('lane')),
      );
      const labels = claims.flatMap((claim) => claim?.task.label ?? []);
      assert.equal(new Set(labels).size, 60);
      assert.equal(labels.length, 60);
      assert.equal(await first.claimNext('lane'), null);
      for (const host of [first, second]) {
        const { queued, running } = (await host.status()).counts;
        assert.deepEqual({ queued, running }, { queued: 0, running: 60 });
      }
    }));

  it('know of what the other has done at once', () =>
    withHosts(async (first, second) => {
      const { task } = await first.enqueue({ stream: 'lane', tool_name: 'llm-haiku' });
      const claim = await second.claimTask(task.id);
      await refused(first.claimTask(task.id), 'already_claimed');
      await first.complete(task.id, { lease: claim.lease, result_summary: 'ok' });
      assert.equal((await second.getTask(task.id)).status, 'succeeded');
      await second.updateStream('lane', { name: 'road' });
      assert.equal((await first.getStream('road')).counts.succeeded, 1);
    }));

  it('hear of what the other does, in one order and with the same ids', () =>
    withHosts(async (first, second) => {
      const heard = [first, second].map((host) => {
        const events: string[] = [];
        // What was done before may be heard of a moment later.
        host.subscribe(({ id, type, task_id: task }) => {
          if (events.length > 0 || type === 'task.created') events.push(`${id} ${type} ${task}`);
        });
        return events;
      });
      const last = [first, second].map((host) => nextEvent(host, 'stream.updated'));
      await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          (at % 2 ? first : second).enqueue({ stream: 'lane', tool_name: 'llm-haiku' }),
        ),
      );
      await first.pauseStream('lane');
      await Promise.all(last);
      assert.deepEqual(heard[0], heard[1]);
      assert.equal(heard[0]?.length, 21);
    }));

  it('wake those who wait for a task of the other', () =>
    withHosts(async (first, second) => {
      for (const [waits, adds] of [
        [first, second],
        [second, first],
      ] as const) {
        const claiming = waits.claimNext('lane', { wait: 60 });
        const { task } = await adds.enqueue({ stream: 'lane', tool_name: 'llm-haiku' });
        assert.equal((await claiming)?.task.id, task.id);
      }
    }));

  it('answer a repeated claim with the same one, and hear of that from the other', () =>
    withHosts(async (first, second) => {
      await first.enqueue({ stream: 'lane', tool_name: 'llm-haiku' });
      const request = { claim_request_id: 'once' };
      const claim = await first.claimNext('lane', request);
      // Whoever has lost the answer need not undo the claim.
      const heard = nextEvent(first, 'task.progress');
      assert.equal((await second.claimNext('lane', request))?.lease, claim?.lease);
      assert.equal((await heard).task?.id, claim?.task.id);
    }));

  it('know whether the check of a run of the other is at work', () =>
    withHosts(async (first, second) => {
      const { task } = await first.enqueue({ stream: 'lane', tool_name: 'llm-haiku' });
      const { lease } = await first.claimTask(task.id);
      for (const checking of [true, false]) {
        const heard = nextEvent(second, 'task.progress');
        await first.heartbeat(task.id, { lease, checking });
        await heard;
        assert.equal((await second.getTask(task.id)).checking, checking);
      }
    }));

  it('keep each change once, whatever connections are lost', () =>
    withHosts(async (first, second, place) => {
      const client = new pg.Client({ connectionString: place.url });
      await client.connect();
      const add = async (host: LocalQueue, number: number): Promise<void> => {
        const key = `task ${number}`;
        for (;;) {
          try {
            await host.enqueue({ stream: 'lane', tool_name: 'llm-haiku', label: key }, { key });
            if (number % 3 === 0) await endConnections(client, place);
            return;
          } catch (error) {
            const { code } = error as { code?: string };
            assert.ok(code === 'outcome_unknown' || code === 'unavailable', String(error));
          }
        }
      };
      // One after the other on each host, so that something is always under way on the other.
      const ofHost = async (host: LocalQueue, numbers: readonly number[]) => {
        for (const number of numbers) await add(host, number);
      };
      const numbers = Array.from({ length: 40 }, (_, at) => at);
      await Promise.all([ofHost(first, numbers.slice(0, 20)), ofHost(second, numbers.slice(20))]);
      await client.end();
      const { items } = await first.listTasks({ stream: 'lane', limit: 100 });
      assert.deepEqual(
        items.map(({ label }) => label).sort(),
        Array.from({ length: 40 }, (_, at) => `task ${at}`).sort(),
      );
    }));
});

describe('a queue on a server', () => {
  const openAt = (url: string, schema: string) =>
    PostgresDatabase.open({ url, schema, migrations, log: silentLog });

  it('is not opened by a program that is too old for it', async () => {
    const place = newSchema();
    await (await PostgresDatabase.open({ ...place, migrations, log: silentLog })).close();
    const old = PostgresDatabase.open({ ...place, migrations: migrations.slice(0, 5), log: silentLog });
    await refused(old, 'upgrade_required', /newer SparkQ/);
    await (await PostgresDatabase.open({ ...place, migrations, log: silentLog })).close();
  });

  it('says what cannot be reached, without the password', async () => {
    const { message, hint } = await refused(
      openAt('postgresql://ann:secret@127.0.0.1:1/work', 'sparkq'),
      'unavailable',
      /The queue.s database on 127\.0\.0\.1:1 cannot be used/,
    );
    assert.doesNotMatch(`${message} ${hint}`, /secret/);
  });

  it('says what the server refuses, and what to do', async () => {
    const { url } = newSchema();
    const { hint } = await refused(openAt(url.replace('/postgres?', '/missing?'), 'sparkq'), 'unavailable');
    assert.equal(hint, 'Create the database, or check its name in the database URL.');
    await refused(openAt(url, 'No Such Name'), 'invalid_field');
  });
});
