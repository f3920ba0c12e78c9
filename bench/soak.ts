/**
 * Changes over HTTP at a constant rate for many minutes, with a purge in each: what grows, and who has to wait.
 */

import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { QueueStatus } from '../src/core/model';
import { payload } from './engine';
import { sparkq } from './engines/sparkq';
import { atMost, type Goal } from './goals';
import { postJson } from './postJson';
import { type Delay, ServerProcess } from './serverProcess';
import { median, percentile } from './statistics';

/** Enqueue, claim and complete are three changes. */
const tasksPerSecond = 200 / 3;
const streams = 10;
const minute = 60_000;
/** So many tasks are on their way at most: a server that falls behind makes the load wait, and is not buried. */
const mostTasks = 100;
/** Until then the database, its keys and the heap may grow: keys are kept for ten minutes. */
const settledMinute = 12;

export interface Minute {
  minute: number;
  /** Bytes in memory, and in files by kind. */
  database: number;
  journals: number;
  snapshots: number;
  archive: number;
  output: number;
  /** Bytes of resident memory of the server. */
  memory: number;
  /** Open files of the server; null where the system does not say. */
  handles: number | null;
  delay: Delay;
  requests: number;
  errors: number;
  /** Milliseconds of a request. */
  p50: number;
  p99: number;
  longest: number;
  /** Tasks purged, the milliseconds that took, and the longest delay of the event loop meanwhile. */
  purged: number;
  purgeTook: number;
  purgeDelay: Delay;
}

export interface SoakOptions {
  minutes: number;
  /** Each change has an idempotency key. */
  keys: boolean;
}

