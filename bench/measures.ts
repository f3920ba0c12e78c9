/** Figures of SparkQ alone: opening, memory, the pause that a snapshot makes, what an operation writes. */

import { once } from 'node:events';
import fs from 'node:fs';
import type { Queue } from '../src/core/queue';
import { reportOf, runChild, startChild } from './childReport';
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
  /** Bytes that were to be read after the kill. */
  database: number;
  journals: number;
}

export interface ChildReport {
  milliseconds: number;
  rss: number;
  database: number;
  journals: number;
}

/**
 * Opens a queue of `tasks` tasks after a clean close, and after its process was killed with the journal of `changes`
 * enqueues.
 */
export async function measureOpening(
  folder: string,
  tasks: number,
  changes: number,
  rounds: number,
): Promise<Opening> {
  await (await sparkq.open(folder, tasks)).close();
  const clean: ChildReport[] = [];
  const crashed: ChildReport[] = [];
  for (let round = 0; round < rounds; round++) {
    clean.push(await runChild('openChild.js', folder));
    const worker = startChild('openChild.js', folder, 'work', `${changes}`);
    await reportOf(worker);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    crashed.push(await runChild('openChild.js', folder));
  }
  fs.rmSync(folder, { recursive: true, force: true });
  return {
    clean: median(clean.map((report) => report.milliseconds)),
    crashed: median(crashed.map((report) => report.milliseconds)),
    memory: median(clean.map((report) => report.rss)),
    database: median(crashed.map((report) => report.database)),
    journals: median(crashed.map((report) => report.journals)),
  };
}

/** The length of the journal that makes a snapshot due here, however large the queue is. Bytes. */
const snapshotAfter = 2 * megabyte;

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
  const queue = await openQueue(folder, { leastJournal: snapshotAfter, mostJournal: snapshotAfter });
  const pauses: SnapshotPause[] = [];
  for (let round = 0; round < 3; round++) pauses.push(await pauseOfSnapshot(queue));
  await queue.close();
  fs.rmSync(folder, { recursive: true, force: true });
  return {
    during: median(pauses.map(({ during }) => during)),
    before: median(pauses.map(({ before }) => before)),
    // Of those that began with a new journal.
    journalBytes: median(pauses.map((pause) => pause.journalBytes).filter(Number.isFinite)),
  };
}

/** Many at once until a snapshot is near, then one by one: what is looked for is the snapshot's pause alone. */
async function pauseOfSnapshot(queue: Queue): Promise<SnapshotPause> {
  const enqueue = () =>
    queue.enqueue({ stream: 'stream 0', tool_name: 'run-bash', payload, label: 'build.sh' });
  const before = await queue.status();
  const near = snapshotAfter - megabyte / 4;
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
