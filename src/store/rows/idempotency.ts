/** Idempotent operations: the same key gets the first answer again. */

import { fromInstant, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { Mutation } from '../../core/queue';
import type { Reader, Transaction } from '../engine/database';
import type { Change, Context } from './change';

/** How long an answer is kept, milliseconds. */
const keepFor = 24 * 60 * 60 * 1000;
/** Queues that have removed old answers since they were opened: a single command never runs the daily purge. */
const tidied = new WeakSet<Context>();

/**
 * Runs `work` in a transaction, or returns the answer that the same key got before.
 * @param operation the operation and its object, so that reusing the key for something else is refused
 */
export function mutate<T>(
  context: Context,
  operation: string,
  mutation: Mutation | undefined,
  work: (change: Change) => T,
): Promise<T> {
  const key = mutation?.key;
  if (key === undefined) return context.change(work);
  return context.change((change) => {
    const { tx } = change;
    const known = firstAnswer(tx, key, operation, change.ms);
    if (known !== undefined) return JSON.parse(known) as T;
    const answer = work(change);
    remember(tx, key, operation, answer, change.now);
    if (!tidied.has(context)) {
      tidied.add(context);
      removeOldAnswers(tx, change.ms);
    }
    return answer;
  });
}

/** The first answer as JSON; undefined for a new key. @throws QueueError `conflict` for the key of another operation */
export function firstAnswer(reader: Reader, key: string, operation: string, now: number): string | undefined {
  const row = reader.get('SELECT operation, answer, created_at FROM idempotency WHERE key = ?', key);
  if (row === undefined || fromInstant(String(row.created_at)) < now - keepFor) return undefined;
  if (row.operation !== operation) {
    throw new QueueError(
      'conflict',
      `Idempotency key already used: ${key} belongs to "${row.operation}", not to "${operation}"`,
      'Use a new key for each operation.',
    );
  }
  return String(row.answer);
}

export function remember(
  tx: Transaction,
  key: string,
  operation: string,
  answer: unknown,
  now: string,
): void {
  tx.run(
    'INSERT OR REPLACE INTO idempotency (key, operation, answer, created_at) VALUES (?, ?, ?, ?)',
    key,
    operation,
    JSON.stringify(answer ?? null),
    now,
  );
}

/** Removes the answers that have expired. */
export function forgetOldAnswers(context: Context): Promise<void> {
  return context.change(({ tx, ms }) => removeOldAnswers(tx, ms));
}

function removeOldAnswers(tx: Transaction, now: number): void {
  tx.run('DELETE FROM idempotency WHERE created_at < ?', toInstant(now - keepFor));
}
