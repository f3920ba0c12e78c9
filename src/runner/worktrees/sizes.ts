/** How much worktrees take. Walking through one takes long, so it is noted with the worktree, and forgotten by each run. */

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { changeRecord, listRecords, type WorktreeRecord, whileWorktreeLocked } from './records';

/** Whether the worktree of a task or a stream is there. */
export function isMade(home: string, key: string): boolean {
  return listRecords(home).some((record) => record.key === key && record.state === 'made');
}

/** Bytes that all worktrees took when they were measured. */
export function bytesTaken(home: string): number {
  return recordsThere(home).reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

/** Measures those of which it is not known. */
export async function measureUnknown(home: string): Promise<void> {
  for (const { folder, bytes } of recordsThere(home)) if (bytes == null) await measure(folder);
}

/** Notes how much a worktree takes. */
export async function measure(folder: string): Promise<void> {
  const bytes = await sizeOf(folder);
  await whileWorktreeLocked(folder, async () => {
    changeRecord(folder, { bytes });
  });
}

/** Bytes that a worktree takes, without what git has of it. */
export async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await fs.readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) bytes += await sizeOf(file);
    else bytes += (await fs.lstat(file).catch(() => null))?.size ?? 0;
  }
  return bytes;
}

function recordsThere(home: string): WorktreeRecord[] {
  return listRecords(home).filter(({ state }) => state === 'made');
}
