import assert from 'node:assert/strict';
import path from 'node:path';
import { AccountFile } from '../../../src/accounts/accountFile';
import type { Limit, AccountRun as RunOfAccount } from '../../../src/accounts/accountState';
import { limited } from '../../../src/accounts/accountState';
import { Accounts } from '../../../src/accounts/accounts';
import { readWorkLeft } from '../../../src/client/workLeft';
import { toInstant } from '../../../src/core/clock';
import { type Config, defaultConfig, fixedConfig, outsideTool } from '../../../src/core/config';
import { QueueError } from '../../../src/core/errors';
import { silentLog } from '../../../src/core/log';
import type { Claim } from '../../../src/core/model';
import type { NewStream } from '../../../src/core/queue';
import { AccountRun } from '../../../src/runner/machine/accountRun';
import type { LocalQueue } from '../../../src/store/localQueue';
import { FakeClock } from '../../support/fakeClock';
import { makeFolder, useFolder } from '../../support/folders';
import { enqueue, openLocalQueue } from '../../support/localQueue';

const minute = 60_000;
const agent = { ...outsideTool, command: ['agent'], account: 'claude' };
const configured: Config = {
  ...defaultConfig,
  tools: {
    ...defaultConfig.tools,
    opus: { ...agent, fallback: 'other' },
    haiku: agent,
    other: { ...agent, account: 'codex' },
  },
};

/** Two queues of one user, and what a runner does with the tasks of each, but for the programs. */
class Bench {
  readonly clock = new FakeClock();
  readonly queues: LocalQueue[] = [];
  private readonly storages: string[] = [];
  started = 0;

  constructor(
    private readonly folder: string,
    private readonly config = configured,
  ) {}

  get home(): string {
    return path.join(this.folder, 'home');
  }

  get file(): AccountFile {
    return new AccountFile(this.home, this.clock);
  }

  async open(stream: Partial<NewStream> = {}): Promise<LocalQueue> {
    const { clock } = this;
    const storage = makeFolder(this.folder, `queue-${this.queues.length}`);
    const config = fixedConfig(this.config);
    const accounts = new Accounts({ home: this.home, storage, config, log: silentLog, clock, follow: true });
    const queue = await openLocalQueue(storage, { clock, config, accounts });
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'lane', ...stream });
    this.queues.push(queue);
    this.storages.push(storage);
    return queue;
  }

  /** Claims the next task as the built-in runner does. Null where nothing may start. */
  claim(queue: LocalQueue, wait = 0): Promise<Claim | null> {
    return queue.claimNext('lane', { supervised: true, wait });
  }

  /** Starts what was claimed. False where its account rests after all: then it is given back. */
  async start(queue: LocalQueue, claim: Claim, anyway = false): Promise<AccountRun | null> {
    const tool = claim.stand_in ?? claim.task.tool_name;
    const name = this.config.tools[tool]?.account ?? '';
    const storage = this.storages[this.queues.indexOf(queue)] ?? '';
    const run = new AccountRun(
      { home: this.home, name, model: null },
      claim.task,
      storage,
      this.clock,
      silentLog,
    );
    try {
      await run.begin(tool, this.config.agents.budget, anyway);
    } catch (error) {
      assert.ok(QueueError.is(error, 'not_ready'), String(error));
      await queue.releaseClaim(claim.task.id, claim.lease);
      return null;
    }
    this.started += 1;
    return run;
  }

  async succeed(queue: LocalQueue, claim: Claim, run: AccountRun, usd: number | null = null): Promise<void> {
    await run.end({ outcome: 'answered', usd });
    await queue.complete(claim.task.id, { lease: claim.lease, result_summary: 'done' });
  }

  async meetLimit(queue: LocalQueue, claim: Claim, run: AccountRun, until: number | null): Promise<void> {
    const limit: Limit = { until, name: '5-hour limit', model: null };
    await run.end({ outcome: 'limited', limit, usd: null });
    const { lease } = claim;
    await queue.fail(claim.task.id, {
      lease,
      error_message: 'limit',
      failure_kind: 'limited',
      retry_after: 0,
    });
  }

  /** Runs what may start now. Returns how many tasks that were. */
  async drain(queue: LocalQueue): Promise<number> {
    for (let count = 0; ; count += 1) {
      const claim = await this.claim(queue);
      const run = claim && (await this.start(queue, claim));
      if (!claim || !run) return count;
      await this.succeed(queue, claim, run);
    }
  }

  async close(): Promise<void> {
    for (const queue of this.queues) await queue.close();
  }
}

