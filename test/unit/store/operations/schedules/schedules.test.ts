import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { QueueEvent } from '../../../../../src/core/events';
import type { OwnerRole, Schedule, Task } from '../../../../../src/core/model';
import type { NewSchedule, Queue } from '../../../../../src/core/queue';
import type { LocalQueue } from '../../../../../src/store/localQueue';
import { migrations } from '../../../../../src/store/rows/schema';
import { FakeClock } from '../../../../support/fakeClock';
import { withFolder } from '../../../../support/folders';
import {
  nextEvent,
  openLocalQueue,
  type QueueOfRows,
  refused,
  withQueue,
} from '../../../../support/localQueue';
import { openDatabase } from '../../../../support/openDatabase';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** 09:00 UTC; what is due at two o'clock is due at 02:00 the next day. */
const morning = Date.parse('2026-01-31T09:00:00Z');

type Rows = QueueOfRows<LocalQueue>;

function onFakeClock(
  use: (queue: Rows, clock: FakeClock, folder: string) => Promise<void>,
  role: OwnerRole = 'serve',
): Promise<void> {
  const clock = new FakeClock(morning);
  return withQueue((queue, _, folder) => use(queue, clock, folder), { clock, role });
}

async function add(queue: Queue, more: Partial<NewSchedule> = {}): Promise<Schedule> {
  const made = await queue.createSchedule({
    stream: 'lane',
    cron: '0 2 * * *',
    zone: 'UTC',
    tool_name: 'run-command',
    payload: { argv: ['make', 'nightly'] },
    ...more,
  });
  assert.ok(made.cron !== undefined);
  return made;
}

/** Lets time pass up to the next time of a schedule, and waits for what comes of it. */
async function passUntilDue(queue: Queue, clock: FakeClock, id: string): Promise<Schedule> {
  const { next_at: next } = await queue.getSchedule(id);
  return changedBy(queue, clock, id, () => clock.advance(Date.parse(String(next)) - clock.now()));
}

/** The schedule as it is after what a timer does to it. */
async function changedBy(queue: Queue, clock: FakeClock, id: string, pass: () => void): Promise<Schedule> {
  const changed = scheduleChange(queue, id);
  pass();
  const schedule = await changed;
  // The queue has done all that was due, and waits again.
  await clock.timerSet(30_000);
  return schedule;
}

function scheduleChange(queue: Queue, id: string): Promise<Schedule> {
  return new Promise((resolve) => {
    const stop = queue.subscribe(({ type, schedule }) => {
      if (type !== 'schedule.updated' || schedule?.id !== id) return;
      stop();
      resolve(schedule);
    });
  });
}

async function tasksOf(queue: Queue): Promise<Task[]> {
  return (await queue.listTasks({ order: 'position' })).items;
}

/** Opens the files of a queue as its owner, to go on from there. */
async function reopened<T>(
  folder: string,
  clock: FakeClock,
  use: (queue: Rows) => Promise<T>,
  role: OwnerRole = 'serve',
): Promise<T> {
  const queue = await openLocalQueue(folder, { clock, role });
  try {
    return await use(queue as Rows);
  } finally {
    await queue.close();
  }
}

