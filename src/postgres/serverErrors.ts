/** What goes wrong between the queue and its server, in words that say what to do. */

import { messageOf, QueueError } from '../core/errors';

/** The transaction was undone, and may well succeed if it runs again: a conflict, or a deadlock. */
const conflicts = new Set(['40001', '40P01']);

/**
 * The connection is gone, or the server is going or coming; or another host has changed the tables since the connection
 * has prepared its statements.
 */
const connectionTrouble =
  /^(?:08...|0A000|57P0[1235]|25P03|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENOENT|EHOSTUNREACH|ENETUNREACH)$/;

const advice: readonly (readonly [RegExp, string])[] = [
  [/^28/, 'Check the user and the password of the database URL.'],
  [/^3D000$/, 'Create the database, or check its name in the database URL.'],
  [/^3F000$|^42P01$/, 'Have somebody with the right to create tables open the queue once.'],
  [/^42501$/, 'Have the owner of the tables grant this user the rights to read and change them.'],
  [/^25006$/, 'This server only takes reads: name the primary in the database URL.'],
  [/^53100$/, 'The disk of the server is full: free space there.'],
  [/^53300$/, 'The server has no connection left: raise max_connections, or close other programs.'],
  [/^55P03$/, 'Another host is holding the queue: see which with pg_stat_activity.'],
];

export function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? '');
}

/** Whether the same transaction may succeed at once. */
export function isConflict(error: unknown): boolean {
  return conflicts.has(codeOf(error));
}

/** What the driver says of a connection that is gone: these errors of its own have no code. */
const driverTrouble =
  /^Connection terminated|connection error and is not queryable|^timeout exceeded when|^timeout expired/;

/** The driver has given up waiting for an answer, and the connection with it. */
const silence = 'Query read timeout';

export function isSilence(error: unknown): boolean {
  return messageOf(error) === silence;
}

/** Whether another connection may do what this one could not. */
export function isConnectionTrouble(error: unknown): boolean {
  return connectionTrouble.test(codeOf(error)) || driverTrouble.test(messageOf(error)) || isSilence(error);
}

/** As a refusal, for what the server or the way to it refuses. A bug in a statement stays what it is. */
export function refusalOf(error: unknown, server: string): unknown {
  if (QueueError.is(error)) return error;
  const code = codeOf(error);
  const hint = advice.find(([codes]) => codes.test(code))?.[1];
  if (hint === undefined && !isConnectionTrouble(error)) return error;
  return new QueueError(
    'unavailable',
    `The queue's database on ${server} cannot be used: ${messageOf(error)}`,
    hint ?? 'Make sure that the server runs and can be reached from here.',
    undefined,
    { cause: error },
  );
}

/** The connection was lost while the server was told to commit. */
export function outcomeUnknown(error: unknown, server: string): QueueError {
  return new QueueError(
    'outcome_unknown',
    `The connection to ${server} was lost before it confirmed the change: ${messageOf(error)}`,
    'Repeat the call with the same idempotency key, or look whether the change was made.',
    undefined,
    { cause: error },
  );
}
