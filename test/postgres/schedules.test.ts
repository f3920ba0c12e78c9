/** Schedules of the files of several hosts. */

import assert from 'node:assert/strict';
import type { Timer } from '../../src/core/clock';
import type { LocalQueue } from '../../src/store/localQueue';
import { Changing } from '../support/config/changingConfig';
import { FakeClock } from '../support/fakeClock';
import { withFolder } from '../support/folders';
import { nextEvent } from '../support/localQueue';
import { openHost } from '../support/postgres/hosts';
import { newSchema } from '../support/postgres/server';

const hour = 3_600_000;
const nightly = (target: string) => `schedules:
  nightly: {cron: "0 2 * * *", tz: UTC, overlap: queue, command: [make, ${target}]}\n`;

/** A host whose file changes. */
interface Host {
  queue: LocalQueue;
  /** The file says this now, and that has been dealt with. */
  says(text: string): Promise<void>;
}

/** Of two hosts, one may be at work when time passes: what it then finds overdue is called without another step. */
class PromptClock extends FakeClock {
  override after(ms: number, callback: () => void): Timer {
    if (ms > 0) return super.after(ms, callback);
    const overdue = setImmediate(callback);
    return { cancel: () => clearImmediate(overdue) };
  }
}

describe('schedules of the files of several hosts', () => {
  async function withFiles(
    use: (open: (name: string, text: string) => Promise<Host>, clock: FakeClock) => Promise<void>,
  ): Promise<void> {
    await withFolder(async (folder) => {
      const [place, clock, open] = [newSchema(), new PromptClock(), [] as LocalQueue[]];
      try {
        await use(async (name, text) => {
          const config = new Changing(text);
          const queue = await openHost(`${folder}/${name}`, place, { config, clock });
          open.push(queue);
          const says = async (next: string) => {
            config.set(next);
            await queue.reload();
          };
          return { queue, says };
        }, clock);
      } finally {
        await Promise.all(open.map((queue) => queue.close()));
      }
    });
  }

  /** What the schedules do; that they are the same at each host was seen at another one. */
  const targets = async ({ queue }: Host) =>
    (await queue.listSchedules()).items.map(({ payload }) => JSON.parse(payload).argv[1]);

  it('are one for each name, and fire once', () =>
    withFiles(async (open, clock) => {
      const hosts = await Promise.all([open('ann', nightly('all')), open('ben', nightly('all'))]);
      await Promise.all(hosts.map(({ queue }) => queue.reload()));
      for (const host of hosts) assert.deepEqual(await targets(host), ['all']);
      const [{ queue }] = hosts;
      for (const [fired, hours] of [17, 24, 24].entries()) {
        const created = nextEvent(queue, 'task.created');
        clock.advance(hours * hour);
        await created;
        assert.equal((await queue.listTasks()).total, fired + 1);
      }
    }));

  it('follow the newest file, and fire where that is', () =>
    withFiles(async (open, clock) => {
      const ann = await open('ann', nightly('all'));
      await ann.queue.reload();
      const ben = await open('ben', nightly('all'));
      await ben.queue.reload();
      await ann.says(nightly('better'));
      const first = await targets(ann);
      // An older file undoes nothing, be it of a host that is new.
      await ben.queue.reload();
      const cem = await open('cem', nightly('all'));
      await cem.queue.reload();
      assert.deepEqual([first, await targets(ben)], [['better'], ['better']]);

      const created = nextEvent(cem.queue, 'task.created');
      await ann.queue.close();
      clock.advance(17 * hour);
      // Here is the first host at that time whose file says so.
      await ben.says(nightly('better'));
      assert.deepEqual((await created).task?.payload_json, { argv: ['make', 'better'] });

      await cem.says(nightly('best'));
      await ben.says(nightly('all'));
      assert.deepEqual(await targets(ben), ['best']);
      // Going back is a change, too, for whoever was up to date.
      await cem.says(nightly('all'));
      assert.deepEqual(await targets(ben), ['all']);
    }));

  it('go with the newest file, and stay away', () =>
    withFiles(async (open) => {
      const ann = await open('ann', nightly('all'));
      await ann.queue.reload();
      const ben = await open('ben', nightly('all'));
      await ben.queue.reload();
      await ann.says('');
      await ben.queue.reload();
      const cem = await open('cem', nightly('all'));
      await cem.queue.reload();
      assert.deepEqual(await targets(cem), []);
      await ann.says(nightly('all'));
      assert.deepEqual(await targets(cem), ['all']);
    }));
});
