/**
 * Output of attempts in the database of a queue that hosts share: chunks by the offset of their first byte. What was
 * dropped of an output is no chunk.
 */

import type { OutputName } from '../../core/queue';
import type { Reader, Transaction } from '../engine/database';
import type { OutputExtent, OutputRange } from '../outputFiles';

export interface AttemptOutput {
  task: string;
  attempt: number;
}

export type OutputOf = AttemptOutput & { stream: OutputName };

/** The last chunk of an output; of none, an empty one at its start. */
export interface LastChunk {
  start: number;
  length: number;
}

/** What follows a chunk that is smaller than this is added to it, so that slow output does not become many rows; bytes. */
const smallChunk = 16 * 1024;

const where = 'WHERE task_id = ? AND attempt = ? AND stream = ?';

/** The last chunk of each output of an attempt. */
export function lastChunks(reader: Reader, { task, attempt }: AttemptOutput): Map<OutputName, LastChunk> {
  const rows = reader.values(
    `SELECT stream, start, length FROM output_chunks
     WHERE task_id = ? AND attempt = ? ORDER BY stream, start`,
    task,
    attempt,
  );
  return new Map(
    rows.map(([stream, start, length]) => [
      stream as OutputName,
      { start: Number(start), length: Number(length) },
    ]),
  );
}

/**
 * Adds bytes behind the last chunk.
 * @param start of the bytes; more than the end of `last` if what is in between was dropped
 * @returns the last chunk as it is then; undefined if another one was last, and nothing was added
 */
export function appendChunk(
  tx: Transaction,
  { task, attempt, stream }: OutputOf,
  last: LastChunk,
  start: number,
  bytes: Buffer,
): LastChunk | undefined {
  const hex = bytes.toString('hex');
  const follows = last.start + last.length === start;
  if (follows && last.length > 0 && last.length < smallChunk) {
    const added = tx.run(
      `UPDATE output_chunks SET bytes = bytes || decode(?, 'hex'), length = length + ? ${where} AND start = ?
       AND length = ?`,
      hex,
      bytes.byteLength,
      task,
      attempt,
      stream,
      last.start,
      last.length,
    );
    return added === 1 ? { start: last.start, length: last.length + bytes.byteLength } : undefined;
  }
  const added = tx.run(
    `INSERT INTO output_chunks (task_id, attempt, stream, start, length, bytes)
     VALUES (?, ?, ?, ?, ?, decode(?, 'hex')) ON CONFLICT (task_id, attempt, stream, start) DO NOTHING`,
    task,
    attempt,
    stream,
    start,
    bytes.byteLength,
    hex,
  );
  return added === 1 ? { start, length: bytes.byteLength } : undefined;
}

/** Removes what has been dropped since it was added. */
export function dropChunks(
  tx: Transaction,
  { task, attempt, stream }: OutputOf,
  { from, to }: { from: number; to: number },
): void {
  tx.run(
    `DELETE FROM output_chunks ${where} AND start >= ? AND start + length <= ?`,
    task,
    attempt,
    stream,
    from,
    to,
  );
}

export function removeChunks(tx: Transaction, { task, attempt }: AttemptOutput): void {
  tx.run('DELETE FROM output_chunks WHERE task_id = ? AND attempt = ?', task, attempt);
}

/** The same, unless its end has been reported by now, by somebody else. */
export function removeUnreported(tx: Transaction, { task, attempt }: AttemptOutput): void {
  tx.run(
    `DELETE FROM output_chunks WHERE task_id = ? AND attempt = ? AND NOT EXISTS (
       SELECT 1 FROM attempts WHERE attempts.task_id = output_chunks.task_id AND number = attempt
       AND finished_at IS NOT NULL)`,
    task,
    attempt,
  );
}

/** Removes the chunks of tasks that are gone. */
export function removeStrayChunks(tx: Transaction): void {
  tx.run(
    `DELETE FROM output_chunks WHERE task_id IN (
       SELECT DISTINCT task_id FROM output_chunks AS kept WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE id = kept.task_id))`,
  );
}

/** Null if there is nothing of this output. */
export function readChunks(
  reader: Reader,
  { task, attempt, stream }: OutputOf,
  { offset, limit }: { offset: number; limit: number },
): { extent: OutputExtent; range: OutputRange } | null {
  const chunks = reader
    .values(`SELECT start, length FROM output_chunks ${where} ORDER BY start`, task, attempt, stream)
    .map(([start, length]): LastChunk => ({ start: Number(start), length: Number(length) }));
  if (chunks.length === 0) return null;
  const extent = extentOf(chunks);
  const found = reader.values(
    `SELECT start, encode(bytes, 'hex') FROM output_chunks ${where}
     AND start + length > ? AND start < ? ORDER BY start`,
    task,
    attempt,
    stream,
    offset,
    firstAfter(chunks, offset) + limit,
  );
  return { extent, range: rangeOf(found, extent.size, offset, limit) };
}

function extentOf(chunks: readonly LastChunk[]): OutputExtent {
  let [end, dropped]: [number, OutputExtent['dropped']] = [0, null];
  for (const { start, length } of chunks) {
    if (start > end) dropped ??= { from: end, to: start };
    end = start + length;
  }
  return { size: end, dropped };
}

/** The first byte at `offset` or behind it that is there. */
function firstAfter(chunks: readonly LastChunk[], offset: number): number {
  const next = chunks.find(({ start, length }) => start + length > offset);
  return Math.max(offset, next?.start ?? offset);
}

/** The bytes that follow each other from `offset` on, or from the first one behind it. */
function rangeOf(
  rows: readonly (readonly unknown[])[],
  size: number,
  offset: number,
  limit: number,
): OutputRange {
  const [first] = rows;
  if (first === undefined) return { bytes: Buffer.alloc(0), start: Math.min(offset, size) };
  const begin = Math.max(offset, Number(first[0]));
  const pieces: Buffer[] = [];
  let end = begin;
  for (const [start, hex] of rows) {
    if (Number(start) > end) break;
    const bytes = Buffer.from(String(hex), 'hex').subarray(end - Number(start));
    pieces.push(bytes);
    end += bytes.byteLength;
  }
  return { bytes: Buffer.concat(pieces).subarray(0, limit), start: begin };
}
