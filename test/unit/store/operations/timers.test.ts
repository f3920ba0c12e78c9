import assert from 'node:assert/strict';
import { fixedConfig } from '../../../../src/core/config';
import type { QueueEvent } from '../../../../src/core/events';
import type { OwnerRole } from '../../../../src/core/model';
import { presentTask as present } from '../../../../src/core/refusals';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { migrations } from '../../../../src/store/rows/schema';
import { bootId } from '../../../../src/system/processes';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';
import { configWith, enqueue, nextEvent, openLocalQueue, withQueue } from '../../../support/localQueue';
import { openDatabase } from '../../../support/openDatabase';

/** A queue on a clock that the test moves. */
function onFakeClock(use: (queue: LocalQueue, clock: FakeClock) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const config = fixedConfig(configWith({ backoff_ms: 0, backoff_max_ms: 0 }));
  return withQueue((queue) => use(queue, clock), { clock, config });
}

/** Lets the queue do what its timers have begun. */
async function settle(queue: LocalQueue): Promise<void> {
  for (let round = 0; round < 4; round++) await queue.stats();
}

/** Lets time pass in steps, and the queue act in between. */
async function pass(queue: LocalQueue, clock: FakeClock, ms: number, step = 10_000): Promise<void> {
  for (let left = ms; left > 0; left -= step) {
    clock.advance(Math.min(step, left));
    await settle(queue);
  }
}

