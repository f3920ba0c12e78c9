/** Output of a run is read on every host, wherever the run is. */

import assert from 'node:assert/strict';
import pg from 'pg';
import type { OutputName } from '../../src/core/queue';
import type { LocalQueue } from '../../src/store/localQueue';
import { OutputWriter } from '../../src/store/outputFiles';
import { FakeClock } from '../support/fakeClock';
import { openHost, type Place, withHosts } from '../support/postgres/hosts';

const task = { stream: 'lane', tool_name: 'llm-haiku' };
const host_id = 'hst_000000000001';
/** How often what was written is sent, milliseconds. */
const interval = 2_000;

/** A run that is at work on a host; what it writes is in the files of that. */
async function startRun(queue: LocalQueue, storage: string, limit = 1_000_000) {
  const { task: added } = await queue.enqueue(task);
  const { lease } = await queue.claimTask(added.id, { supervised: true, host_id });
  const writer = (stream: OutputName) =>
    new OutputWriter({ storage, task: added.id, attempt: 1, stream, limit });
  const [stdout, stderr] = [writer('stdout'), writer('stderr')];
  /** Its program has ended. */
  const end = () => Promise.all([stdout.finish(), stderr.finish()]);
  return { id: added.id, lease, stdout, stderr, end };
}

/** Everything, as somebody who follows it gets it. */
async function wholeOutput(queue: LocalQueue, id: string, stream: OutputName = 'stdout') {
  let [text, offset] = ['', 0];
  for (;;) {
    const chunk = await queue.readOutput(id, { stream, attempt: 1, offset, encoding: 'latin1' });
    if (chunk.next_offset <= offset) return { text, size: chunk.size, dropped: chunk.dropped };
    text += chunk.text;
    offset = chunk.next_offset;
  }
}

async function statement(place: Place, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: place.url });
  await client.connect();
  try {
    await client.query(`SET search_path TO ${place.schema}`);
    return (await client.query({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

describe('the output of a run on another host', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  /** What was written by now is sent. */
  const sent = async (clock: FakeClock) => {
    await clock.timerSet(interval);
    clock.advance(interval);
    await clock.timerSet(interval);
  };

  it('grows while the run is at work, and is whole once its end was reported', () => {
    const clock = new FakeClock();
    return withHosts(
      async (first, second, place, folder) => {
        const run = await startRun(first, `${folder}/first`);
        await run.stdout.append(bytes('one\n'));
        await sent(clock);
        assert.equal((await wholeOutput(second, run.id)).text, 'one\n');
        await run.stdout.append(bytes('half of \u20ac'.slice(0, -1)));
        await run.stdout.append(bytes('\u20ac').subarray(0, 2));
        await run.stderr.append(bytes('warning\n'));
        // Connections that are lost meanwhile matter to nobody.
        await statement(
          place,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sparkq ${place.schema}'`,
        );
        await sent(clock);
        const { text } = await second.readOutput(run.id, { stream: 'stdout' });
        assert.equal(text, 'one\nhalf of ');
        // Slow output is one chunk, not one for each line.
        assert.deepEqual(
          await statement(place, 'SELECT stream, count(*) FROM output_chunks GROUP BY stream ORDER BY 1'),
          [
            ['stderr', '1'],
            ['stdout', '1'],
          ],
        );
        await run.stdout.append(bytes('\u20ac').subarray(2));
        await run.end();
        await first.complete(run.id, { lease: run.lease, result_summary: 'ok' });
        const detail = await second.getTask(run.id);
        assert.deepEqual(
          [detail.stdout, detail.stderr, detail.check],
          ['one\nhalf of \u20ac', 'warning\n', null],
        );
      },
      // Only the timers of the first are waited for.
      { clock },
      { clock: new FakeClock() },
    );
  });

  it('has the head and the tail of what is too large, as the files have', () =>
    withHosts(async (first, second, place, folder) => {
      const limit = 2_000_000;
      const run = await startRun(first, `${folder}/first`, limit);
      const line = (number: number) => `${String(number).padStart(99, '.')}\n`;
      let number = 0;
      // More than is sent at once, and more than is kept.
      for (let part = 0; part < 6; part++) {
        let text = '';
        while (text.length < 1_000_000) text += line(number++);
        await run.stdout.append(bytes(text));
      }
      await run.end();
      await first.complete(run.id, { lease: run.lease, result_summary: 'ok' });
      const [here, there] = [await wholeOutput(first, run.id), await wholeOutput(second, run.id)];
      assert.deepEqual(there, here);
      assert.equal(there.dropped === null, false);
      assert.equal(there.text.endsWith(line(number - 1)), true);
      const end = (queue: LocalQueue) =>
        queue.readOutput(run.id, { stream: 'stdout', offset: here.size - 1_500, limit: 700 });
      assert.deepEqual(await end(second), await end(first));

      await second.purge({ older_than_days: 0 });
      await second.close();
      assert.deepEqual(await statement(place, 'SELECT count(*) FROM output_chunks'), [['0']]);
    }));

  it('goes on where it was when the process of its host has gone', () => {
    const clock = new FakeClock();
    return withHosts(
      async (first, second, place, folder) => {
        const run = await startRun(first, `${folder}/first`);
        await run.stdout.append(bytes('one\n'.repeat(10_000)));
        await sent(clock);
        await first.close();
        await run.stdout.append(bytes('two\n'));
        await run.end();
        const next = await openHost(`${folder}/first`, place, { clock });
        try {
          await sent(clock);
          assert.equal((await wholeOutput(second, run.id)).text, `${'one\n'.repeat(10_000)}two\n`);
        } finally {
          await next.close();
        }
      },
      // Only the timers of the first are waited for.
      { clock },
      { clock: new FakeClock() },
    );
  });

  it('is there when a worker reports it, and gone when that is refused', () =>
    withHosts(async (first, second, place) => {
      const { task: added } = await first.enqueue(task);
      const { lease } = await first.claimTask(added.id);
      const report = { lease, stdout: 'all of it' };
      await assert.rejects(first.complete(added.id, { ...report, result_summary: ' ' }));
      assert.deepEqual(await statement(place, 'SELECT count(*) FROM output_chunks'), [['0']]);
      await first.complete(added.id, { ...report, result_summary: 'ok' });
      assert.equal((await wholeOutput(second, added.id)).text, 'all of it');
    }));
});
