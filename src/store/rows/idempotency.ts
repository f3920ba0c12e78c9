/**
 * Idempotent operations: a key that is used again gets the first verdict again, with the row as it stands now. Of an
 * answer only the verdict is kept, in about 80 bytes for a key of any length: an answer can be as long as its payload.
 */

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { QueueError } from '../../core/errors';
import type { Mutation } from '../../core/queue';
import type { Reader, Transaction } from '../engine/database';
import type { Change, Context } from './change';

/** How long a key is kept, milliseconds. */
const keepFor = 24 * 60 * 60 * 1000;
/** Of more keys than this, the oldest go earlier, but not before this age. */
const keepMany = 20_000;
const keepAtLeast = 10 * 60 * 1000;
/** How many keys are forgotten at most for each that is kept, so that no caller waits for a backlog. */
const few = 100;
/** How many one step of the daily tidying forgets. */
const batch = 1000;

/** What is kept of an answer. */
export interface Verdict {
  /** The id of the row that the answer was about; null if there was none. */
  row: string | null;
  /** What else it said, as its operation defines it: a flag, a count, or the mark of a lease. */
  fact: number | null;
}

/** How the answers of an operation are kept, and answered again. */
export interface Repeat<T> {
  keep(answer: T): Verdict;
  again(change: Change, verdict: Verdict): T;
}

/** For operations that answer with nothing. */
export const repeatNothing: Repeat<void> = {
  keep: () => ({ row: null, fact: null }),
  again: () => undefined,
};

/** A key and what it is used for, as they are stored. */
export interface KeyUse {
  key: string;
  /** The operation and its object, so that using the key for something else is refused. */
  operation: string;
  /** The key is found by the first 48 bits of its SHA-256, and known by the next 48. */
  hash: number;
  rest: number;
}

export function keyUse(key: string, operation: string): KeyUse;
export function keyUse(key: string | undefined, operation: string): KeyUse | undefined;
export function keyUse(key: string | undefined, operation: string): KeyUse | undefined {
  if (key === undefined) return undefined;
  const [hash, rest] = hashesOf(key);
  return { key, operation, hash, rest };
}

/**
 * Runs `work` in a transaction, or repeats what was answered to the same key before.
 * @param operation the operation and its object, so that reusing the key for something else is refused
 */
export function mutate<T>(
  context: Context,
  operation: string,
  mutation: Mutation | undefined,
  repeat: Repeat<T>,
  work: (change: Change) => T,
): Promise<T> {
  return mutateFor(context, keyUse(mutation?.key, operation), repeat, work);
}

/** As `mutate`, for a key whose use is known already; undefined: without a key. */
export function mutateFor<T>(
  context: Context,
  use: KeyUse | undefined,
  repeat: Repeat<T>,
  work: (change: Change) => T,
): Promise<T> {
  if (use === undefined) return context.change(work);
  return context.change((change) => {
    const known = firstVerdict(change.tx, use, change.ms);
    if (known !== undefined) return repeat.again(change, known);
    const answer = work(change);
    remember(change, use, repeat.keep(answer));
    return answer;
  });
}

/** As `mutate`, for work of several transactions: a repeat after an end in between does the rest. */
export async function mutateInSteps<T>(
  context: Context,
  operation: string,
  mutation: Mutation | undefined,
  repeat: Repeat<T>,
  work: () => Promise<T>,
): Promise<T> {
  const use = keyUse(mutation?.key, operation);
  if (use === undefined) return work();
  const known = await context.change((change) => {
    const verdict = firstVerdict(change.tx, use, change.ms);
    return verdict && { answer: repeat.again(change, verdict) };
  });
  if (known !== undefined) return known.answer;
  const answer = await work();
  await context.change((change) => remember(change, use, repeat.keep(answer)));
  return answer;
}