/** Prints a line for each minute, and resolves with all of them. */
export async function soak(folder: string, { minutes, keys }: SoakOptions): Promise<Minute[]> {
  const engine = await sparkq.open(folder, 0);
  await engine.close();
  const server = await ServerProcess.start('queue', folder);
  const load = new Load(server.url, keys);
  console.log(heading());
  const samples: Minute[] = [];
  try {
    const start = performance.now();
    const working = load.run(start + minutes * minute);
    await server.report();
    for (let number = 1; number <= minutes; number++) {
      await wait(Math.max(0, start + number * minute - performance.now()));
      const sample = await measureMinute(number, folder, server, load);
      samples.push(sample);
      console.log(row(sample));
    }
    await working;
  } finally {
    load.close();
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return samples;
}

async function measureMinute(
  number: number,
  folder: string,
  server: ServerProcess,
  load: Load,
): Promise<Minute> {
  const before = await server.report();
  const began = performance.now();
  const { purged } = await load.call<{ purged: number }>('/api/purge', { older_than_days: 0 });
  const purgeTook = performance.now() - began;
  const during = await server.report();
  // As long as what is free again may take to be given back.
  await wait(10_000);
  const after = await server.report();
  const status = await load.status();
  const handles = fs.existsSync(`/proc/${server.pid}/fd`)
    ? fs.readdirSync(`/proc/${server.pid}/fd`).length
    : null;
  return {
    minute: number,
    database: status.database_bytes,
    journals: sizeOf(folder, /^journal-/),
    snapshots: sizeOf(folder, /^snapshot-/),
    archive: sizeOf(path.join(folder, 'archive')),
    output: sizeOf(path.join(folder, 'output')),
    memory: after.rss,
    handles,
    delay: before.delay,
    ...load.figures(),
    purged,
    purgeTook,
    purgeDelay: during.delay,
  };
}

/** Tasks that are enqueued, claimed and completed one after the other, begun at a constant rate. */
class Load {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: mostTasks });
  private latencies: number[] = [];
  private errors = 0;

  constructor(
    private readonly url: string,
    private readonly keys: boolean,
  ) {}

  async run(until: number): Promise<void> {
    const work = new Set<Promise<void>>();
    const start = performance.now();
    for (let number = 0; performance.now() < until; number++) {
      await wait(Math.max(0, start + (number * 1000) / tasksPerSecond - performance.now()));
      if (work.size >= mostTasks) await Promise.race(work);
      const task: Promise<void> = this.task(number).finally(() => work.delete(task));
      work.add(task);
    }
    await Promise.all(work);
  }

  /** One request, measured. */
  async call<T>(route: string, body: object): Promise<T> {
    const called = performance.now();
    const headers = this.keys ? { 'idempotency-key': randomUUID() } : {};
    const answer = await postJson(this.agent, `${this.url}${route}`, 'bench', JSON.stringify(body), headers);
    this.latencies.push(performance.now() - called);
    if (answer.status >= 300) throw new Error(`${route} answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body || '{}') as T;
  }

  async status(): Promise<QueueStatus> {
    const answer = await fetch(`${this.url}/api/status`, { headers: { authorization: 'Bearer bench' } });
    return (await answer.json()) as QueueStatus;
  }

  /** Of the requests since the last call. */
  figures(): Pick<Minute, 'requests' | 'errors' | 'p50' | 'p99' | 'longest'> {
    const { latencies, errors } = this;
    this.latencies = [];
    this.errors = 0;
    return {
      requests: latencies.length,
      errors,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      longest: percentile(latencies, 1),
    };
  }

  close(): void {
    this.agent.destroy();
  }

  private async task(number: number): Promise<void> {
    const stream = `str_${(number % streams).toString(16).padStart(12, '0')}`;
    try {
      const body = { stream_id: stream, tool_name: 'run-bash', payload: JSON.parse(payload) as object };
      await this.call('/api/tasks', body);
      const request = this.keys ? { claim_request_id: randomUUID() } : {};
      const claim = await this.call<{ task?: { id: string }; lease?: string }>(
        `/api/streams/${stream}/claim`,
        request,
      );
      if (claim.task === undefined) return;
      const done = { result_summary: 'done', stdout: 'built in 2 s\n', lease: claim.lease };
      await this.call(`/api/tasks/${claim.task.id}/complete`, done);
    } catch (error) {
      this.errors += 1;
      console.error(error instanceof Error ? error.message : error);
    }
  }
}

/** Bytes of the files in a folder and below it whose names match. */
function sizeOf(folder: string, name = /./): number {
  if (!fs.existsSync(folder)) return 0;
  const files = fs.readdirSync(folder, { withFileTypes: true, recursive: true });
  let size = 0;
  for (const file of files) {
    if (!file.isFile() || !name.test(file.name)) continue;
    // It may have been removed since.
    size += fs.statSync(path.join(file.parentPath, file.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return size;
}

/** Of a run that is long enough to have settled; a shorter one is compared from its middle on, and says so. */
export function soakGoals(samples: readonly Minute[], { keys }: SoakOptions): Goal[] {
  const from = Math.min(settledMinute, Math.ceil(samples.length / 2));
  const first = samples[from - 1];
  const later = samples.slice(from);
  const growth = (of: (sample: Minute) => number) =>
    first && later.length > 0 ? Math.max(...later.map(of)) / of(first) : undefined;
  const most = (of: (sample: Minute) => number) =>
    samples.length > 0 ? Math.max(...samples.map(of)) : undefined;
  const load = `200 ${keys ? 'keyed ' : ''}changes/s over HTTP`;
  return [
    atMost(
      `${load}: database, largest after minute ${from} / at minute ${from}`,
      growth((one) => one.database),
      1.2,
    ),
    atMost(
      `${load}: memory, largest after minute ${from} / at minute ${from}`,
      growth((one) => one.memory),
      1.2,
    ),
    atMost(
      `${load}: delay of the event loop, p99 of the worst minute, ms`,
      most((one) => one.delay.p99),
      20,
    ),
    atMost(
      `${load}: longest delay of the event loop while 4,000 tasks are purged, ms`,
      most((one) => one.purgeDelay.longest),
      20,
      {
        value: median(samples.map((one) => one.purgeDelay.ownLongest)),
        why: 'half of the purges keep the process itself busy no longer; collecting garbage and waiting for a processor do',
      },
    ),
    atMost(
      `${load}: requests that failed`,
      most((one) => one.errors),
      0,
    ),
  ];
}

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
const ms = (value: number) => value.toFixed(1);

function heading(): string {
  const columns = [
    'minute',
    'database MB',
    'journals MB',
    'snapshots MB',
    'archive MB',
    'output MB',
    'memory MB',
    'handles',
    'delay p50/p99/longest ms (own p99/longest)',
    'requests (failed)',
    'p50/p99/longest ms',
    'purged',
    'purge ms (longest delay, own)',
  ];
  return `| ${columns.join(' | ')} |\n|${columns.map(() => '---').join('|')}|`;
}

function row(sample: Minute): string {
  const { delay, purgeDelay } = sample;
  const cells = [
    sample.minute,
    megabytes(sample.database),
    megabytes(sample.journals),
    megabytes(sample.snapshots),
    megabytes(sample.archive),
    megabytes(sample.output),
    megabytes(sample.memory),
    sample.handles ?? '-',
    `${[delay.p50, delay.p99, delay.longest].map(ms).join('/')} (${[delay.ownP99, delay.ownLongest].map(ms).join('/')})`,
    `${sample.requests} (${sample.errors})`,
    [sample.p50, sample.p99, sample.longest].map(ms).join('/'),
    sample.purged,
    `${ms(sample.purgeTook)} (${ms(purgeDelay.longest)}, ${ms(purgeDelay.ownLongest)})`,
  ];
  return `| ${cells.join(' | ')} |`;
}
