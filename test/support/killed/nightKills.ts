/**
 * A night: two agents work off prompts while they, their supervisors and the process that has the queue are killed. Each
 * meets a limit, one uses up its budget, and three tasks ask. A person ends the rests, and answers in the morning.
 */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { AgentUse } from '../../../src/client/agentUse';
import { backgroundLog, backgroundOf } from '../../../src/client/background';
import type { WaitingTasks } from '../../../src/client/digest';
import { defaultConfig, fixedConfig, outsideTool } from '../../../src/core/config';
import type { Attempt, Task } from '../../../src/core/model';
import type { NewTask, Queue } from '../../../src/core/queue';
import { presentTask } from '../../../src/core/refusals';
import { type RunRecord, runsFolder } from '../../../src/runner/runFiles';
import { isAlive } from '../../../src/system/processes';
import { readFileIfAny, readJson } from '../../../src/system/wholeFiles';
import { FakeAgents } from '../agents/fakeAgents';
import { CommandLine, makePlace } from '../commandLine';
import { followQueue } from '../followQueue';
import { openLocalQueue } from '../localQueue';
import { makeQueue } from '../makeQueue';
import { Random } from '../random';

export interface NightCounts {
  kills: { owner: number; supervisor: number; agent: number };
  tasks: number;
  /** Attempts by outcome. */
  attempts: Record<string, number>;
  /** Those that a person has ended, each by its account and what it was for. */
  rests: string[];
  /** Of the agent that says it, in US dollars. */
  cost: number;
}

interface DigestAnswer {
  succeeded: Task[];
  failed: Task[];
  waiting: WaitingTasks[];
  agents: AgentUse[];
}

const agents = ['claude', 'codex'] as const;
/** What the stand-in for Claude Code says that a session costs, in US dollars. */
const price = 0.25;
const questions = 3;
/** The least tasks that show all of it. */
export const shortNight = 12;

/** What a task is there for. */
type Part = 'works' | 'fails' | 'asks' | 'meets a limit';

class Night {
  readonly counts: NightCounts = {
    kills: { owner: 0, supervisor: 0, agent: 0 },
    ...{ tasks: 0, attempts: {}, rests: [], cost: 0 },
  };
  private readonly place = makePlace('night');
  private readonly line = new CommandLine(this.place.folder, this.place.home);
  private readonly agents = new FakeAgents(path.join(this.place.root, 'agents'), agents);
  private readonly parts = new Map<string, Part>();
  /** Attempts whose agent or supervisor was killed. */
  private readonly killed = new Set<string>();
  private storage = '';

