/**
 * Runs of the built `sparkq serve` and `sparkq watch` whose owner, watchers and supervisors are killed at random. While
 * they are, commands enqueue and cancel tasks. In the end, all that was acknowledged must be there, and every end true.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { Attempt, Task } from '../../../src/core/model';
import { type RunRecord, runsFolder } from '../../../src/runner/runFiles';
import type { LocalQueue } from '../../../src/store/localQueue';
import { isAlive } from '../../../src/system/processes';
import { readJson } from '../../../src/system/wholeFiles';
import { CommandLine, makePlace, type Started } from '../commandLine';
import { openLocalQueue } from '../localQueue';
import { makeQueue } from '../makeQueue';
import { Random } from '../random';

export interface RunCrashCounts {
  /** Of owners and clients that serve, watchers, and supervisors. */
  kills: { serve: number; watch: number; supervisor: number };
  tasks: number;
  succeeded: number;
  interrupted: number;
  cancelled: number;
}

const streams = ['lane', 'fast'];
/** A few of its runs are killed; others fail at first, and are tried again. */
const script = `echo "$SPARKQ_ATTEMPT" >> "counts/$SPARKQ_TASK_ID"
sleep "0.0$1"
[ "$2" != fails ] || [ "$SPARKQ_ATTEMPT" -gt 1 ] || exit 1
echo "done"
`;

function noCounts(): RunCrashCounts {
  return {
    kills: { serve: 0, watch: 0, supervisor: 0 },
    tasks: 0,
    succeeded: 0,
    interrupted: 0,
    cancelled: 0,
  };
}

class CrashedRuns {
  readonly counts = noCounts();
  private readonly line: CommandLine;
  private readonly place = makePlace('run-crash');
  private storage = '';
  private readonly programs = new Map<string, Started>();
  private readonly acknowledged = new Set<string>();
  /** Somebody asked to cancel them, whatever came of it. */
  private readonly cancelled = new Set<string>();
  /** The runs whose supervisor was killed. */
  private readonly killed = new Set<string>();

  constructor(private readonly random: Random) {
    this.line = new CommandLine(this.place.folder, this.place.home);
  }

  /** Makes a queue with tasks, then works, kills and checks. */
  async run(kills: number, tasks: number): Promise<void> {
    await this.begin(tasks);
    for (let kill = 0; kill < kills; kill += 1) {
      const commands = this.random.chance(0.3) ? this.command() : undefined;
      // The moment of the kill is what is tried out here.
      await after(20 + this.random.below(500));
      await this.kill();
      await commands;
    }
    await this.finish();
    // Kept when a check throws, so that it can be looked at.
    fs.rmSync(this.place.root, { recursive: true, force: true });
  }

  /** Ends what still runs. */
  end(): Promise<void> {
    return this.line.end();
  }

  private async begin(tasks: number): Promise<void> {
    this.storage = await makeQueue(this.place.folder, this.place.home);
    this.line.write('script.sh', script);
    fs.mkdirSync(path.join(this.place.folder, 'counts'));
    fs.appendFileSync(
      path.join(this.place.folder, 'sparkq.yml'),
      'runner:\n  backoff_ms: 1\n  backoff_max_ms: 2\n',
    );
    const queue = await this.open();
    await queue.createStream({ session: 'work', name: 'fast' });
    for (const stream of streams) await queue.updateStream(stream, { parallelism: 3 });
    for (let number = 0; number < tasks; number += 1) await this.enqueue(queue);
    await queue.close();
    this.start('serve');
    for (const stream of streams) this.start('watch', stream);
  }

  private async enqueue(queue: LocalQueue): Promise<void> {
    const args = [String(this.random.below(10)), this.random.chance(0.2) ? 'fails' : 'works'];
    const { task } = await queue.enqueue({
      stream: this.stream(),
      tool_name: 'run-bash',
      payload: { script_path: 'script.sh', args },
      max_attempts: 2,
    });
    this.acknowledged.add(task.id);
  }

  private start(...args: string[]): void {
    this.programs.set(args.join(' '), this.line.start(args));
  }

  /** Kills a supervisor, or a program, which is then started again. */
  private async kill(): Promise<void> {
    if (this.random.chance(0.3)) return this.killSupervisor();
    const names = [...this.programs.keys()];
    const name = names[this.random.below(names.length)] ?? '';
    const program = this.programs.get(name);
    assert.equal(program?.child.exitCode, null, `${name} ended by itself: ${program?.stderr}`);
    await program?.stop('SIGKILL');
    this.counts.kills[name === 'serve' ? 'serve' : 'watch'] += 1;
    this.start(...name.split(' '));
  }

  private killSupervisor(): void {
    for (const name of this.runFiles().filter((file) => /-\d+\.json$/.test(file))) {
      const { supervisor } = readJson<RunRecord>(path.join(runsFolder(this.storage), name)) ?? {};
      if (!supervisor || !isAlive(supervisor.pid, supervisor.start_time)) continue;
      process.kill(supervisor.pid, 'SIGKILL');
      this.killed.add(name.slice(0, -'.json'.length));
      this.counts.kills.supervisor += 1;
      return;
    }
  }

