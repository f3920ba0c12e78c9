/**
 * SparkQ on a PostgreSQL server beside queues that are made for one: the same server, hosts that are processes, in turn.
 * It is made for the run, with the settings of a server that keeps what it has promised.
 */

import pg from 'pg';
import { PostgresServer } from '../../test/support/postgres/server';
import { machineLines } from '../report';
import { type Figure, median, medianFigure, percentile } from '../statistics';
import type { EngineKind, Place } from './engine';
import { HostProcess, type HostTask } from './hostProcess';
import { kinds } from './kinds';

/** How the server is set, besides its defaults. */
const settings = [
  'fsync=on',
  'synchronous_commit=on',
  'full_page_writes=on',
  'shared_buffers=512MB',
  'max_wal_size=4GB',
  'checkpoint_timeout=15min',
  'max_connections=200',
];

/** The most lanes of a scene: a queue with a history has them all. */
const mostLanes = 20;

/** Who uses a queue, and how. */
interface Scene {
  hosts: number;
  /** On all hosts together. */
  callers: number;
  lanes: number;
  /** Finished tasks that are there already. */
  history: number;
}

export interface SceneFigures {
  enqueue: Figure;
  work: Figure;
  /** Bytes of WAL for each task, from its call to its end. */
  wal: number;
  /** Rows that each task leaves to vacuum. */
  dead: number;
}

export interface Table {
  scene: Scene;
  figures: { name: string; figures?: SceneFigures; problem?: string }[];
}

const scene = (history: number, hosts: number, lanes: number, callers: number): Scene => ({
  history,
  hosts,
  lanes,
  callers,
});

function scenesOf(longHistory: number): Scene[] {
  return [
    scene(0, 1, 1, 1),
    scene(0, 1, 1, 10),
    scene(0, 1, 1, 100),
    scene(0, 1, mostLanes, 100),
    scene(0, 4, 1, 100),
    scene(0, 4, mostLanes, 100),
    scene(longHistory, 1, 1, 10),
    scene(longHistory, 1, mostLanes, 100),
    scene(longHistory, 4, mostLanes, 100),
  ];
}

/** @param print is called with each part of the report */
export async function measurePostgres(
  { rounds, history, tasks }: { rounds: number; history: number; tasks: number },
  print: (text: string) => void,
): Promise<Table[]> {
  const problem = PostgresServer.problem();
  if (problem !== undefined) throw new Error(problem);
  const server = await PostgresServer.start(settings);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    const { rows } = await client.query('SHOW server_version');
    print(introduction(rows[0]?.server_version, rounds));
    const bench = new Bench(server.url, client, tasks);
    for (const kind of kinds) await bench.prepareHistory(kind, history);
    console.error('The histories are there; now it is measured.');
    const tables: Table[] = [];
    for (const one of scenesOf(history)) {
      const table = await bench.compare(one, rounds);
      print(tableText(table));
      tables.push(table);
    }
    return tables;
  } finally {
    await client.end();
    await server.stop();
  }
}

class Bench {
  private schemas = 0;
  /** Queues with a history, by family. */
  private readonly kept = new Map<string, Place>();

  constructor(
    private readonly url: string,
    private readonly client: pg.Client,
    /** How many tasks a round has with 100 callers and without batches. */
    private readonly tasks: number,
  ) {}

  async compare(scene: Scene, rounds: number): Promise<Table> {
    const found = new Map<EngineKind, SceneFigures[]>();
    const problems = new Map<EngineKind, string>();
    for (let round = 0; round < rounds; round++) {
      for (const kind of round % 2 === 0 ? kinds : [...kinds].reverse()) {
        const problem = scene.history > 0 && !kind.keepsHistory ? 'keeps no history' : kind.problem();
        if (problem !== undefined) problems.set(kind, problem);
        if (problems.has(kind)) continue;
        try {
          found.set(kind, [...(found.get(kind) ?? []), await this.round(kind, scene)]);
        } catch (error) {
          problems.set(kind, String(error));
        }
      }
    }
    const figures = kinds.map((kind) => ({
      name: kind.name,
      figures: medianOf(found.get(kind) ?? []),
      problem: problems.get(kind),
    }));
    return { scene, figures };
  }

  private async round(kind: EngineKind, scene: Scene): Promise<SceneFigures> {
    const place = await this.placeFor(kind, scene);
    const callers = Math.max(1, scene.callers / scene.hosts);
    const hosts = await Promise.all(
      Array.from({ length: scene.hosts }, () => HostProcess.start(kind, place, callers)),
    );
    const size = (this.tasks * (scene.callers < 10 ? 0.1 : scene.callers < 100 ? 0.4 : 1)) / scene.hosts;
    const each = Math.ceil(size / kind.batch) * kind.batch;
    let closing: Promise<unknown> | undefined;
    try {
      const before = await this.written();
      const enqueue = await performAll(hosts, { enqueue: each });
      const work = await performAll(hosts, {});
      const wal = (await this.written()) - before;
      // The server counts what a connection has done once that ends.
      closing = Promise.all(hosts.map((host) => host.close()));
      await closing;
      const dead = (await this.deadRows(place)) - (this.deadBefore.get(place.schema) ?? 0);
      this.deadBefore.set(place.schema, dead + (this.deadBefore.get(place.schema) ?? 0));
      const tasks = each * scene.hosts;
      if (work.tasks !== tasks) throw new Error(`${work.tasks} tasks of ${tasks} were done`);
      return { enqueue, work, wal: wal / tasks, dead: dead / tasks };
    } finally {
      await (closing ?? Promise.all(hosts.map((host) => host.close())));
      if (scene.history === 0) await this.client.query(`DROP SCHEMA ${place.schema} CASCADE`);
    }
  }