describe('A run that takes long', () => {
  it('is stale at its timeout and fails at twice its timeout, counted from the claim', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await enqueue(queue, { timeout: 30 });
      await queue.claimTask(id);
      const stale = nextEvent(queue, 'task.stale', id);
      clock.advance(29_999);
      await settle(queue);
      assert.equal((await queue.listTasks({ stale: true })).total, 0);
      clock.advance(1);
      assert.ok((await stale).task?.stale_warned_at);
      const { items, total } = await queue.listTasks({ stale: true });
      assert.deepEqual([items[0]?.id, total], [id, 1]);
      const failed = nextEvent(queue, 'task.failed', id);
      await pass(queue, clock, 30_000);
      const { task } = await failed;
      assert.deepEqual(
        [task?.status, task?.failure_kind, task?.error],
        ['failed', 'timeout', 'TIMEOUT: Task timeout (auto-failed)'],
      );
      assert.deepEqual(
        (await queue.listAttempts(id)).map(({ outcome }) => outcome),
        ['timeout'],
      );
      assert.equal((await queue.listTasks({ stale: true })).total, 0);
    }));

  it('has no time while it is suspended, whoever else runs', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await enqueue(queue, { timeout: 30 });
      const { task } = await queue.claimTask(id, { supervised: true });
      const other = await enqueue(queue, { timeout: 300 });
      await queue.claimTask(other.id, { supervised: true });
      clock.advance(20_000);
      await queue.suspend(id);
      const late = nextEvent(queue, 'task.stale', other.id);
      await pass(queue, clock, 300_000);
      await late;
      assert.deepEqual(
        (await queue.listTasks({ stale: true })).items.map((each) => each.id),
        [other.id],
      );
      const { deadline, suspended } = present(await queue.continue(id));
      const moved = Date.parse(deadline ?? '') - Date.parse(task.deadline ?? '');
      assert.deepEqual([moved, suspended], [300_000, false]);
      clock.advance(9_999);
      await settle(queue);
      assert.equal((await queue.getTask(id)).stale_warned_at, null);
      const stale = nextEvent(queue, 'task.stale', id);
      clock.advance(1);
      await stale;
    }));

  for (const [timeout, killAfter] of [
    [30, 45],
    [30, 30],
    [30, 10],
    [30, 100],
  ] as const) {
    it(`fails ${killAfter} s after the claim, where that is its kill_after and its timeout ${timeout} s`, () =>
      onFakeClock(async (queue, clock) => {
        const { id } = await enqueue(queue, { timeout, kill_after: killAfter });
        const { deadline, task } = await queue.claimTask(id);
        assert.equal(Date.parse(deadline) - Date.parse(task.started_at ?? ''), killAfter * 1000);
        const late: string[] = [];
        queue.subscribe(({ type }) => type === 'task.stale' && late.push(type));
        await pass(queue, clock, killAfter * 1000 - 1, killAfter * 500);
        assert.equal((await queue.getTask(id)).status, 'running');
        const failed = nextEvent(queue, 'task.failed', id);
        clock.advance(1);
        assert.equal((await failed).task?.failure_kind, 'timeout');
        assert.equal(late.length, killAfter > timeout ? 1 : 0, 'what is stopped by then is never late');
      }));
  }

  it('is stopped by its supervisor: the queue gives it another minute, and does not call it late', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await enqueue(queue, { timeout: 30, kill_after: 30 });
      await queue.claimTask(id, { supervised: true });
      await pass(queue, clock, 89_000);
      const { status, stale_warned_at } = await queue.getTask(id);
      assert.deepEqual([status, stale_warned_at], ['running', null]);
      const failed = nextEvent(queue, 'task.failed', id);
      await pass(queue, clock, 1_000);
      assert.equal((await failed).task?.failure_kind, 'timeout');
    }));

  it('is retried after a timeout while attempts are left', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await enqueue(queue, { timeout: 10, max_attempts: 2 });
      await queue.claimTask(id);
      const again = queue.claimNext('lane', { wait: 60 });
      await settle(queue);
      await pass(queue, clock, 20_000);
      assert.equal((await again)?.task.attempts, 2);
      await pass(queue, clock, 20_000);
      assert.equal((await queue.getTask(id)).failure_kind, 'timeout');
    }));

  it('belongs to its supervisor for one more minute', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await enqueue(queue, { timeout: 10 });
      const claim = await queue.claimTask(id, { supervised: true });
      await queue.heartbeat(id, { lease: claim.lease, progress: 1 });
      await pass(queue, clock, 79_000, 1000);
      assert.equal((await queue.getTask(id)).status, 'running');
      await pass(queue, clock, 1000);
      assert.equal((await queue.getTask(id)).failure_kind, 'timeout');
    }));

  it('without heartbeats has its whole deadline; with them it is lost a minute after the last', () =>
    onFakeClock(async (queue, clock) => {
      const silent = await enqueue(queue, { timeout: 300 });
      await queue.claimTask(silent.id);
      const beating = await enqueue(queue, { timeout: 300 });
      const { lease } = await queue.claimTask(beating.id, { worker_id: 'w' });
      for (let beat = 0; beat < 3; beat++) {
        await queue.heartbeat(beating.id, { lease });
        await pass(queue, clock, 50_000);
      }
      assert.equal((await queue.getTask(beating.id)).status, 'running');
      await pass(queue, clock, 10_000);
      const lost = await queue.getTask(beating.id);
      assert.deepEqual([lost.status, lost.failure_kind], ['failed', 'lost']);
      assert.equal((await queue.getTask(silent.id)).status, 'running');
    }));

  it('is lost a minute after a claim that set its own deadline, and has sent no heartbeat', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await enqueue(queue, { timeout: 300 });
      await queue.claimTask(id, { kill_after: 7200 });
      await pass(queue, clock, 59_000, 1000);
      assert.equal((await queue.getTask(id)).status, 'running');
      await pass(queue, clock, 1000);
      assert.equal((await queue.getTask(id)).failure_kind, 'lost');
    }));

  it('has the deadline that its claim set, which a heartbeat may start afresh', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await enqueue(queue, { timeout: 10 });
      const { lease } = await queue.claimTask(id, { kill_after: 100 });
      await pass(queue, clock, 50_000);
      await queue.heartbeat(id, { lease, kill_after: 100 });
      await pass(queue, clock, 55_000);
      await queue.heartbeat(id, { lease });
      await pass(queue, clock, 44_000, 1000);
      assert.equal((await queue.getTask(id)).status, 'running');
      await pass(queue, clock, 1000);
      assert.equal((await queue.getTask(id)).failure_kind, 'timeout');
    }));
});

describe('A clock that jumps', () => {
  for (const [what, sleep] of [
    ['forward, as after a sleep', (clock: FakeClock) => clock.jump(3_600_000)],
    ['not at all while the machine sleeps', (clock: FakeClock) => clock.oversleep(3_600_000)],
  ] as const) {
    it(`${what}, leaves each worker the time that it had`, () =>
      onFakeClock(async (queue, clock) => {
        const { id } = await enqueue(queue, { timeout: 300 });
        const { lease } = await queue.claimTask(id);
        await queue.heartbeat(id, { lease });
        const other = await enqueue(queue, { timeout: 300 });
        await queue.claimTask(other.id);
        sleep(clock);
        await pass(queue, clock, 59_000, 1000);
        for (const one of [id, other.id]) assert.equal((await queue.getTask(one)).status, 'running');
        await queue.complete(other.id, { result_summary: 'awake again' });
        await pass(queue, clock, 40_000);
        assert.equal((await queue.getTask(id)).status, 'failed');
      }));
  }

  it('backwards loses no worker, and nothing is stuck afterwards', () =>
    onFakeClock(async (queue, clock) => {
      const { id } = await enqueue(queue, { timeout: 60 });
      await queue.claimTask(id);
      clock.jump(-3_600_000);
      await pass(queue, clock, 110_000);
      assert.equal((await queue.getTask(id)).status, 'running');
      await pass(queue, clock, 10_000);
      assert.equal((await queue.getTask(id)).failure_kind, 'timeout');
      const later = await enqueue(queue, { timeout: 60 });
      await queue.claimTask(later.id);
      await pass(queue, clock, 120_000);
      assert.equal((await queue.getTask(later.id)).failure_kind, 'timeout');
    }));

  it('does not delay tasks that start later', () =>
    onFakeClock(async (queue, clock) => {
      const at = new Date(clock.now() + 3_600_000).toISOString();
      const { id } = await enqueue(queue, { not_before: at });
      const claim = queue.claimNext('lane', { wait: 60 });
      await settle(queue);
      clock.jump(3_600_000);
      await pass(queue, clock, 30_000);
      assert.equal((await claim)?.task.id, id);
    }));
});

