import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defaultConfig } from '../../../../../src/core/config';
import type { LocalQueue, LocalQueueOptions } from '../../../../../src/store/localQueue';
import { Changing } from '../../../../support/config/changingConfig';
import { FakeClock } from '../../../../support/fakeClock';
import { withFolder } from '../../../../support/folders';
import { nextEvent, openLocalQueue, refused } from '../../../../support/localQueue';

const morning = Date.parse('2026-01-31T09:00:00Z');
const hour = 3_600_000;

const nightly = (target: string) => `schedules:
  nightly: {cron: "0 2 * * *", tz: UTC, command: [make, ${target}]}\n`;

describe('Schedules of the configuration', () => {
  async function withFile(
    config: Changing,
    use: (queue: LocalQueue, clock: FakeClock, folder: string) => Promise<void>,
    more: Partial<LocalQueueOptions> = {},
  ): Promise<void> {
    await withFolder(async (folder) => {
      const clock = new FakeClock(morning);
      const queue = await openLocalQueue(path.join(folder, 'storage'), { config, clock, ...more });
      try {
        await use(queue, clock, folder);
      } finally {
        await queue.close();
      }
    });
  }

  const rowsOf = async (queue: LocalQueue) => (await queue.listSchedules()).items;
  /** Until so many are there. */
  const count = async (queue: LocalQueue, wanted: number) => {
    for (;;) {
      const next = nextEvent(queue, 'schedule.created');
      if ((await rowsOf(queue)).length >= wanted) return;
      await next;
    }
  };
  const made = async (queue: LocalQueue) => {
    await count(queue, 1);
    const [row] = await rowsOf(queue);
    assert.ok(row);
    return row;
  };

  it('are there once they are confirmed, and queue their tasks in the stream main', () =>
    withFile(new Changing(nightly('all')), async (queue, clock) => {
      const row = await made(queue);
      assert.deepEqual(
        [row.name, row.label, row.payload_json, row.unconfirmed, row.next_at],
        ['nightly', 'nightly', { argv: ['make', 'all'] }, false, '2026-02-01T02:00:00.000000Z'],
      );
      assert.equal((await queue.getStream(row.stream_id)).name, 'main');
      const queued = nextEvent(queue, 'task.created');
      clock.advance(17 * hour);
      assert.equal((await queued).task?.label, 'nightly');
    }));

  it('do not fire once they have changed, until that is confirmed: then they are new', async () => {
    const config = new Changing(nightly('all'));
    await withFile(config, async (queue, clock) => {
      const row = await made(queue);
      const held = nextEvent(queue, 'schedule.updated');
      config.set(nightly('worse'), ['schedules.nightly']);
      const { schedule } = await held;
      assert.deepEqual([schedule?.unconfirmed, schedule?.next_at], [true, null]);
      clock.advance(24 * hour);
      assert.equal((await queue.listTasks()).total, 0);
      // By hand, it queues what was confirmed.
      const byHand = await queue.runSchedule(row.id);
      assert.deepEqual(byHand.status && byHand.payload_json, { argv: ['make', 'all'] });
      const replaced = nextEvent(queue, 'schedule.created');
      config.set(nightly('worse'));
      const next = (await replaced).schedule;
      assert.deepEqual([next?.payload_json, next?.unconfirmed], [{ argv: ['make', 'worse'] }, false]);
      assert.deepEqual(
        (await rowsOf(queue)).map(({ id }) => id),
        [next?.id],
      );
    });
  });

  it('go when they go from the file, and are changed and removed nowhere else', async () => {
    const config = new Changing(nightly('all'));
    await withFile(config, async (queue) => {
      const { id } = await made(queue);
      await refused(queue.removeSchedule(id), 'conflict');
      await refused(queue.updateSchedule(id, { cron: '0 3 * * *' }), 'conflict');
      await queue.pauseSchedule(id);
      const removed = nextEvent(queue, 'schedule.removed');
      config.set('');
      assert.equal((await removed).schedule_id, id);
      assert.deepEqual(await rowsOf(queue), []);
    });
  });

  it('that are not confirmed queue nothing, and have no row', () =>
    withFile(new Changing(nightly('all'), ['schedules.nightly']), async (queue, clock) => {
      clock.advance(24 * hour);
      await queue.createSession({ name: 'any change' });
      assert.deepEqual([await rowsOf(queue), (await queue.listTasks()).total], [[], 0]);
    }));

  it('do not make up for a time after the file has changed while nobody was there', () =>
    withFile(
      new Changing(nightly('all').replace('UTC,', 'UTC, missed: once,')),
      async (queue, clock, folder) => {
        await made(queue);
        await queue.close();
        clock.advance(24 * hour);
        const config = new Changing(nightly('worse'), ['schedules.nightly']);
        const next = await openLocalQueue(path.join(folder, 'storage'), { config, clock });
        const [row] = await rowsOf(next);
        assert.deepEqual([row?.unconfirmed, (await next.listTasks()).total], [true, 0]);
        await next.close();
      },
    ));

  it('say what checks their tasks, or else their scripts do: a change of it waits to be confirmed', () =>
    withFolder(async (workspace) => {
      const file = (verify: string, unconfirmed: string[] = []) =>
        new Changing(
          `schedules:\n  nightly: {cron: "@daily", tz: UTC, script: a.sh, verify: ${verify}}\n`,
          unconfirmed,
        );
      writeFileSync(path.join(workspace, 'a.sh'), '# verify: make test\n');
      const config = file('[npm, test]');
      await withFile(
        config,
        async (queue) => {
          const row = await made(queue);
          const verifyNow = async () => {
            const queued = nextEvent(queue, 'task.created');
            await queue.runSchedule(row.id);
            return (await queued).task?.verify;
          };
          assert.deepEqual(await verifyNow(), ['npm', 'test']);
          config.current = () => file('null', ['schedules.nightly']).current();
          assert.equal((await queue.getSchedule(row.id)).unconfirmed, true);
          assert.deepEqual(await verifyNow(), ['npm', 'test']);
        },
        { workspace },
      );
      await withFile(
        file('null'),
        async (queue) => {
          const row = await made(queue);
          const { id } = await queue.runSchedule(row.id);
          assert.deepEqual((await queue.getTask(id)).verify, ['make', 'test']);
        },
        { workspace },
      );
    }));

  it('say what their tasks need of the machine, and so do their scripts: a change of that waits for nobody', () =>
    withFolder(async (workspace) => {
      const file = (needs: string) =>
        new Changing(
          `schedules:\n  trained: {cron: "@daily", tz: UTC, script: train.sh, needs: {${needs}}}\n`,
        );
      writeFileSync(path.join(workspace, 'train.sh'), '# needs: gpu=2, port\n');
      const config = file('gpu: 1, disk: 3');
      const needsAt = async (queue: LocalQueue, pass: () => unknown) => {
        const queued = nextEvent(queue, 'task.created');
        pass();
        return (await queued).task?.needs;
      };
      await withFile(
        config,
        async (queue, clock) => {
          const row = await made(queue);
          assert.deepEqual(await needsAt(queue, () => clock.advance(15 * hour)), {
            gpu: 2,
            disk: 3,
            port: 1,
          });
          const { schedules } = file('gpu: 4').current();
          config.current = () => ({ ...defaultConfig, schedules });
          assert.equal((await queue.getSchedule(row.id)).unconfirmed, false);
          assert.deepEqual(await needsAt(queue, () => queue.runSchedule(row.id)), { gpu: 4, port: 1 });
          rmSync(path.join(workspace, 'train.sh'));
          assert.deepEqual(await needsAt(queue, () => queue.runSchedule(row.id)), { gpu: 4 });
        },
        { workspace },
      );
    }));

  it('queue scripts and prompts, in a stream of that name', () =>
    withFolder(async (workspace) => {
      mkdirSync(path.join(workspace, 'scripts'));
      writeFileSync(path.join(workspace, 'scripts', 'report.py'), '# timeout: 77\nprint(1)\n');
      const config = new Changing(`schedules:
  script: {cron: "@daily", tz: UTC, script: scripts/report.py, args: [1.10], stream: reports}
  prompt: {cron: "@daily", tz: UTC, prompt: Say hi, tool: llm-haiku, stream: reports}
  line: {cron: "@daily", tz: UTC, command: make all | tee log, stream: reports}
  gone: {cron: "@daily", tz: UTC, script: scripts/gone.sh}
`);
      await withFile(
        config,
        async (queue) => {
          await count(queue, 3);
          const rows = await rowsOf(queue);
          const byName = new Map(rows.map((row) => [row.name, row]));
          assert.deepEqual(byName.get('script')?.payload_json, {
            script_path: 'scripts/report.py',
            args: ['1.10'],
          });
          assert.deepEqual(
            [byName.get('script')?.tool_name, byName.get('script')?.timeout],
            ['run-python', 77],
          );
          assert.deepEqual(byName.get('prompt')?.payload_json, { prompt: 'Say hi' });
          assert.equal(byName.get('line')?.tool_name, 'run-shell');
          assert.equal((await queue.getStream('reports')).id, byName.get('line')?.stream_id);
        },
        { workspace },
      );
    }));
});