describe('Accounts that several queues share', () => {
  const folder = useFolder('home');
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench(folder());
  });

  afterEach(() => bench.close());

  async function limitMet(queue: LocalQueue, until: number | null): Promise<string> {
    const claim = await bench.claim(queue);
    assert.ok(claim);
    const run = await bench.start(queue, claim);
    assert.ok(run);
    await bench.meetLimit(queue, claim, run, until);
    return claim.task.id;
  }

  it('rest for all of them where one task meets a limit, and all tasks are done after it', async () => {
    const [one, other] = [await bench.open(), await bench.open()];
    for (const queue of [one, other]) {
      for (let at = 0; at < 10; at++) await enqueue(queue, { tool_name: at % 2 ? 'opus' : 'haiku' });
    }
    const reset = bench.clock.now() + 60 * minute;
    const first = await limitMet(one, reset);
    for (const queue of [one, other]) assert.equal(await bench.drain(queue), 0);
    assert.equal(bench.started, 1);

    const task = await one.getTask(first);
    assert.deepEqual([task.status, task.failures, task.not_before], ['queued', 0, null]);
    assert.deepEqual(
      (await one.listAttempts(first)).map(({ outcome }) => outcome),
      ['limited'],
    );
    const at = toInstant(reset + minute);
    const values = { account: 'claude', at, limit: '5-hour limit' };
    const { items } = await other.listTasks({ order: 'position' });
    assert.deepEqual(
      items.map(({ waiting_reason: reason }) => reason),
      items.map(({ tool_name: tool }) => ({ code: 'resting', values: { ...values, tool } })),
    );
    assert.equal((await other.getStream('lane')).waiting_reason?.code, 'resting');
    const rest = { account: 'claude', until: at, limit: '5-hour limit', model: null, first: null };
    assert.deepEqual((await other.listTools()).find(({ name }) => name === 'opus')?.rest, rest);

    // `sparkq up --while-work` stays for that.
    await one.updateStream('lane', { working: true });
    assert.equal((await readWorkLeft(one, null)).queued, true);

    bench.clock.advance(61 * minute);
    assert.deepEqual([await bench.drain(one), await bench.drain(other)], [10, 10]);
    assert.equal(bench.started, 21);
    for (const queue of [one, other]) {
      const done = await queue.listTasks({ status: 'succeeded' });
      assert.deepEqual([done.total, done.items.every(({ failures }) => failures === 0)], [10, true]);
    }
  });

  it('wake who waits for a task when the rest ends', async () => {
    const queue = await bench.open();
    const { id } = await enqueue(queue, { tool_name: 'opus' });
    await limitMet(queue, bench.clock.now() - 30_000);
    const waiting = bench.claim(queue, 60);
    // Taken up before the time passes: the queue answers in order.
    await queue.stats();
    bench.clock.advance(30_000);
    assert.equal((await waiting)?.task.id, id);
  });

  it('wake in all processes where a person ends the rest', async () => {
    const [one, other] = [await bench.open(), await bench.open()];
    await enqueue(one, { tool_name: 'opus' });
    const { id } = await enqueue(other, { tool_name: 'opus' });
    await limitMet(one, bench.clock.now() + 60 * minute);
    assert.equal(await bench.claim(other), null);
    const waiting = bench.claim(other, 60);
    assert.equal((await one.wakeTool('haiku')).rest, null);
    assert.equal((await waiting)?.task.id, id);
    await assert.rejects(one.wakeTool('nothing'), { code: 'not_found' });
  });

  it('let one task go first where no time is known, whichever queue it is in', async () => {
    const [one, other] = [await bench.open({ parallelism: 3 }), await bench.open()];
    for (const queue of [one, one, other]) await enqueue(queue, { tool_name: 'opus' });
    await limitMet(one, null);
    bench.clock.advance(15 * minute);
    const [claim, none] = await Promise.all([bench.claim(one), bench.claim(one)]);
    assert.ok(claim);
    assert.equal(none, null);
    // The other queue has not heard of that yet: its task is given back before it starts.
    const late = await bench.claim(other);
    const run = await bench.start(one, claim);
    assert.ok(run);
    if (late !== null) assert.equal(await bench.start(other, late), null);
    assert.equal(await bench.claim(other), null);
    const { items } = await other.listTasks({ status: 'queued' });
    assert.deepEqual(
      items.map(({ waiting_reason: reason, attempts }) => [reason?.code, reason?.values.task, attempts]),
      [['resting_probe', claim.task.id, late === null ? 0 : 1]],
    );
    await run.answered();
    assert.ok(await bench.claim(other));
    assert.ok(await bench.claim(one));
  });

  it('hold the lane, unless its stream lets others pass; outside workers are not held', async () => {
    const queue = await bench.open();
    const first = await enqueue(queue, { tool_name: 'opus' });
    const second = await enqueue(queue, { tool_name: 'run-bash' });
    await limitMet(queue, bench.clock.now() + 60 * minute);
    assert.equal(await bench.claim(queue), null);
    assert.deepEqual((await queue.getTask(second.id)).waiting_reason, {
      code: 'behind',
      values: { task: first.id },
    });
    await queue.updateStream('lane', { pass_resting: true });
    assert.equal((await queue.getTask(second.id)).waiting_reason?.code, 'no_worker');
    assert.equal((await queue.getStream('lane')).waiting_reason, null);
    assert.equal((await bench.claim(queue))?.task.id, second.id);
    assert.equal((await queue.claimNext('lane'))?.task.id, first.id);
  });

  it('hold a lane that skips what is not run here as well', async () => {
    const queue = await bench.open({ skip_unrunnable: true, parallelism: 3 });
    await enqueue(queue, { tool_name: 'opus' });
    await enqueue(queue, { tool_name: 'run-bash' });
    await limitMet(queue, bench.clock.now() + 60 * minute);
    const outside = await enqueue(queue, { tool_name: 'by-hand' });
    assert.equal(await bench.claim(queue), null);
    const others = { tools: ['by-hand'] };
    const [none, taken] = await Promise.all([bench.claim(queue), queue.claimNext('lane', others)]);
    assert.deepEqual([none, taken?.task.id], [null, outside.id]);
  });

  it('refuse a claim by id with what to do, but for a person who starts it all the same', async () => {
    const queue = await bench.open();
    const { id } = await enqueue(queue, { tool_name: 'opus' });
    await limitMet(queue, bench.clock.now() + 60 * minute);
    await assert.rejects(queue.claimTask(id, { supervised: true }), (error) => {
      assert.ok(QueueError.is(error, 'not_ready'));
      assert.match(`${error.message} ${error.hint}`, /Account claude rests until .*sparkq tools wake/);
      assert.equal((error.details?.waiting_reason as { code: string } | undefined)?.code, 'resting');
      return true;
    });
    const claim = await queue.claimTask(id, { supervised: true, anyway: true });
    const run = await bench.start(queue, claim, true);
    assert.ok(run);
    bench.clock.advance(1);
    await bench.succeed(queue, claim, run);
    // It has got an answer: nobody need wait any more.
    assert.equal((await bench.file.read()).rests.length, 0);
  });

  it('have another tool run a task that allows it, unless a person has approved just its own', async () => {
    const queue = await bench.open({ parallelism: 3 });
    const held = await enqueue(queue, { tool_name: 'opus' });
    await limitMet(queue, bench.clock.now() + 60 * minute);
    await queue.updateStream('lane', { pass_resting: true });
    const free = await enqueue(queue, { tool_name: 'opus', fall_back: true });
    const claim = await bench.claim(queue);
    assert.deepEqual([claim?.task.id, claim?.task.tool_name, claim?.stand_in], [free.id, 'opus', 'other']);
    assert.equal(await bench.claim(queue), null);
    // The one that stands in has an account of its own, which may rest as well.
    await enqueue(queue, { tool_name: 'opus', fall_back: true });
    const run: RunOfAccount = { account: 'codex', model: null, storage: '/x', task: 'tsk_x', attempt: 1 };
    const until = bench.clock.now() + minute;
    await bench.file.change((state) =>
      limited(state, run, { until, name: null, model: null }, bench.clock.now()),
    );
    assert.equal(await bench.claim(queue), null);
    assert.equal((await queue.getTask(held.id)).waiting_reason?.code, 'resting');
  });
});

describe('The budget that several queues share', () => {
  const folder = useFolder('home');

  it('holds the tasks of all of them until the next day', async () => {
    const agents = { ...defaultConfig.agents, budget: { day_usd: 1, day_tasks: null } };
    const bench = new Bench(folder(), { ...configured, agents });
    try {
      const [one, other] = [await bench.open(), await bench.open()];
      for (const queue of [one, one, other]) await enqueue(queue, { tool_name: 'opus' });
      const claim = await bench.claim(one);
      const run = claim && (await bench.start(one, claim));
      assert.ok(claim && run);
      await bench.succeed(one, claim, run, 1.2);
      for (const queue of [one, other]) assert.equal(await bench.claim(queue), null);
      const { items } = await other.listTasks();
      assert.equal(items[0]?.waiting_reason?.values.limit, 'daily budget');
      bench.clock.advance(24 * 60 * minute);
      assert.deepEqual([await bench.drain(one), await bench.drain(other)], [1, 1]);
    } finally {
      await bench.close();
    }
  });
});
