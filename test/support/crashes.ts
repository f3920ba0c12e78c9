import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import type { Task } from '../../src/core/model';
import type { LocalQueue } from '../../src/store/localQueue';
import { loseFiles } from '../crash/lostFiles';
import { openLocalQueue } from './localQueue';
import { Random } from './random';

/** What a process says that works the queue: each is an operation whose promise has resolved. */
export type Acknowledged =
  | { opened: number }
  | { enqueued: string; life: number; caller: number; number: number; stream: string }
  | { claimed: string }
  | { finished: string };

export const crashStreams = ['north', 'south', 'west'];

export interface CrashCounts {
  kills: number;
  /** Kills that left a snapshot half made. */
  inSnapshot: number;
  acknowledged: number;
  /** Operations that were found done though nobody had been told. */
  unannounced: number;
  /** Files that were lost in copies of the folders, wholly or in part. */
  lostFiles: number;
  /** Of them, how often the queue was refused; otherwise it was complete. */
  refused: number;
  tasks: number;
  /** Of an open after a kill, milliseconds. */
  longestOpen: number;
}

/** How far a task has come; it never goes back. */
const ranks: Record<string, number> = { queued: 0, running: 1, succeeded: 2, failed: 2 };

/** A queue whose process is killed again and again, and what its processes have been told. */
class CrashedQueue {
  readonly counts: CrashCounts = {
    kills: 0,
    inSnapshot: 0,
    acknowledged: 0,
    unannounced: 0,
    lostFiles: 0,
    refused: 0,
    tasks: 0,
    longestOpen: 0,
  };
  /** Of each task, the least that must be true of it. */
  private readonly rank = new Map<string, number>();
  /** Of each caller of each life, how many enqueues were acknowledged. */
  private readonly enqueued = new Map<string, number>();
  private readonly givenTwice: string[] = [];
  private life = 0;

  constructor(
    private readonly storage: string,
    private readonly program: string,
    private readonly random: Random,
  ) {}

  async begin(): Promise<void> {
    const queue = await this.open();
    const session = await queue.createSession({ name: 'crashes' });
    for (const name of crashStreams) await queue.createStream({ session: session.id, name });
    await queue.close();
  }

  /** Lets a process work and kills it, at some moment after its start. */
  async kill(): Promise<void> {
    this.life += 1;
    const callers = [1, 3, 10, 30, 100][this.random.below(5)] ?? 1;
    const seed = this.random.below(2 ** 31);
    const child = spawn(
      process.execPath,
      [this.program, this.storage, ...[this.life, callers, seed].map(String)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = once(child, 'close');
    const lines = createInterface({ input: child.stdout });
    // The moment is chosen by what it has done so far, and then by chance.
    let wanted = 1 + this.random.below(500);
    const enough = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        this.note(JSON.parse(line) as Acknowledged);
        wanted -= 1;
        if (wanted === 0) resolve();
      });
    });
    // Now and then it does not even get to the end of its recovery.
    if (this.random.chance(0.1)) await after(100 + this.random.below(200));
    else await Promise.race([enough, ended]).then(() => after(this.random.below(10)));
    assert.equal(child.exitCode, null, 'the process ended by itself');
    child.kill('SIGKILL');
    await ended;
    assert.deepEqual(this.givenTwice, []);
    this.counts.kills += 1;
    const names = await readdir(this.storage);
    if (names.some((name) => name.endsWith('.db.tmp'))) this.counts.inSnapshot += 1;
  }

  /**
   * Opens the queue and compares it with what was acknowledged. Before and after, files are lost in copies of it: as
   * the kill left them, and as the close did.
   */
  async check(): Promise<void> {
    await this.lose(false);
    const began = performance.now();
    const queue = await this.open();
    this.counts.longestOpen = Math.max(this.counts.longestOpen, Math.round(performance.now() - began));
    await this.compare(queue);
    await queue.close();
    await this.lose(true);
  }

  private async lose(closed: boolean): Promise<void> {
    const { lost, refused } = await loseFiles(
      this.storage,
      closed,
      this.random,
      lossesOfOne,
      async (copy, complete) => {
        const queue = await this.open(copy);
        try {
          if (complete) await this.compare(queue);
        } finally {
          await queue.close();
        }
      },
    );
    this.counts.lostFiles += lost;
    this.counts.refused += refused;
  }

  private async compare(queue: LocalQueue): Promise<void> {
    const tasks = await allTasks(queue);
    this.counts.tasks = tasks.length;
    const there = new Map(tasks.map((task) => [task.id, task]));
    for (const [id, rank] of this.rank) {
      const task = there.get(id);
      assert.ok(task, `task ${id} was acknowledged and is gone`);
      assert.ok((ranks[task.status] ?? -1) >= rank, `task ${id} is ${task.status} again`);
    }
    for (const task of tasks) this.checkTask(task);
    this.checkCallers(tasks);
    for (const task of tasks.slice(0, 20)) await checkAttempts(queue, task);
    for (const name of crashStreams) checkOrder(name, (await streamTasks(queue, name)).reverse());
  }

  private note(said: Acknowledged): void {
    if ('opened' in said) return;
    this.counts.acknowledged += 1;
    if ('enqueued' in said) {
      // Somebody may have claimed it before its own caller was heard.
      if (!this.rank.has(said.enqueued)) this.rank.set(said.enqueued, 0);
      this.enqueued.set(`${said.life} ${said.caller}`, said.number + 1);
    } else if ('claimed' in said) {
      if ((this.rank.get(said.claimed) ?? 0) > 0) this.givenTwice.push(said.claimed);
      this.rank.set(said.claimed, 1);
    } else {
      this.rank.set(said.finished, 2);
    }
  }

  /** Nothing half done: a task's columns belong together. What is seen counts as told. */
  private checkTask(task: Task): void {
    const rank = ranks[task.status] ?? -1;
    const about = `${task.status} task ${task.id}`;
    assert.ok(rank >= 0, about);
    assert.equal(task.attempts, rank === 0 ? 0 : 1, `${about}: attempts`);
    assert.equal(task.started_at !== null, rank > 0, `${about}: started_at`);
    assert.equal(task.finished_at !== null, rank === 2, `${about}: finished_at`);
    if (task.status === 'succeeded') assert.equal(task.result_summary, `done ${task.id}`);
    if (task.status === 'failed') assert.equal(task.error, `failed ${task.id}`);
    const known = this.rank.get(task.id);
    if (known !== rank) this.counts.unannounced += 1;
    this.rank.set(task.id, rank);
  }

  /** A caller has one call under way at most, so one more than it knows of may be there. */
  private checkCallers(tasks: readonly Task[]): void {
    const numbers = new Map<string, number[]>();
    for (const task of tasks) {
      const { life, caller, number } = JSON.parse(task.payload) as {
        life: number;
        caller: number;
        number: number;
      };
      const key = `${life} ${caller}`;
      numbers.set(key, [...(numbers.get(key) ?? []), number]);
    }
    for (const [key, found] of numbers) {
      found.sort((a, b) => a - b);
      assert.deepEqual(found, [...found.keys()], `caller ${key}: a gap`);
      const told = this.enqueued.get(key) ?? 0;
      assert.ok(found.length <= told + 1, `caller ${key}: ${told} acknowledged, ${found.length} there`);
    }
  }

  private open(storage = this.storage): Promise<LocalQueue> {
    return openLocalQueue(storage, { role: 'command', workspace: null });
  }
}