  private readonly deadBefore = new Map<string, number>();

  /** Once for all kinds of a family. */
  async prepareHistory(kind: EngineKind, history: number): Promise<void> {
    if (!kind.keepsHistory || kind.problem() !== undefined || this.kept.has(kind.family)) return;
    this.kept.set(kind.family, await this.newPlace(kind, mostLanes, history));
    await this.client.query('VACUUM ANALYZE');
  }

  /** Tables of its own for each round; where there is to be a history, the same. */
  private async placeFor(kind: EngineKind, { lanes, history }: Scene): Promise<Place> {
    const known = history > 0 ? this.kept.get(kind.family) : undefined;
    return known ? { ...known, lanes } : this.newPlace(kind, lanes, 0);
  }

  private async newPlace(kind: EngineKind, lanes: number, history: number): Promise<Place> {
    this.schemas += 1;
    const place = { url: this.url, schema: `bench_${this.schemas}`, lanes };
    await kind.prepare(place, this.client, history);
    this.deadBefore.set(place.schema, await this.deadRows(place));
    return place;
  }

  private async written(): Promise<number> {
    const { rows } = await this.client.query("SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes");
    return Number(rows[0]?.bytes);
  }

  /** How many dead rows have been made so far. */
  private async deadRows({ schema }: Place): Promise<number> {
    const { rows } = await this.client.query(
      `SELECT pg_stat_clear_snapshot(), sum(n_tup_upd + n_tup_del) AS rows FROM pg_stat_user_tables WHERE schemaname = $1`,
      [schema],
    );
    return Number(rows[0]?.rows ?? 0);
  }
}

/** All hosts at once. The rate counts tasks, the times are those of calls. */
async function performAll(
  hosts: readonly HostProcess[],
  task: HostTask,
): Promise<Figure & { tasks: number }> {
  const began = performance.timeOrigin + performance.now();
  const reports = await Promise.all(hosts.map((host) => host.perform(task)));
  const ended = Math.max(...reports.map(({ endedAt }) => endedAt));
  const times = reports.flatMap((report) => report.times);
  const tasks = reports.reduce((sum, report) => sum + report.tasks, 0);
  return {
    rate: (tasks / (ended - began)) * 1000,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    operations: times.length,
    tasks,
  };
}

function medianOf(rounds: readonly SceneFigures[]): SceneFigures | undefined {
  if (rounds.length === 0) return undefined;
  return {
    enqueue: medianFigure(rounds.map(({ enqueue }) => enqueue)),
    work: medianFigure(rounds.map(({ work }) => work)),
    wal: median(rounds.map(({ wal }) => wal)),
    dead: median(rounds.map(({ dead }) => dead)),
  };
}

function introduction(version: string, rounds: number): string {
  return [
    ...machineLines(),
    `- PostgreSQL ${version} on the same machine, over a Unix socket: ${settings.join(', ')}`,
    `- Medians of ${rounds} rounds, order turned round each time. A host is a process; callers are those of all hosts.`,
    '',
    '| engine | how it is used |',
    '| --- | --- |',
    ...kinds.map(({ name, use }) => `| ${name} | ${use} |`),
    '',
  ].join('\n');
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const cell = ({ rate, p50, p99 }: Figure) => `${whole(rate)} (${p50.toPrecision(3)} / ${p99.toPrecision(3)})`;
const counted = (count: number, one: string) =>
  `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`;

function tableText({ scene: { hosts, callers, lanes, history }, figures }: Table): string {
  return [
    `### ${counted(hosts, 'host')}, ${counted(callers, 'caller')}, ${counted(lanes, 'lane')}, ${counted(history, 'task')} of history`,
    '',
    '| engine | enqueued a second (p50 / p99 ms of a call) | claimed and completed a second (p50 / p99 ms) | WAL bytes a task | dead rows a task |',
    '| --- | --- | --- | --- | --- |',
    ...figures.map(({ name, figures: found, problem }) =>
      found === undefined
        ? `| ${name} | ${problem} | | | |`
        : `| ${name} | ${cell(found.enqueue)} | ${cell(found.work)} | ${whole(found.wal)} | ${found.dead.toFixed(1)} |`,
    ),
    '',
  ].join('\n');
}
