/** Agents that are killed while they work: each task has one accepted result, and none is held for ever. */

import assert from 'node:assert/strict';
import type { Queue } from '../../../src/core/queue';
import { machineClock } from '../../../src/system/machineClock';
import { makePlace } from '../commandLine';
import { FakeClock } from '../fakeClock';
import { removeFolder } from '../folders';
import { openLocalQueue } from '../localQueue';
import { makeQueue } from '../makeQueue';
import { Random } from '../random';
import { connect, type McpProgram, type Place } from './mcpPrograms';

/** Milliseconds after the last heartbeat, or the start of the owner, in which a claim is lost. */
const leaseTime = 60_000;
const longestBackoff = 300_000;

export interface KillSum {
  kills: number;
  /** Tasks whose result an agent was told to be accepted. */
  accepted: number;
  /** Attempts that ended because their agent was gone. */
  lost: number;
}

/**
 * Two agents work off so many tasks. One that is killed is replaced; whichever owns the queue is killed like the other. What
 * is held in the end is lost in time, and is done as well.
 */
export async function killAgents(kills: number, seed: number, tasks: number): Promise<KillSum> {
  const { root, folder, home } = makePlace('agents');
  try {
    const storage = await makeQueue(folder, home);
    const work = new Work({ folder, home }, kills, tasks, new Random(seed));
    await work.queueTasks();
    await Promise.all(['ann', 'bob'].map((name) => work.agent(name)));
    const lost = await workOffRest(storage, folder, tasks, work.accepted);
    return { kills: work.killed, accepted: work.accepted.size, lost };
  } finally {
    await removeFolder(root);
  }
}

class Work {
  /** What was reported on each task, once it was accepted. */
  readonly accepted = new Map<string, string>();
  killed = 0;

  constructor(
    private readonly place: Place,
    private readonly kills: number,
    private readonly tasks: number,
    private readonly random: Random,
  ) {}

  async queueTasks(): Promise<void> {
    const agent = await connect(this.place);
    const tasks = Array.from({ length: this.tasks }, (_, at) => ({
      key: `t${at}`,
      prompt: `Task ${at}`,
      max_attempts: this.kills + 1,
    }));
    const answer = await agent.call('enqueue_tasks', { tasks });
    assert.equal(answer.error, undefined);
    await agent.close();
  }

  /** Works until nothing is left to claim; killed again and again before that. */
  async agent(name: string): Promise<void> {
    for (let life = 1; ; life += 1) {
      const agent = await connect(this.place);
      const over = await this.live(agent, `${name} ${life}`);
      await agent.close();
      if (over) return;
    }
  }

  /** @returns whether nothing is left to claim */
  private async live(agent: McpProgram, name: string): Promise<boolean> {
    const tasksBeforeEnd = this.random.below(Math.max(2, this.tasks / this.kills));
    for (let done = 0; ; done += 1) {
      const mayKill = this.killed < this.kills && done >= tasksBeforeEnd;
      if (mayKill && this.random.chance(0.5)) {
        await this.kill(agent, agent.call('claim_task'));
        return false;
      }
      const { task_id: id, error } = await agent.call('claim_task');
      assert.equal(error, undefined);
      if (id === null) return true;
      const summary = `${id} by ${name}`;
      const finishing = agent.call('finish_task', { task_id: id, outcome: 'done', summary });
      if (mayKill) {
        await this.kill(
          agent,
          finishing.then((answer) => this.accept(String(id), summary, answer)),
        );
        return false;
      }
      this.accept(String(id), summary, await finishing);
    }
  }

  private accept(id: string, summary: string, { status, error }: Record<string, unknown>): void {
    assert.equal(error, undefined);
    assert.equal(status, 'succeeded');
    assert.ok(!this.accepted.has(id), `${id} was accepted twice`);
    this.accepted.set(id, summary);
  }

  /** Kills an agent while a call is under way, or may have been made already. */
  private async kill(agent: McpProgram, call: Promise<unknown>): Promise<void> {
    this.killed += 1;
    const ended = call.catch((error) => {
      if (error instanceof assert.AssertionError) throw error;
    });
    if (this.random.chance(0.5)) await agent.call('queue_status');
    process.kill(agent.pid, 'SIGKILL');
    await ended;
  }
}

/** Does what the agents have left, as soon as it is no longer held; answers how many attempts were lost. */
async function workOffRest(
  storage: string,
  workspace: string,
  count: number,
  accepted: ReadonlyMap<string, string>,
): Promise<number> {
  const clock = clockFromNow();
  const queue = await openLocalQueue(storage, { workspace, programs: 'dist', clock });
  try {
    await pass(queue, clock, leaseTime);
    assert.equal((await queue.listTasks({ status: 'running' })).total, 0);
    await pass(queue, clock, longestBackoff);
    for (;;) {
      const claim = await queue.claimNext('main');
      if (claim === null) break;
      await queue.complete(claim.task.id, { lease: claim.lease, result_summary: 'the rest' });
    }
    const { items } = await queue.listTasks({ limit: 2 * count });
    assert.equal(items.length, count);
    let lost = 0;
    for (const { id, status, result_summary: summary } of items) {
      assert.equal(status, 'succeeded', id);
      const outcomes = (await queue.listAttempts(id)).map(({ outcome }) => outcome);
      assert.equal(outcomes.filter((outcome) => outcome === 'succeeded').length, 1, `${id}: ${outcomes}`);
      // One that was told to nobody, because its agent was killed, is accepted all the same.
      assert.equal(summary, accepted.get(id) ?? summary);
      lost += outcomes.filter((outcome) => outcome === 'lost').length;
    }
    return lost;
  } finally {
    await queue.close();
  }
}

/** A clock that stands still from now on, by both clocks of the machine. */
function clockFromNow(): FakeClock {
  const ahead = machineClock.monotonic() - new FakeClock().monotonic();
  const clock = new FakeClock(machineClock.now() - ahead);
  clock.oversleep(ahead);
  return clock;
}

/** Lets time pass in steps, and the queue act in between. */
async function pass(queue: Queue, clock: FakeClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10_000) {
    clock.advance(Math.min(left, 10_000));
    for (let round = 0; round < 4; round++) await queue.stats();
  }
}