  constructor(private readonly random: Random) {
    // It is about noon, so that no budget begins anew meanwhile.
    const ahead = 12 - new Date().getUTCHours();
    this.line.env.TZ = `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
  }

  async run(kills: number, tasks: number): Promise<void> {
    await this.begin(kills, tasks);
    for (let left = kills; left > 0; left -= 1) {
      await this.up();
      if (this.random.chance(0.3)) await this.lookIn();
      // The moment of the kill is what is tried out here.
      await after(500 + this.random.below(1_500));
      await this.kill();
    }
    await this.up();
    await this.untilMorning();
    await this.answer();
    await this.check();
    // Kept when a check throws, so that it can be looked at.
    fs.rmSync(this.place.root, { recursive: true, force: true });
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    const present = this.storage === '' ? null : backgroundOf(this.storage);
    if (present !== null) process.kill(present.pid, 'SIGKILL');
    await this.line.end();
  }

  private async begin(kills: number, tasks: number): Promise<void> {
    this.storage = await makeQueue(this.place.folder, this.place.home);
    const env = JSON.stringify(this.agents.env);
    // Used up once: of the half that it runs, by two thirds of what is left after its limit.
    const budget = price * Math.ceil(tasks / 3);
    const tools = agents.map((name) => `  ${name}: { agent: ${name}, env: ${env} }\n`).join('');
    const others = `agents: { budget: { day_usd: ${budget} } }\nrunner: { backoff_ms: 1, backoff_max_ms: 2 }\n`;
    this.line.write('sparkq.yml', `tools:\n${tools}${others}`);
    const known = Object.fromEntries(agents.map((agent) => [agent, { ...outsideTool, agent, command: [] }]));
    const config = fixedConfig({ ...defaultConfig, tools: { ...defaultConfig.tools, ...known } });
    const queue = await openLocalQueue(this.storage, { workspace: this.place.folder, config });
    for (const name of agents) {
      await queue.createStream({ session: 'work', name });
      await queue.updateStream(name, { parallelism: 2, working: true, retry_interrupted: true });
    }
    for (let number = 0; number < tasks; number += 1) {
      const { part, ...task } = this.task(number);
      const { id } = presentTask((await queue.enqueue({ max_attempts: kills + 1, ...task })).task);
      this.parts.set(id, part);
    }
    await queue.close();
  }

  /** The agents take turns; what is to be shown comes early. */
  private task(number: number): NewTask & { part: Part } {
    const agent = agents[number % 2] ?? 'claude';
    const turn = Math.floor(number / 2);
    const label = `Answer ${number}.`;
    const common = { stream: agent, tool_name: agent, label };
    if (turn === 1) {
      const end = Math.floor(Date.now() / 1_000) + 7_200;
      const text =
        agent === 'claude'
          ? `Claude AI usage limit reached|${end}`
          : "You've hit your usage limit. Try again in 2 hours.";
      return { ...common, part: 'meets a limit', prompt: `1: limit ${text}\n2+: say ${label}` };
    }
    if (agent === 'claude' && turn > 1 && turn < 2 + questions)
      return { ...common, part: 'asks', prompt: `1: play question\n2+: say ${label}` };
    if (agent === 'codex' && turn % 7 === 2)
      return { ...common, part: 'fails', prompt: `stderr ${label}\nexit 3`, max_attempts: 1 };
    return { ...common, part: 'works', prompt: `wait ${this.random.below(400)}\nsay ${label}` };
  }

  private async up(): Promise<void> {
    if (backgroundOf(this.storage) !== null) return;
    const { code, stderr } = await this.line.run(['up']);
    assert.equal(code, 0, this.about(stderr));
  }

  private async kill(): Promise<void> {
    const which = (['owner', 'supervisor', 'agent'] as const)[this.random.below(3)] ?? 'owner';
    if (which === 'owner' || !this.killRun(which)) await this.killOwner();
  }

  private async killOwner(): Promise<void> {
    const { pid } = backgroundOf(this.storage) ?? assert.fail(this.about('it ended by itself'));
    process.kill(pid, 'SIGKILL');
    while (isAlive(pid, null)) await after(5);
    this.counts.kills.owner += 1;
  }

  /** Spares those that are there to show something else. @returns whether there was one */
  private killRun(which: 'supervisor' | 'agent'): boolean {
    const folder = runsFolder(this.storage);
    const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    for (const name of files.filter((file) => /-\d+\.json$/.test(file))) {
      const run = name.slice(0, -'.json'.length);
      const record = readJson<RunRecord>(path.join(folder, name));
      const victim = which === 'agent' ? record?.script : record?.supervisor;
      if (!victim || this.parts.get(run.replace(/-\d+$/, '')) !== 'works') continue;
      if (!isAlive(victim.pid, victim.start_time)) continue;
      process.kill(victim.pid, 'SIGKILL');
      this.killed.add(run);
      this.counts.kills[which] += 1;
      return true;
    }
    return false;
  }

  /** Asks after each change whether it is over, as a person who ends the rests once nothing runs any more. */
  private follow(isOver: (queue: Queue, open: Task[]) => Promise<boolean>): Promise<void> {
    return followQueue(this.place.home, this.storage, async (queue) => {
      const { items } = await queue.listTasks({ limit: 1_000 });
      const open = items.filter(({ finished_at: end }) => end === null);
      if (await isOver(queue, open)) return true;
      if (!open.some(({ status }) => status === 'running')) await this.endRests(queue);
      return false;
    });
  }

  /** A person who is awake ends what rests. */
  private lookIn(): Promise<void> {
    return followQueue(this.place.home, this.storage, async (queue) => {
      await this.endRests(queue);
      return true;
    });
  }

  /** Until nothing is left but questions. */
  private untilMorning(): Promise<void> {
    return this.follow(async (_, open) => open.every(({ question }) => question));
  }

  private async endRests(queue: Queue): Promise<void> {
    for (const { name, rest } of await queue.listTools()) {
      if (!rest) continue;
      this.counts.rests.push(`${rest.account}: ${rest.limit}`);
      await queue.wakeTool(name);
    }
  }

  /** What waits is told; it is answered late. */
  private async answer(): Promise<void> {
    const { waiting } = await this.digest();
    const asking = waiting.filter(({ code }) => code === 'answer').reduce((sum, { count }) => sum + count, 0);
    assert.equal(asking, questions, this.about(JSON.stringify(waiting)));
    await this.follow(async (queue, open) => {
      for (const { id, question } of open) if (question) await queue.answer(id, { text: '8080' });
      return open.length === 0;
    });
  }

  private async digest(): Promise<DigestAnswer> {
    const { code, stdout, stderr } = await this.line.run(['digest', '--since', '12h', '--json']);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as DigestAnswer;
  }

  private async check(): Promise<void> {
    const digest = await this.digest();
    const { code, stderr } = await this.line.run(['down']);
    assert.equal(code, 0, stderr);
    const queue = await openLocalQueue(this.storage, { workspace: this.place.folder });
    const { items } = await queue.listTasks({ limit: 1_000, unreviewed: true });
    assert.equal(items.length, this.parts.size, this.about('tasks are missing in the Review'));
    const attempts = await Promise.all(items.map(({ id }) => queue.listAttempts(id)));
    await queue.close();
    for (const [at, task] of items.entries()) this.checkTask(task, attempts[at] ?? []);
    const failed = items.filter(({ status }) => status === 'failed').length;
    assert.deepEqual([digest.succeeded.length, digest.failed.length], [items.length - failed, failed]);
    assert.equal(this.starts().length, new Set(this.starts()).size, this.about('an attempt ran twice'));
    assert.deepEqual(
      this.counts.rests.map((rest) => rest.split(':')[0]).sort(),
      ['claude', 'claude', 'codex'],
      this.about(this.counts.rests.join()),
    );
    assert.ok(this.counts.rests.includes('claude: daily budget'), this.about(this.counts.rests.join()));
    for (const agent of agents) {
      const own = attempts.filter((_, at) => items[at]?.tool_name === agent);
      this.checkUse(agent, own.flat(), digest);
    }
    this.counts.tasks = items.length;
  }

  /** It has ended once, as it says, by what ran; each other attempt says what has cut it short. */
  private checkTask(task: Task, attempts: readonly Attempt[]): void {
    const part = this.parts.get(task.id);
    const about = this.about(JSON.stringify({ part, task, attempts }));
    for (const { number, outcome } of attempts) {
      const run = `${task.id}-${number}`;
      const ran = this.starts().includes(run);
      this.counts.attempts[`${outcome}`] = (this.counts.attempts[`${outcome}`] ?? 0) + 1;
      // One that is killed may not have come to saying that it was started.
      if (outcome === 'interrupted') assert.ok(!ran || this.killed.has(run), about);
      // A claim is undone if its account has come to rest before the agent was started.
      else if (outcome === 'released') assert.ok(!ran, about);
      else assert.ok(ran || this.killed.has(run), about);
      if (outcome === 'error') assert.ok(part === 'fails' || this.killed.has(run), about);
    }
    // Of a session that goes on from a run that has not said it, nobody knows either what the next run adds.
    const costs = attempts.map(({ usage }) => usage?.cost_usd ?? null);
    if (!costs.includes(null)) assert.equal(sumOf(costs), price, about);
    const count = (wanted: Attempt['outcome']) => attempts.filter(({ outcome }) => outcome === wanted).length;
    assert.equal(count('asked'), part === 'asks' ? 1 : 0, about);
    assert.equal(count('limited'), part === 'meets a limit' ? 1 : 0, about);
    if (part === 'fails') {
      assert.deepEqual([task.status, count('succeeded')], ['failed', 0], about);
      if (task.failure_kind !== 'interrupted') assert.ok(task.error?.includes(task.label ?? ''), about);
    } else {
      assert.deepEqual([task.status, count('succeeded')], ['succeeded', 1], about);
      assert.equal(task.result_summary, task.label, about);
    }
  }

  /** The digest has the sum of what the attempts say, and counts those that do not say it. */
  private checkUse(agent: string, attempts: readonly Attempt[], { agents: uses }: DigestAnswer): void {
    const use = uses.find(({ tool }) => tool === agent);
    const about = this.about(JSON.stringify({ use, attempts }));
    const known = attempts.flatMap(({ usage }) => usage?.cost_usd ?? []);
    const cost = sumOf(known);
    assert.equal(use?.cost_usd ?? 0, cost, about);
    assert.equal(use?.unpriced, (use?.runs ?? 0) - known.length, about);
    assert.equal(use?.limited, 1, about);
    if (agent === 'codex') assert.equal(use?.cost_usd, null, about);
    this.counts.cost += cost;
  }

  /** The attempts whose agent was started. */
  private starts(): string[] {
    return this.agents.starts.map(({ run }) => run ?? '');
  }

  private about(what: string): string {
    return `${what} (${this.place.root})\n${readFileIfAny(backgroundLog(this.storage)) ?? ''}`;
  }
}

function sumOf(costs: readonly (number | null)[]): number {
  return costs.reduce<number>((sum, usd) => sum + (usd ?? 0), 0);
}

/** A night of so many tasks, in which something is killed so many times. */
export async function killAtNight(kills: number, seed: number, tasks: number): Promise<NightCounts> {
  const night = new Night(new Random(seed));
  try {
    await night.run(kills, tasks);
  } finally {
    await night.end();
  }
  return night.counts;
}
