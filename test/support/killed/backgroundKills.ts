/**
 * A queue that nobody looks at: `sparkq up` works on three lanes, with a schedule that is due and a task that fails at
 * first, and is killed at random and started again. In the end everything was done, once and in order.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { backgroundLog, backgroundOf } from '../../../src/client/background';
import { systemClock } from '../../../src/core/clock';
import type { Attempt, Task } from '../../../src/core/model';
import { presentTask } from '../../../src/core/refusals';
import { isAlive } from '../../../src/system/processes';
import { readFileIfAny } from '../../../src/system/wholeFiles';
import { CommandLine, makePlace } from '../commandLine';
import { openLocalQueue } from '../localQueue';
import { makeQueue } from '../makeQueue';
import { Random } from '../random';

export interface BackgroundCounts {
  kills: number;
  tasks: number;
  /** Kills that came between a claim and the start of its run. */
  interrupted: number;
}

const lanes = ['lane', 'second', 'third'];
const tasksOfRound = 30;
const killsOfRound = 5;
const yearMs = 366 * 24 * 3_600_000;

/** Says that it ran; `fails` does what its name says the first time. */
const script = `echo "$SPARKQ_TASK_ID $SPARKQ_ATTEMPT" >> "ran.$SPARKQ_STREAM"
sleep "0.$1"
[ "$2" != fails ] || [ -e failed ] || { touch failed; exit 1; }
`;

class Round {
  readonly counts: BackgroundCounts = { kills: 0, tasks: 0, interrupted: 0 };
  private readonly place = makePlace('background');
  private readonly line = new CommandLine(this.place.folder, this.place.home);
  private storage = '';
  private readonly queued: Task[] = [];

  constructor(
    private readonly random: Random,
    private readonly tasks: number,
  ) {}

  async run(kills: number): Promise<void> {
    await this.begin();
    for (let left = kills; left > 0; left -= 1) {
      await this.up();
      // The moment of the kill is what is tried out here.
      await after(this.random.below(1_500));
      await this.kill();
    }
    await this.up();
    await this.finish();
    // Kept when a check throws, so that it can be looked at.
    fs.rmSync(this.place.root, { recursive: true, force: true });
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    const present = this.storage === '' ? null : backgroundOf(this.storage);
    if (present !== null) process.kill(present.pid, 'SIGKILL');
    await this.line.end();
  }

  private async begin(): Promise<void> {
    this.storage = await makeQueue(this.place.folder, this.place.home);
    this.line.write('script.sh', script);
    const config = path.join(this.place.folder, 'sparkq.yml');
    fs.appendFileSync(config, 'runner:\n  backoff_ms: 1000\n  backoff_max_ms: 2000\n');
    await this.schedule();
    const queue = await openLocalQueue(this.storage, { workspace: this.place.folder });
    for (const name of lanes.slice(1)) await queue.createStream({ session: 'work', name });
    for (const name of [...lanes, 'timed'])
      await queue.updateStream(name, { working: true, retry_interrupted: true });
    for (let number = 0; number < this.tasks; number += 1) {
      const args = [String(1 + this.random.below(3)), number === 1 ? 'fails' : 'works'];
      const { task } = await queue.enqueue({
        stream: lanes[number % lanes.length] ?? '',
        tool_name: 'run-bash',
        payload: { script_path: 'script.sh', args },
        max_attempts: 2 * killsOfRound,
      });
      this.queued.push(presentTask(task));
    }
    await queue.close();
  }

  /** A time of it has passed, as if it had been made long ago. */
  private async schedule(): Promise<void> {
    const clock = { ...systemClock, now: () => Date.now() - yearMs };
    const queue = await openLocalQueue(this.storage, { workspace: this.place.folder, clock });
    await queue.createStream({ session: 'work', name: 'timed' });
    await queue.createSchedule({
      stream: 'timed',
      cron: '0 0 1 1 *',
      zone: 'UTC',
      missed: 'once',
      tool_name: 'run-bash',
      payload: { script_path: 'script.sh', args: ['1', 'works'] },
      max_attempts: 2 * killsOfRound,
    });
    await queue.close();
  }

