/**
 * Three queues of one user on one machine, whose runs need parts of it for themselves. The programs that own the queues,
 * and the supervisors of runs, are killed at random. No more may ever run than there is room for, and all must run.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { Needs, Task } from '../../../src/core/model';
import { readResources } from '../../../src/runner/machine/resourceFile';
import { CommandLine, makePlace, type Started } from '../commandLine';
import { openLocalQueue } from '../localQueue';
import { makeQueue } from '../makeQueue';
import { Random } from '../random';

export interface ResourceCrashCounts {
  /** Of programs that own a queue, and of supervisors. */
  kills: { serve: number; supervisor: number };
  tasks: number;
  succeeded: number;
  interrupted: number;
}

const folders = ['alpha', 'beta', 'gamma'];
/** Of each queue. */
export const runsAtOnce = 3;
const limits = { gpu: 2, max_running: 4 };

/** Says who runs, then counts who else does: whoever is the last of too many sees all of them. */
const script = `mkdir -p "$HELD"; echo "$1" > "$HELD/$$"
gpu=0; runs=0
for one in "$HELD"/*; do
  pid=\${one##*/}
  state=$(cut -d' ' -f3 "/proc/$pid/stat" 2> /dev/null) || continue
  case $state in ''|Z|X) continue;; esac
  runs=$((runs + 1)); gpu=$((gpu + $(cat "$one")))
done
[ $gpu -le ${limits.gpu} ] && [ $runs -le ${limits.max_running} ] || echo "$gpu gpu, $runs runs" >> "$HELD.broken"
sleep "0.$2"
`;

/** At the end of the file, where the tools are. */
const tools = `  gpu1: {command: bash, input: script, needs: {gpu: 1}}
  gpu2: {command: bash, input: script, needs: {gpu: 2}}
`;

function toolFor(needs: Needs | null): string {
  return needs === null ? 'run-bash' : `gpu${needs.gpu}`;
}

/** One folder with its queue, and the program that works on it. */
class Folder {
  private serve: Started | undefined;
  storage = '';

  constructor(
    readonly line: CommandLine,
    private readonly held: string,
  ) {}

  async begin(tasks: readonly { needs: Needs | null; tenths: number }[]): Promise<void> {
    this.storage = await makeQueue(this.line.folder, this.line.home);
    this.line.write('script.sh', script);
    fs.appendFileSync(path.join(this.line.folder, 'sparkq.yml'), tools);
    const queue = await openLocalQueue(this.storage, { role: 'command', workspace: this.line.folder });
    await queue.updateStream('lane', { parallelism: runsAtOnce, working: true });
    for (const { needs, tenths } of tasks)
      await queue.enqueue({
        stream: 'lane',
        tool_name: toolFor(needs),
        payload: {
          script_path: 'script.sh',
          args: [String(needs?.gpu ?? 0), String(tenths)],
          env: { HELD: this.held },
        },
      });
    await queue.close();
    this.start();
  }

  start(): void {
    this.serve = this.line.start(['serve']);
  }

  async kill(): Promise<void> {
    assert.equal(this.serve?.child.exitCode, null, `It ended by itself: ${this.serve?.stderr}`);
    await this.serve?.stop('SIGKILL');
    this.start();
  }

  async finish(): Promise<Task[]> {
    const { code, stderr } = await this.line.run(['wait', '--stream', 'lane', '--timeout', '180s']);
    assert.ok(code === 0 || code === 1, `Not all tasks have run: ${stderr} ${this.line.folder}`);
    await this.serve?.stop();
    const queue = await openLocalQueue(this.storage, { role: 'command', workspace: this.line.folder });
    const { items } = await queue.listTasks({ limit: 1000 });
    await queue.close();
    return items;
  }
}

function needsOf(random: Random): Needs | null {
  if (random.chance(0.2)) return { gpu: 2 };
  return random.chance(0.6) ? { gpu: 1 } : null;
}

function killSupervisor(home: string): boolean {
  for (const { attempt, holder } of readResources(home).entries) {
    if (attempt === null) continue;
    try {
      process.kill(holder.pid, 'SIGKILL');
      return true;
    } catch {
      // It has just ended.
    }
  }
  return false;
}

/** Kills `kills` times while `tasks` tasks run, in all. */
async function crashOnce(
  kills: number,
  tasks: number,
  random: Random,
  sum: ResourceCrashCounts,
): Promise<void> {
  const { root, home } = makePlace('resource-crash');
  const held = path.join(root, 'held');
  fs.mkdirSync(home, { mode: 0o700 });
  fs.writeFileSync(
    path.join(home, 'machine.yml'),
    `max_running: ${limits.max_running}\nresources: {gpu: ${limits.gpu}}\n`,
  );
  const all = folders.map((name) => {
    const folder = path.join(root, name);
    fs.mkdirSync(folder);
    return new Folder(new CommandLine(folder, home), held);
  });
  try {
    const each = Math.ceil(tasks / all.length);
    for (const one of all) {
      const some = Array.from({ length: each }, () => ({ needs: needsOf(random), tenths: random.below(3) }));
      await one.begin(some);
    }
    for (let kill = 0; kill < kills; kill += 1) {
      // The moment of the kill is what is tried out here.
      await after(50 + random.below(1_000));
      if (random.chance(0.5) && killSupervisor(home)) sum.kills.supervisor += 1;
      else {
        await all[random.below(all.length)]?.kill();
        sum.kills.serve += 1;
      }
    }
    const ended = (await Promise.all(all.map((one) => one.finish()))).flat();
    const broken = fs.existsSync(`${held}.broken`) ? fs.readFileSync(`${held}.broken`, 'utf8') : '';
    assert.equal(broken, '', `more ran than there is room for: ${root}`);
    assert.ok(ended.every(({ finished_at: end }) => end !== null));
    sum.tasks += ended.length;
    sum.succeeded += ended.filter(({ status }) => status === 'succeeded').length;
    sum.interrupted += ended.filter(({ failure_kind: kind }) => kind === 'interrupted').length;
    const others = ended.filter(
      ({ status, failure_kind: kind }) => status !== 'succeeded' && kind !== 'interrupted',
    );
    assert.deepEqual(others, [], root);
    // Kept when a check throws, so that it can be looked at.
    fs.rmSync(root, { recursive: true, force: true });
  } finally {
    await Promise.all(all.map(({ line }) => line.end()));
  }
}

const killsOfOne = 10;
const tasksOfOne = 60;

/** Kills what runs tasks `kills` times, and checks in the end. @param tasks of all queues, in each round of ten kills */
export async function crashResources(
  kills: number,
  seed: number,
  progress: (sum: ResourceCrashCounts) => void = () => {},
  tasks = tasksOfOne,
): Promise<ResourceCrashCounts> {
  const random = new Random(seed);
  const sum = { kills: { serve: 0, supervisor: 0 }, tasks: 0, succeeded: 0, interrupted: 0 };
  for (let left = kills; left > 0; left -= killsOfOne) {
    await crashOnce(Math.min(left, killsOfOne), tasks, random, sum);
    progress(sum);
  }
  return sum;
}
