/** What a queue of many finished tasks takes of memory: at rest, while a snapshot is built, and while it shrinks. */

import fs from 'node:fs';
import { runChild } from './childReport';
import { sparkq } from './engines/sparkq';

/** Bytes. */
export interface MemoryReport {
  /** Of the database before the work. */
  database: number;
  /** Resident memory: before the queue is opened, with the queue open, and at most while it works. */
  bare: number;
  rest: number;
  peak: number;
}

export interface MemoryPeak extends Omit<MemoryReport, 'peak'> {
  snapshot: number;
  shrinking: number;
}

export async function measureMemoryPeak(folder: string, tasks: number): Promise<MemoryPeak> {
  await (await sparkq.open(folder, tasks)).close();
  try {
    // The first opening reads the tasks from the journal, and those after it from the snapshot.
    await runChild<MemoryReport>('memoryChild.js', folder, 'snapshot');
    const { peak: snapshot, ...report } = await runChild<MemoryReport>('memoryChild.js', folder, 'snapshot');
    const { peak: shrinking } = await runChild<MemoryReport>('memoryChild.js', folder, 'purge');
    return { ...report, snapshot, shrinking };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