async function allTasks(queue: LocalQueue): Promise<Task[]> {
  const tasks: Task[] = [];
  for (;;) {
    const page = await queue.listTasks({ limit: 1000, offset: tasks.length });
    tasks.push(...page.items);
    if (page.items.length === 0) return tasks;
  }
}

/** Newest first. */
async function streamTasks(queue: LocalQueue, stream: string): Promise<Task[]> {
  const tasks: Task[] = [];
  for (;;) {
    const page = await queue.listTasks({ stream, limit: 1000, offset: tasks.length });
    tasks.push(...page.items);
    if (page.items.length === 0) return tasks;
  }
}

async function checkAttempts(queue: LocalQueue, task: Task): Promise<void> {
  const attempts = await queue.listAttempts(task.id);
  assert.equal(attempts.length, task.attempts, `attempts of ${task.id}`);
  for (const attempt of attempts) {
    assert.equal(attempt.finished_at !== null, task.finished_at !== null, `attempt of ${task.id}`);
  }
}

/** First in, first out: no queued task stands before one that was claimed, and callers keep their order. */
function checkOrder(stream: string, tasks: Task[]): void {
  tasks.sort((a, b) => a.position - b.position);
  const firstQueued = tasks.findIndex(({ status }) => status === 'queued');
  const after = firstQueued === -1 ? [] : tasks.slice(firstQueued);
  assert.ok(
    after.every(({ status }) => status === 'queued'),
    `stream ${stream}: a later task was claimed before an earlier one`,
  );
  const last = new Map<string, number>();
  for (const { payload } of tasks) {
    const { life, caller, number } = JSON.parse(payload) as { life: number; caller: number; number: number };
    assert.ok((last.get(`${life} ${caller}`) ?? -1) < number, `stream ${stream}: order of caller ${caller}`);
    last.set(`${life} ${caller}`, number);
  }
}

const killsOfOne = 10;

/** How often files are lost before and after each check. */
const lossesOfOne = 5;

/** Kills processes that work queues, `kills` times, and checks every queue after some of the kills and the last. */
export async function crash(
  kills: number,
  seed: number,
  progress: (sum: CrashCounts) => void = () => {},
): Promise<CrashCounts> {
  const sum: CrashCounts = {
    kills: 0,
    inSnapshot: 0,
    acknowledged: 0,
    unannounced: 0,
    lostFiles: 0,
    refused: 0,
    tasks: 0,
    longestOpen: 0,
  };
  const random = new Random(seed);
  const program = path.resolve('out/test/crash/crashed.js');
  while (sum.kills < kills) {
    const storage = await mkdtemp(path.join(os.tmpdir(), 'sparkq-crash-'));
    const crashed = new CrashedQueue(storage, program, random);
    await crashed.begin();
    for (let kill = 0; kill < Math.min(killsOfOne, kills - sum.kills); kill++) {
      await crashed.kill();
      if (random.chance(0.6)) await crashed.check();
    }
    await crashed.check();
    const { counts } = crashed;
    for (const key of Object.keys(sum) as (keyof CrashCounts)[])
      if (key !== 'longestOpen') sum[key] += counts[key];
    sum.longestOpen = Math.max(sum.longestOpen, counts.longestOpen);
    // Kept when a check throws, so that it can be looked at.
    await rm(storage, { recursive: true, force: true });
    progress(sum);
  }
  return sum;
}
