/** Figures of SparkQ alone: opening, memory, the pause that a snapshot makes, what an operation writes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Queue } from '../src/core/queue';
import { payload } from './engine';
import { openQueue, sparkq } from './engines/sparkq';
import { median } from './statistics';

const megabyte = 1024 * 1024;

export interface Opening {
  /** Milliseconds, medians. */
  clean: number;
  crashed: number;
  /** Bytes of resident memory with the queue open. */
  memory: number;
}

interface ChildReport {
  milliseconds: number;
  rss: number;
}

function startChild(folder: string, ...args: string[]): ChildProcess {
  const program = path.resolve('out/bench/openChild.js');
  return spawn(process.execPath, [program, folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function reportOf(child: ChildProcess): Promise<ChildReport> {
  if (!child.stdout) throw new Error('the child has no output');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line) as ChildReport;
  throw new Error('the child said nothing');
}

/** Opens a queue of `tasks` tasks after a clean close, and after its process was killed with 1,000 changes in the journal. */
export async function measureOpening(folder: string, tasks: number, rounds: number): Promise<Opening> {
  const engine = await sparkq.open(folder, tasks);
  await engine.close();
  const clean: ChildReport[] = [];
  const crashed: ChildReport[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = startChild(folder);
    const gone = once(first, 'exit');
    clean.push(await reportOf(first));
    await gone;
    const worker = startChild(folder, 'work', '1000');
    await reportOf(worker);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    const second = startChild(folder);
    const secondGone = once(second, 'exit');
    crashed.push(await reportOf(second));
    await secondGone;
  }
  fs.rmSync(folder, { recursive: true, force: true });
  return {
    clean: median(clean.map((report) => report.milliseconds)),
    crashed: median(crashed.map((report) => report.milliseconds)),
    memory: median(clean.map((report) => report.rss)),
  };
}

export interface SnapshotPause {
  /** Longest time between two turns of the event loop, milliseconds: while a snapshot is made, and before. */
  during: number;
  before: number;
  /** Bytes of journal for each enqueue. */
  journalBytes: number;
}

/** Works a queue of `tasks` tasks until it has made three snapshots, and watches the event loop: medians. */
export async function measureSnapshotPause(folder: string, tasks: number): Promise<SnapshotPause> {
  const engine = await sparkq.open(folder, tasks);
  await engine.close();
  const queue = await openQueue(folder);
  const pauses: SnapshotPause[] = [];
  for (let round = 0; round < 3; round++) pauses.push(await pauseOfSnapshot(queue));
  await queue.close();
  fs.rmSync(folder, { recursive: true, force: true });
  return {
    during: median(pauses.map(({ during }) => during)),
    before: median(pauses.map(({ before }) => before)),
    journalBytes: median(pauses.map((pause) => pause.journalBytes)),
  };
}

/** Many at once until a snapshot is near, then one by one: what is looked for is the snapshot's pause alone. */
async function pauseOfSnapshot(queue: Queue): Promise<SnapshotPause> {
  const enqueue = () =>
    queue.enqueue({ stream: 'stream 0', tool_name: 'run-bash', payload, label: 'build.sh' });
  const before = await queue.status();
  // One is made when the journal is as long as the database, at 4 MB at the soonest and at 16 MB at the latest.
  const limit = Math.min(16 * megabyte, Math.max(4 * megabyte, before.database_bytes));
  const near = limit - megabyte / 4;
  let sample = before;
  let count = 0;
  while (sample.journal_bytes < near && sample.last_snapshot_at === before.last_snapshot_at) {
    await Promise.all(Array.from({ length: 100 }, enqueue));
    count += 100;
    sample = await queue.status();
  }
  const journalBytes = (sample.journal_bytes - before.journal_bytes) / count;
  const quiet = await longestPause(async () => {
    for (let call = 0; call < 300; call++) await enqueue();
  });
  const during = await longestPause(async () => {
    const until = performance.now() + 60_000;
    while ((await queue.status()).last_snapshot_at === sample.last_snapshot_at) {
      if (performance.now() > until) throw new Error('no snapshot was made');
      for (let call = 0; call < 50; call++) await enqueue();
    }
  });
  return { during, before: quiet, journalBytes };
}

/** The longest time between two turns of the event loop while `work` goes on, milliseconds. */
async function longestPause(work: () => Promise<void>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  let over = false;
  const turn = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  over = true;
  return longest;
}