describe('A schedule', () => {
  it('enqueues its task at each of its times, in one change with the next time', () =>
    onFakeClock(async (queue, clock) => {
      const schedule = await add(queue, {
        zone: 'Europe/Berlin',
        payload: '{"argv":["make","nightly"],"size":1970670598291982290}',
        timeout: 77,
        max_attempts: 2,
      });
      assert.equal(schedule.next_at, '2026-02-01T01:00:00.000000Z');
      assert.deepEqual(
        [schedule.label, schedule.missed, schedule.overlap, schedule.task_class, schedule.last_outcome],
        ['make nightly', 'skip', 'skip', null, null],
      );
      const events: QueueEvent[] = [];
      queue.subscribe((event) => events.push(event));
      const fired = await passUntilDue(queue, clock, schedule.id);
      assert.deepEqual(
        [fired.next_at, fired.last_at, fired.last_outcome],
        ['2026-02-02T01:00:00.000000Z', '2026-02-01T01:00:00.000000Z', 'enqueued'],
      );
      const [task, ...others] = await tasksOf(queue);
      assert.deepEqual(others, []);
      assert.equal(task?.id, fired.last_task_id);
      assert.deepEqual(
        [task?.tool_name, task?.label, task?.timeout, task?.max_attempts, task?.created_at],
        ['run-command', 'make nightly', 77, 2, '2026-02-01T01:00:00.000000Z'],
      );
      assert.equal(task?.payload, '{"argv":["make","nightly"],"size":1970670598291982290}');
      assert.equal(task?.idempotency_key, `${schedule.id} 2026-02-01T01:00:00.000000Z`);
      assert.deepEqual(
        events.map(({ type }) => type),
        ['task.created', 'schedule.updated'],
      );
      await queue.cancel(String(task?.id));
      await passUntilDue(queue, clock, schedule.id);
      assert.equal((await tasksOf(queue)).length, 2);
    }));

  it('wakes a worker that waits for its stream', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await add(queue, { cron: '* * * * *' });
      clock.advance(30_000);
      const claim = queue.claimNext('lane', { wait: 60 });
      const fired = await passUntilDue(queue, clock, id);
      assert.equal((await claim)?.task.id, fired.last_task_id);
    }));

  it('is not due while a task of it has not finished, unless its tasks are to queue', () =>
    onFakeClock(async (queue, clock) => {
      const skipping = await add(queue);
      const queueing = await add(queue, { cron: '1 2 * * *', overlap: 'queue' });
      for (const { id } of [skipping, queueing]) await passUntilDue(queue, clock, id);
      const skipped = await passUntilDue(queue, clock, skipping.id);
      assert.deepEqual([skipped.last_outcome, skipped.last_at], ['overlap', '2026-02-02T02:00:00.000000Z']);
      assert.equal((await passUntilDue(queue, clock, queueing.id)).last_outcome, 'enqueued');
      assert.equal((await tasksOf(queue)).length, 3);
      // Another that was asked for counts as well, although the newer one has finished.
      const extra = await queue.runSchedule(skipping.id);
      await queue.cancel(extra.id);
      assert.equal((await passUntilDue(queue, clock, skipping.id)).last_outcome, 'overlap');
      await queue.cancel(String(skipped.last_task_id));
      await passUntilDue(queue, clock, queueing.id);
      assert.equal((await passUntilDue(queue, clock, skipping.id)).last_outcome, 'enqueued');
    }));

  it('whose stream has ended says why it enqueued nothing, and goes on in another one', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await add(queue);
      await queue.endStream('lane');
      const stuck = await passUntilDue(queue, clock, id);
      assert.equal(stuck.last_outcome, 'refused');
      assert.match(String(stuck.last_error), /stream lane has ended/);
      await refused(queue.runSchedule(id), 'stream_ended');
      await refused(queue.updateSchedule(id, { stream: 'lane' }), 'stream_ended');
      const other = await queue.createStream({ session: 'work', name: 'other' });
      assert.equal((await queue.updateSchedule(id, { stream: 'other' })).stream_id, other.id);
      const fired = await passUntilDue(queue, clock, id);
      assert.deepEqual([fired.last_outcome, fired.last_error], ['enqueued', null]);
      assert.equal((await queue.getTask(String(fired.last_task_id))).stream_id, other.id);
    }));

  it('is paused and resumed: what passes meanwhile is not missed', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await add(queue, { missed: 'once' });
      const paused = await queue.pauseSchedule(id);
      assert.deepEqual([paused.paused, paused.next_at], [true, null]);
      assert.deepEqual(await queue.pauseSchedule(id), paused);
      clock.advance(3 * day);
      const resumed = await queue.resumeSchedule(id);
      assert.deepEqual(
        [resumed.paused, resumed.next_at, resumed.last_outcome],
        [false, '2026-02-04T02:00:00.000000Z', null],
      );
      assert.deepEqual(await tasksOf(queue), []);
      await queue.pauseSchedule(id);
      const now = await queue.runSchedule(id);
      assert.deepEqual([now.status, now.idempotency_key], ['queued', null]);
      assert.equal((await queue.getSchedule(id)).last_task_id, now.id);
    }));

  it('is changed, and listed with others of its stream, newest first', () =>
    onFakeClock(async (queue) => {
      const first = await add(queue);
      await queue.createStream({ session: 'work', name: '夜' });
      const second = await add(queue, { stream: '夜', cron: '@hourly', front: true });
      const { items, total } = await queue.listSchedules();
      assert.deepEqual([items, total], [[second, first], 2]);
      assert.deepEqual((await queue.listSchedules({ stream: '夜' })).items, [second]);
      assert.deepEqual((await queue.listSchedules({ limit: 1, offset: 1 })).items, [first]);
      const changed = await queue.updateSchedule(first.id, {
        cron: '30 4 * * *',
        zone: 'Asia/Tokyo',
        overlap: 'queue',
      });
      assert.deepEqual(
        [changed.next_at, changed.overlap, changed.missed],
        ['2026-01-31T19:30:00.000000Z', 'queue', 'skip'],
      );
      await refused(queue.updateSchedule(first.id, { cron: '99 * * * *' }), 'invalid_field');
      await refused(queue.listSchedules({ stream: 'none' }), 'not_found');
    }));

  it('is removed, and its tasks stay', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await add(queue);
      await passUntilDue(queue, clock, id);
      const removed = nextEvent(queue, 'schedule.removed');
      await queue.removeSchedule(id);
      assert.equal((await removed).schedule_id, id);
      await refused(queue.getSchedule(id), 'not_found', `Schedule not found: ${id}`);
      clock.advance(2 * day);
      assert.equal((await tasksOf(queue)).length, 1);
    }));

  it('is refused where it means nothing, and nothing is kept of it', () =>
    onFakeClock(async (queue) => {
      await refused(add(queue, { cron: '99 * * * *' }), 'invalid_field', /^Invalid cron: 99 .* minute: 99$/);
      await refused(add(queue, { zone: 'Mars/Base' }), 'invalid_field', 'Invalid zone: Mars/Base');
      await refused(add(queue, { zone: ' ' }), 'missing_field', 'zone is required');
      await refused(add(queue, { stream: 'none' }), 'not_found');
      await refused(add(queue, { missed: 'twice' as 'once' }), 'invalid_field', 'Invalid missed: twice');
      await refused(add(queue, { overlap: 'stop' as 'skip' }), 'invalid_field', 'Invalid overlap: stop');
      await refused(add(queue, { payload: {} }), 'invalid_field', /payload/);
      await refused(add(queue, { timeout: -1 }), 'invalid_field', /timeout/);
      await refused(add(queue, { tool_name: 'nobody', payload: {}, known_tool: true }), 'not_found');
      await queue.endStream('lane');
      await refused(add(queue), 'stream_ended');
      assert.equal((await queue.listSchedules()).total, 0);
    }));

  it('takes a key for each change, and answers a repeat as it stands now', () =>
    onFakeClock(async (queue) => {
      const input = { stream: 'lane', cron: '@daily', zone: 'UTC', tool_name: 'llm-haiku' };
      const made = await queue.createSchedule(input, { key: 'make' });
      assert.deepEqual(await queue.createSchedule(input, { key: 'make' }), made);
      const task = await queue.runSchedule(made.id, { key: 'run' });
      assert.equal((await queue.runSchedule(made.id, { key: 'run' })).id, task.id);
      assert.equal((await tasksOf(queue)).length, 1);
      await queue.pauseSchedule(made.id, { key: 'pause' });
      await queue.removeSchedule(made.id, { key: 'remove' });
      await queue.removeSchedule(made.id, { key: 'remove' });
      assert.deepEqual(await (queue as Queue).pauseSchedule(made.id, { key: 'pause' }), { id: made.id });
    }));

  it('of an unknown zone, as of another version of Node, says so and leaves the others alone', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock(morning);
      let id = '';
      let other = '';
      await reopened(folder, clock, async (queue) => {
        await queue.createSession({ name: 'work' });
        await queue.createStream({ session: 'work', name: 'lane' });
        ({ id } = await add(queue));
        other = (await add(queue)).id;
      });
      const db = await openDatabase(folder, { migrations, generation: 100 });
      await db.write((tx) => tx.run("UPDATE schedules SET zone = 'Mars/Base' WHERE id = ?", id));
      await db.close();
      await reopened(folder, clock, async (queue) => {
        await passUntilDue(queue, clock, other);
        const { next_at, last_outcome, last_error } = await queue.getSchedule(id);
        assert.deepEqual([next_at, last_outcome], [null, 'refused']);
        assert.match(String(last_error), /Mars\/Base/);
        assert.equal((await tasksOf(queue)).length, 2, 'the time that was known is used');
      });
    }));
});