/** Undefined for a new key. @throws QueueError `conflict` for the key of another operation */
export function firstVerdict(reader: Reader, use: KeyUse, now: number): Verdict | undefined {
  const row = latestUse(reader, use, now);
  if (row === undefined) return undefined;
  if (row.operation !== crc32(use.operation)) {
    throw new QueueError(
      'conflict',
      `Idempotency key already used: ${use.key} belongs to another request, not to "${use.operation}"`,
      'Use a new key for each operation.',
    );
  }
  return { row: row.row_id as string | null, fact: row.fact as number | null };
}

/** Which of these operations the key was used for; undefined for a new key, and for one of another operation. */
export function operationOf(
  reader: Reader,
  key: string,
  operations: readonly string[],
  now: number,
): string | undefined {
  const [hash, rest] = hashesOf(key);
  const row = latestUse(reader, { hash, rest }, now);
  return row && operations.find((operation) => row.operation === crc32(operation));
}

function latestUse(reader: Reader, { hash, rest }: Pick<KeyUse, 'hash' | 'rest'>, now: number) {
  const row = reader.get(
    'SELECT operation, row_id, fact, at FROM keys WHERE hash = ? AND rest = ? ORDER BY seq DESC LIMIT 1',
    hash,
    rest,
  );
  return row === undefined || Number(row.at) < now - keepFor ? undefined : row;
}

/** Keeps the verdict for a key; of several for one key the newest counts. */
export function remember(
  change: Pick<Change, 'tx' | 'ms' | 'keysKept' | 'beforeEnd'>,
  use: KeyUse,
  verdict: Verdict,
): void {
  const { tx, ms } = change;
  insertKey(tx, use, verdict, ms);
  change.keysKept += 1;
  if (change.keysKept === 1) change.beforeEnd(() => forgetSome(tx, ms, few * change.keysKept));
}

/** @param at when the key was used, wall-clock milliseconds */
export function insertKey(
  tx: Pick<Transaction, 'run'>,
  { operation, hash, rest }: KeyUse,
  { row, fact }: Verdict,
  at: number,
): void {
  tx.run(
    'INSERT INTO keys (hash, rest, operation, row_id, fact, at) VALUES (?, ?, ?, ?, ?, ?)',
    hash,
    rest,
    crc32(operation),
    row,
    fact,
    at,
  );
}

/** Forgets the keys that need not be kept any more. */
export async function forgetOldKeys(context: Context): Promise<void> {
  while ((await context.change(({ tx, ms }) => forgetSome(tx, ms, batch))) === batch);
}

/** Whether a lease is the one that `fact` stands for. */
export function isLease(lease: string, fact: number | null): boolean {
  return leaseMark(lease) === fact;
}

/** What is kept of the lease that a claim answered with. */
export function leaseMark(lease: string): number {
  return hashesOf(lease)[0];
}

/** Forgets the oldest keys that need not be kept, at most so many; returns how many. */
function forgetSome(tx: Transaction, now: number, most: number): number {
  const [oldest] = tx.values('SELECT seq, at, (SELECT max(seq) FROM keys) FROM keys ORDER BY seq LIMIT 1');
  if (oldest === undefined) return 0;
  const [seq, at, newest] = oldest.map(Number) as [number, number, number];
  // Only the oldest are ever removed, so the numbers have no gaps.
  const spare = newest - seq + 1 - keepMany;
  const goes = (used: number, index: number) =>
    used < now - keepFor || (index < spare && used < now - keepAtLeast);
  if (!goes(at, 0)) return 0;
  const ages = tx.values('SELECT at FROM keys ORDER BY seq LIMIT ?', most);
  const kept = ages.findIndex(([used], index) => !goes(Number(used), index));
  const gone = kept < 0 ? ages.length : kept;
  tx.run('DELETE FROM keys WHERE seq < ?', seq + gone);
  return gone;
}

/** Two numbers of 48 bits each, which SQLite stores in six bytes each. */
function hashesOf(text: string): [number, number] {
  const digest = createHash('sha256').update(text).digest();
  return [digest.readIntBE(0, 6), digest.readIntBE(6, 6)];
}