const day = 24 * 60 * 60 * 1000;

describe('A clock that is set a day off', () => {
  /** Everything that expires, a second old when the clock is set; `after` goes on in the same queue or the next. */
  async function jumped(
    jump: (queue: LocalQueue, clock: FakeClock) => Promise<LocalQueue>,
    queue: LocalQueue,
    clock: FakeClock,
  ): Promise<LocalQueue> {
    const beating = await enqueue(queue, { timeout: 600, label: 'beating' });
    const silent = await enqueue(queue, { timeout: 60, label: 'silent' });
    const supervised = await enqueue(queue, { timeout: 60, label: 'supervised' });
    const request = { claim_request_id: 'again' };
    const { lease } = await queue.claimTask(beating.id, { ...request, worker_id: 'w' });
    const claimed = await queue.claimTask(silent.id);
    await queue.claimTask(supervised.id, { supervised: true });
    const made = await queue.enqueue({ stream: 'lane', tool_name: 'outside' }, { key: 'key' });
    const request2 = { claim_request_id: 'next' };
    const next = await queue.claimNext('lane', request2);
    await queue.heartbeat(beating.id, { lease });
    clock.advance(1_000);

    const same = await jump(queue, clock);
    assert.deepEqual((await same.claimTask(beating.id, request)).lease, lease);
    assert.equal((await same.claimNext('lane', request2))?.lease, next?.lease);
    assert.equal(
      (await same.enqueue({ stream: 'lane', tool_name: 'outside' }, { key: 'key' })).task.id,
      made.task.id,
    );
    const seconds = (at: string) => Math.round((Date.parse(at) - clock.now()) / 1000);
    const again = await same.heartbeat(silent.id, { lease: claimed.lease });
    assert.deepEqual([seconds(again.deadline), seconds(again.lease_until)], [119, 60]);

    await pass(same, clock, 50_000);
    const states = async () => {
      const { items } = await same.listTasks({ stream: 'lane', limit: 10 });
      const rows = items.filter(({ label }) => label !== null).sort((a, b) => a.position - b.position);
      return rows.map(({ status, failure_kind: kind }) => kind ?? status);
    };
    assert.deepEqual(await states(), ['running', 'running', 'running']);
    await same.heartbeat(beating.id, { lease });
    // Nothing lives longer than it would have.
    await pass(same, clock, 10_000);
    assert.deepEqual(await states(), ['running', 'lost', 'running']);
    assert.deepEqual(
      (await same.listTasks({ stale: true })).items.map(({ id }) => id),
      [supervised.id],
    );
    await pass(same, clock, 50_000);
    assert.deepEqual(await states(), ['lost', 'lost', 'running']);
    await pass(same, clock, 70_000);
    assert.deepEqual(await states(), ['lost', 'lost', 'timeout']);
    return same;
  }

  /** Where boots have no ids, as on Windows, a jump between two owners is not noticed. */
  const acrossOwners = bootId() === null ? it.skip : it;

  for (const [where, ms] of [
    ['ahead', day],
    ['back', -day],
  ] as const) {
    it(`${where} ends nothing that lives, and prolongs nothing`, () =>
      onFakeClock(async (queue, clock) => {
        await jumped(
          async () => {
            clock.jump(ms);
            return queue;
          },
          queue,
          clock,
        );
      }));

    acrossOwners(`${where} while no process has the queue is noticed by the next owner`, () =>
      withFolder(async (folder) => {
        const clock = new FakeClock();
        const config = fixedConfig(configWith({ backoff_ms: 0, backoff_max_ms: 0 }));
        const first = await openLocalQueue(folder, { clock, config });
        await first.createSession({ name: 'work' });
        await first.createStream({ session: 'work', name: 'lane' });
        const last = await jumped(
          async () => {
            await first.close();
            clock.jump(ms);
            return openLocalQueue(folder, { clock, config });
          },
          first,
          clock,
        );
        await last.close();
      }),
    );

    acrossOwners(`${where} ends nothing that lives when a single command opens the queue`, () =>
      withFolder(async (folder) => {
        const clock = new FakeClock();
        const command = async <T>(run: (queue: LocalQueue) => Promise<T>): Promise<T> => {
          const queue = await openLocalQueue(folder, { clock, role: 'command' });
          try {
            return await run(queue);
          } finally {
            await queue.close();
          }
        };
        await command((queue) => queue.createSession({ name: 'work' }));
        await command((queue) => queue.createStream({ session: 'work', name: 'lane' }));
        const { id } = await command((queue) => enqueue(queue, { timeout: 60 }));
        const { lease } = await command((queue) => queue.claimTask(id));
        clock.jump(ms);
        await command((queue) => queue.heartbeat(id, { lease }));
        clock.jump(-ms);
        assert.equal(
          (await command((queue) => queue.complete(id, { lease, result_summary: 'ok' }))).status,
          'succeeded',
        );
      }),
    );
  }

  it('back at a restart of the machine prolongs nothing for a day', () =>
    withFolder(async (folder) => {
      const before = new FakeClock();
      const first = await openLocalQueue(folder, { clock: before });
      await first.createSession({ name: 'work' });
      await first.createStream({ session: 'work', name: 'lane' });
      const { id } = await enqueue(first, { timeout: 60 });
      const { lease } = await first.claimTask(id);
      await first.close();
      const db = await openDatabase(folder, { migrations, generation: 100 });
      await db.write((tx) => tx.run("UPDATE clock SET boot = 'the one before'"));
      await db.close();
      const clock = new FakeClock(before.now() - day);
      const second = await openLocalQueue(folder, { clock });
      await second.heartbeat(id, { lease });
      await pass(second, clock, 60_000);
      assert.equal((await second.getTask(id)).failure_kind, 'lost');
      await second.close();
    }));

  it('keeps the time of a task that waits for one', () =>
    onFakeClock(async (queue, clock) => {
      const at = new Date(clock.now() + 60_000).toISOString();
      const { id } = await enqueue(queue, { not_before: at });
      clock.jump(-day);
      await pass(queue, clock, 120_000, 60_000);
      assert.equal(await queue.claimNext('lane'), null);
      assert.equal(Date.parse((await queue.getTask(id)).not_before ?? ''), Date.parse(at));
    }));
});