describe('A time of a schedule', () => {
  it('comes once, whoever owns the queue', () =>
    onFakeClock(async (queue, clock, folder) => {
      const { id } = await add(queue, { overlap: 'queue' });
      await withFolder(async (copies) => {
        const copy = (name: string) => {
          const storage = path.join(copies, name);
          fs.cpSync(folder, storage, { recursive: true });
          fs.rmSync(path.join(storage, 'owner.1'));
          return storage;
        };
        // An owner that died just before, and one that died as soon as it had said so.
        const before = copy('before');
        const fired = await passUntilDue(queue, clock, id);
        for (const storage of [before, copy('after')]) {
          const successor = new FakeClock(clock.now() + 5_000);
          await reopened(storage, successor, async (second) => {
            const [task, ...more] = await tasksOf(second);
            assert.deepEqual([task?.id, more], [fired.last_task_id, []], storage);
            assert.equal((await second.getSchedule(id)).next_at, fired.next_at, storage);
            await passUntilDue(second, successor, id);
            assert.equal((await tasksOf(second)).length, 2, storage);
          });
        }
      });
    }));

  it('does not come while nothing but single commands has the queue', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock(morning);
      const id = await reopened(
        folder,
        clock,
        async (queue) => {
          await queue.createSession({ name: 'work' });
          await queue.createStream({ session: 'work', name: 'lane' });
          return (await add(queue)).id;
        },
        'command',
      );
      await reopened(
        folder,
        clock,
        async (queue) => {
          clock.advance(17 * hour + 10_000);
          await queue.stats();
          assert.equal((await queue.getSchedule(id)).last_outcome, null);
        },
        'command',
      );
      // Whoever stays comes just in time.
      await reopened(folder, clock, async (queue) => {
        assert.equal((await queue.getSchedule(id)).last_outcome, 'enqueued');
        assert.equal((await tasksOf(queue)).length, 1);
      });
    }));

  for (const [missed, outcome, count] of [
    ['skip', 'missed', 0],
    ['once', 'enqueued', 1],
  ] as const) {
    it(`at which nobody was there: ${missed}`, () =>
      withFolder(async (folder) => {
        const clock = new FakeClock(morning);
        const id = await reopened(folder, clock, async (queue) => {
          await queue.createSession({ name: 'work' });
          await queue.createStream({ session: 'work', name: 'lane' });
          return (await add(queue, { missed })).id;
        });
        clock.advance(3 * day);
        await reopened(folder, clock, async (queue) => {
          const { last_outcome, last_at, next_at } = await queue.getSchedule(id);
          assert.deepEqual(
            [last_outcome, last_at, next_at],
            [outcome, '2026-02-03T02:00:00.000000Z', '2026-02-04T02:00:00.000000Z'],
          );
          assert.equal((await tasksOf(queue)).length, count);
          const made = await queue.runSchedule(id);
          const now = await queue.getSchedule(id);
          assert.deepEqual([now.last_outcome, now.last_task_id], ['enqueued', made.id]);
        });
      }));

    it(`over which the clock is set forward, or the machine slept: ${missed}`, () =>
      onFakeClock(async (queue, clock) => {
        const { id } = await add(queue, { missed });
        for (const sleep of [() => clock.jump(20 * hour), () => clock.oversleep(day)]) {
          const changed = await changedBy(queue, clock, id, () => {
            sleep();
            clock.advance(30_000);
          });
          assert.equal(changed.last_outcome, outcome);
          if (changed.last_task_id !== null) await queue.cancel(changed.last_task_id);
        }
        assert.equal((await queue.listTasks()).total, count * 2);
      }));
  }

  it('does not come twice where the clock is set back', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await add(queue, { cron: '*/10 * * * *', overlap: 'queue', missed: 'once' });
      for (let times = 0; times < 6; times++) await passUntilDue(queue, clock, id);
      const tasks = await tasksOf(queue);
      // Even where its task was deleted, or its stream is another one.
      await queue.deleteTask(String(tasks[2]?.id));
      await queue.createStream({ session: 'work', name: 'other' });
      await queue.updateSchedule(id, { stream: 'other' });
      const planned = await changedBy(queue, clock, id, () => {
        clock.jump(-50 * minute);
        clock.advance(30_000);
      });
      assert.equal(planned.next_at, '2026-01-31T09:20:00.000000Z');
      for (let times = 0; times < 5; times++) await passUntilDue(queue, clock, id);
      assert.equal((await queue.listTasks()).total, 5);
      assert.equal((await passUntilDue(queue, clock, id)).last_outcome, 'enqueued');
      assert.equal((await queue.listTasks()).total, 6);
    }));

  it('comes as ever after the clock was a year ahead for a moment', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await add(queue);
      const jumped = (ms: number) =>
        changedBy(queue, clock, id, () => {
          clock.jump(ms);
          clock.advance(30_000);
        });
      assert.equal((await jumped(365 * day)).last_outcome, 'missed');
      assert.equal((await jumped(-365 * day)).next_at, '2026-02-01T02:00:00.000000Z');
      assert.equal((await passUntilDue(queue, clock, id)).last_outcome, 'enqueued');
    }));

  it('comes for many schedules at once, for each one once', () =>
    onFakeClock(async (queue, clock) => {
      const schedules = await Promise.all(
        Array.from({ length: 120 }, (_, at) => add(queue, { payload: { argv: ['job', String(at)] } })),
      );
      const last = scheduleChange(queue, String(schedules.at(-1)?.id));
      clock.advance(17 * hour);
      await last;
      const labels = (await queue.listTasks({ limit: 1000 })).items.map(({ label }) => label);
      assert.equal(labels.length, 120);
      assert.equal(new Set(labels).size, 120);
    }));
});
