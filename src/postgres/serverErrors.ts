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

const authority =
  "Name the file with the certificate of the authority that signed the server's: sslrootcert=FILE in the database URL, or PGSSLROOTCERT.";

const advice: readonly (readonly [RegExp, string])[] = [
  [
    /^28/,
    'Check the user and the password of the database URL, and that the server lets this user in from here (pg_hba.conf).',
  ],
  [/^3D000$/, 'Create the database, or check its name in the database URL.'],
  [/^3F000$|^42P01$/, 'Have somebody with the right to create tables open the queue once.'],
  [
    /^42501$/,
    'Have the owner of the tables grant this user the rights to read and change them; for a new queue, the owner of the database that to create a schema.',
  ],
  [/^25006$/, 'This server only takes reads: name the primary in the database URL.'],
  [/^53100$/, 'The disk of the server is full: free space there.'],
  [/^53300$/, 'The server has no connection left: raise max_connections, or close other programs.'],
  [/^55P03$/, 'Another host is holding the queue: see which with pg_stat_activity.'],
  [/^ENOTFOUND$/, 'Check the name of the server in the database URL.'],
  [/^CERT_HAS_EXPIRED$/, "Have the server's certificate renewed; check the date of this machine, too."],
  [
    /^CERT_NOT_YET_VALID$/,
    "Check the date of this machine, and from when on the server's certificate holds.",
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'Use a name in the database URL that is in the certificate of the server.',
  ],
  [/SELF_SIGNED_CERT|^UNABLE_TO_(?:GET_ISSUER|VERIFY)/, authority],
  [/^(?:CERT_|ERR_SSL|ERR_TLS|EPROTO)/, 'Check the certificate of the server, and what of TLS it supports.'],
];

/** What the driver says where it has none to send. */
const noPassword = /^SASL: .*password must be/;

/** The same for errors of the driver, which have no code. */
const adviceOnDriver: readonly (readonly [RegExp, string])[] = [
  [/^The server does not support SSL/, 'Turn on ssl on the server, or reach it through an SSH tunnel.'],
  [
    noPassword,
    'Put it into ~/.pgpass or PGPASSWORD, or use "SparkQ: Connect to PostgreSQL..." in the editor.',
  ],
];

export function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? '');
}

/** Whether the same transaction may succeed at once. */
export function isConflict(error: unknown): boolean {
  return conflicts.has(codeOf(error));
}

/**
 * Whether a statement was not known by its name, or the name was taken: a pooler lends the connections of the server to
 * one transaction each (pgbouncer before 1.21).
 */
export function isNameTrouble(error: unknown): boolean {
  return codeOf(error) === '26000' || codeOf(error) === '42P05';
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

/** A name with several addresses has an error for each, and the whole no words of its own. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  if (noPassword.test(messageOf(error))) return 'it wants a password, and none was found';
  return messageOf(error);
}

/** As a refusal, for what the server or the way to it refuses. A bug in a statement stays what it is. */
export function refusalOf(error: unknown, server: string): unknown {
  if (QueueError.is(error)) return error;
  const code = codeOf(error);
  const [, hint] =
    advice.find(([codes]) => codes.test(code)) ??
    adviceOnDriver.find(([texts]) => texts.test(messageOf(error))) ??
    [];
  if (hint === undefined && !isConnectionTrouble(error)) return error;
  return new QueueError(
    'unavailable',
    `The queue's database on ${server} cannot be used: ${wordsOf(error)}`,
    hint ?? 'Make sure that the server runs and can be reached from here.',
    // Whoever has read something before may still show it.
    hint === undefined ? { unreachable: server } : undefined,
    { cause: error },
  );
}

/** The server has become, or always was, one that only takes reads. */
export function isReadOnly(error: unknown): boolean {
  return codeOf(error) === '25006';
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