  private async up(): Promise<void> {
    const { code, stderr } = await this.line.run(['up']);
    assert.equal(code, 0, `${stderr}${readFileIfAny(backgroundLog(this.storage))}`);
  }

  private async kill(): Promise<void> {
    const { pid } = backgroundOf(this.storage) ?? assert.fail(this.about('it ended by itself'));
    process.kill(pid, 'SIGKILL');
    while (isAlive(pid, null)) await after(5);
    assert.equal(backgroundOf(this.storage), null, 'it counts as there although it was killed');
    this.counts.kills += 1;
  }

  private async finish(): Promise<void> {
    for (const stream of [...lanes, 'timed']) {
      const { code, stderr } = await this.line.run(['wait', '--stream', stream, '--timeout', '120s']);
      assert.equal(code, 0, this.about(`the tasks of ${stream} did not succeed: ${stderr}`));
    }
    const down = await this.line.run(['down']);
    assert.equal(down.code, 0, down.stderr);
    const queue = await openLocalQueue(this.storage, { workspace: this.place.folder });
    const { items } = await queue.listTasks({ limit: 1_000, unreviewed: true });
    assert.equal(items.length, this.tasks + 1, this.about('tasks are missing in the Review'));
    for (const task of items) this.check(task, await queue.listAttempts(task.id));
    await queue.close();
    for (const lane of lanes) this.checkOrder(lane, items);
    this.counts.tasks = items.length;
  }

  /** Each attempt that ran did so once, and one of them succeeded. */
  private check(task: Task, attempts: readonly Attempt[]): void {
    const stream = lanes.find(
      (_, at) => this.queued.findIndex(({ id }) => id === task.id) % lanes.length === at,
    );
    const ran = this.ran(stream ?? 'timed').filter(([id]) => id === task.id);
    const about = this.about(JSON.stringify({ task, attempts, ran }));
    const outcomes = attempts
      .filter(({ outcome }) => outcome !== 'interrupted')
      .map(({ outcome }) => outcome);
    const fails = this.queued[1]?.id === task.id;
    assert.deepEqual(outcomes, fails ? ['error', 'succeeded'] : ['succeeded'], about);
    assert.equal(ran.length, outcomes.length, about);
    this.counts.interrupted += attempts.length - outcomes.length;
  }

  /** A task that is tried again lets others pass meanwhile. */
  private checkOrder(lane: string, tasks: readonly Task[]): void {
    const once = new Set(tasks.flatMap(({ id, attempts }) => (attempts === 1 ? [id] : [])));
    const wanted = this.queued.filter((_, at) => lanes[at % lanes.length] === lane).map(({ id }) => id);
    assert.deepEqual(
      this.ran(lane).flatMap(([id = '']) => (once.has(id) ? [id] : [])),
      wanted.filter((id) => once.has(id)),
      this.about(`${lane} ran in another order`),
    );
  }

  private ran(stream: string): string[][] {
    const text = readFileIfAny(path.join(this.place.folder, `ran.${stream}`)) ?? '';
    return text
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
  }

  private about(what: string): string {
    return `${what} (${this.place.root})\n${readFileIfAny(backgroundLog(this.storage)) ?? ''}`;
  }
}

/** Kills what works in the background `kills` times, and checks each queue in the end. @param tasks of a round, beside that of the schedule */
export async function killBackground(
  kills: number,
  seed: number,
  progress: (sum: BackgroundCounts) => void = () => {},
  tasks = tasksOfRound,
): Promise<BackgroundCounts> {
  const random = new Random(seed);
  const sum: BackgroundCounts = { kills: 0, tasks: 0, interrupted: 0 };
  for (let left = kills; left > 0; left -= killsOfRound) {
    const round = new Round(random, tasks);
    try {
      await round.run(Math.min(left, killsOfRound));
    } finally {
      await round.end();
    }
    for (const key of ['kills', 'tasks', 'interrupted'] as const) sum[key] += round.counts[key];
    progress(sum);
  }
  return sum;
}