  /** Somebody enqueues or cancels a task meanwhile. */
  private async command(): Promise<void> {
    if (this.random.chance(0.5)) {
      const args = ['--script', 'script.sh', '1', 'works'];
      const ended = await this.line.run(['enqueue', '--stream', this.stream(), '--json', ...args]);
      assert.equal(ended.code, 0, ended.stderr);
      this.acknowledged.add((JSON.parse(ended.stdout) as Task).id);
      return;
    }
    const ids = [...this.acknowledged];
    const id = ids[this.random.below(ids.length)] ?? '';
    this.cancelled.add(id);
    const { code, stderr } = await this.line.run(['cancel', id]);
    // One that has ended is refused.
    assert.ok(code === 0 || /Cancel|state/i.test(stderr), stderr);
  }

  /** Lets the rest be done, and checks it. */
  private async finish(): Promise<void> {
    for (const stream of streams) {
      const { code, stderr } = await this.line.run(['wait', '--stream', stream, '--timeout', '60s']);
      assert.ok(code === 0 || code === 1, `The tasks of ${stream} did not end: ${stderr}`);
    }
    await this.filesGone();
    // The one that has the queue ends last.
    const [serve, ...watchers] = [...this.programs.values()];
    for (const program of [...watchers, serve]) {
      const ended = await program?.stop();
      assert.equal(ended?.code, 0, ended?.stderr);
    }
    assert.deepEqual(fs.readdirSync(path.join(this.storage, 'watchers')), [], 'locks of watchers');
    const queue = await this.open();
    const { items } = await queue.listTasks({ limit: 1000 });
    for (const id of this.acknowledged)
      assert.ok(
        items.some((task) => task.id === id),
        `${id} is gone`,
      );
    for (const task of items) this.check(task, await queue.listAttempts(task.id));
    await queue.close();
    this.counts.tasks = items.length;
  }

  private check(task: Task, attempts: readonly Attempt[]): void {
    const file = path.join(this.place.folder, 'counts', task.id);
    const runs = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
    const about = JSON.stringify({ task, attempts, runs, killed: [...this.killed], place: this.place.root });
    assert.equal(new Set(runs).size, runs.length, `an attempt ran twice: ${about}`);
    assert.ok(task.finished_at !== null, `not ended: ${about}`);
    for (const { number, outcome, error } of attempts) {
      const ran = runs.includes(number);
      if (outcome === 'succeeded' || outcome === 'error')
        assert.ok(ran, `${outcome}, but did not run: ${about}`);
      else if (outcome === 'cancelled')
        assert.ok(this.cancelled.has(task.id), `nobody cancelled it: ${about}`);
      else {
        assert.equal(outcome, 'interrupted', about);
        // Its supervisor was killed, or it never had one.
        const never = !ran && /ended before the script was started/.test(error ?? '');
        assert.ok(this.killed.has(`${task.id}-${number}`) || never, `its supervisor lived: ${about}`);
      }
    }
    if (task.failure_kind === 'cancelled')
      assert.ok(this.cancelled.has(task.id), `nobody cancelled it: ${about}`);
    if (task.status === 'succeeded') this.counts.succeeded += 1;
    if (task.failure_kind === 'interrupted') this.counts.interrupted += 1;
    if (task.failure_kind === 'cancelled') this.counts.cancelled += 1;
  }

  /** Resolves once no run has left files, other than the record by which it was given up. */
  private async filesGone(): Promise<void> {
    const folder = runsFolder(this.storage);
    const left = () =>
      this.runFiles().filter((name) => readJson<RunRecord>(path.join(folder, name))?.given_up !== true);
    const end = performance.now() + 150_000;
    while (left().length > 0) {
      assert.ok(performance.now() < end, `left in ${folder}: ${left().join(', ')}`);
      await after(100);
    }
  }

  private runFiles(): string[] {
    const folder = runsFolder(this.storage);
    return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  }

  private stream(): string {
    return streams[this.random.below(streams.length)] ?? '';
  }

  private open(): Promise<LocalQueue> {
    return openLocalQueue(this.storage, { role: 'command', workspace: this.place.folder });
  }
}

const killsOfOne = 20;

/** Kills what runs tasks `kills` times, and checks each queue in the end. */
export async function crashRuns(
  kills: number,
  seed: number,
  progress: (sum: RunCrashCounts) => void = () => {},
): Promise<RunCrashCounts> {
  const random = new Random(seed);
  const sum = noCounts();
  for (let left = kills; left > 0; left -= killsOfOne) {
    const crashed = new CrashedRuns(random);
    try {
      const some = Math.min(left, killsOfOne);
      await crashed.run(some, 4 * some);
    } finally {
      await crashed.end();
    }
    const { kills: done, ...ends } = crashed.counts;
    for (const key of ['serve', 'watch', 'supervisor'] as const) sum.kills[key] += done[key];
    for (const key of ['tasks', 'succeeded', 'interrupted', 'cancelled'] as const) sum[key] += ends[key];
    progress(sum);
  }
  return sum;
}