describe('A queue that is opened again', () => {
  async function reopened(
    role: OwnerRole,
    use: (queue: LocalQueue, clock: FakeClock, id: string) => Promise<void>,
  ) {
    await withFolder(async (folder) => {
      const clock = new FakeClock();
      const first = await openLocalQueue(folder, { clock });
      await first.createSession({ name: 'work' });
      await first.createStream({ session: 'work', name: 'lane' });
      const { id } = await enqueue(first, { timeout: 30 });
      await first.claimTask(id);
      await first.close();
      clock.advance(600_000);
      const second = await openLocalQueue(folder, { clock, role });
      await use(second, clock, id);
      await second.close();
    });
  }

  it('loses no worker before one more interval, since none could report', () =>
    reopened('serve', async (queue, clock, id) => {
      await pass(queue, clock, 59_000);
      assert.equal((await queue.getTask(id)).status, 'running');
      await pass(queue, clock, 1000);
      assert.equal((await queue.getTask(id)).failure_kind, 'timeout');
    }));

  it('ends tasks past their deadline at once when opened by a command, which any worker could have run', () =>
    reopened('command', async (queue, _clock, id) => {
      assert.equal((await queue.getTask(id)).failure_kind, 'timeout');
    }));

  it('still starts later what was to start later', () =>
    withFolder(async (folder) => {
      const clock = new FakeClock();
      const first = await openLocalQueue(folder, { clock });
      await first.createSession({ name: 'work' });
      await first.createStream({ session: 'work', name: 'lane' });
      const at = new Date(clock.now() + 60_000).toISOString();
      const { id } = await enqueue(first, { not_before: at });
      await first.close();
      const second = await openLocalQueue(folder, { clock });
      const events: QueueEvent[] = [];
      second.subscribe((event) => events.push(event));
      await pass(second, clock, 60_000);
      assert.deepEqual(
        events.map(({ type, task_id: task }) => [type, task]),
        [['task.updated', id]],
      );
      assert.equal((await second.claimNext('lane'))?.task.id, id);
      await second.close();
    }));
});
