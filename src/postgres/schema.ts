/**
 * The tables of a queue on a server: by the same migrations as in files, and by some of its own. Hosts have programs of
 * several ages, so the tables say how old a program may be.
 */

import type pg from 'pg';
import { QueueError } from '../core/errors';
import type { Migration } from '../store/engine/migrations';
import { translateSchema } from './dialect';
import { type ServerMigration, serverMigrations } from './serverMigrations';

/** What a program can do with tables: up to its last migration of either kind. */
export interface Program {
  migrations: readonly Migration[];
  serverMigrations?: readonly ServerMigration[];
}

/** One row of `queue_schema`. */
export interface Version {
  /** The last migrations that were run; 0 for none. */
  version: number;
  server_version: number;
  /** What a program must know of each to use the tables. */
  min_program: number;
  min_server_program: number;
  /** Where the queue has gone; null while it is here. */
  moved_to: string | null;
}

const versionTable = `
CREATE TABLE queue_schema (
  version BIGINT NOT NULL,
  server_version BIGINT NOT NULL,
  min_program BIGINT NOT NULL,
  min_server_program BIGINT NOT NULL,
  moved_to TEXT
)`;

/** Of a new schema. */
const nothing: Version = {
  version: 0,
  server_version: 0,
  min_program: 0,
  min_server_program: 0,
  moved_to: null,
};

/** The oldest PostgreSQL whose statements the queue may use. */
const oldestServer = 15;

/** For another host that changes the tables, and for whoever uses them, milliseconds. */
const longestWait = 20_000;

/** A schema, as the name is written in statements: nothing to quote. */
const plainName = /^[a-z_][a-z0-9_]{0,62}$/;

/** The columns that each transaction looks at, for `refuseUse`. */
export const usable = 'min_program, min_server_program, moved_to';

/**
 * Whether a program may use the tables as they are now: another host may have changed them since it opened the queue.
 * @param row the columns `usable`
 * @throws QueueError `upgrade_required` where they are of a newer program, `unavailable` where the queue is not here
 */
export function refuseUse(program: Program, row: readonly unknown[]): void {
  const [queue, server, movedTo] = row;
  if (typeof movedTo === 'string') {
    throw new QueueError(
      'unavailable',
      `The queue was moved from this server to ${movedTo}`,
      'Use it there, or name another database.',
      { moved_to_files: movedTo },
    );
  }
  const { version, server_version: serverVersion } = newestOf(program);
  if (Number(queue) <= version && Number(server) <= serverVersion) return;
  throw new QueueError(
    'upgrade_required',
    `The tables of the queue were made by a newer SparkQ (they need schema ${queue}.${server}; this one supports ${version}.${serverVersion}).`,
    'Update SparkQ. Nothing was changed.',
  );
}

/**
 * Creates the tables, or brings them to the last of the migrations, while no other host does, and while no transaction
 * writes. Those of a newer program stay as they are.
 * @throws QueueError those of `refuseUse`, and `invalid_field` for a name that needs quotes
 */
export async function migrateSchema(
  client: pg.ClientBase,
  program: Program & { schema: string },
): Promise<void> {
  await client.query('BEGIN');
  try {
    const {
      min_program: queue,
      min_server_program: server,
      moved_to: moved,
    } = await runMissing(client, program);
    refuseUse(program, [queue, server, moved]);
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    // After a rollback, this does nothing.
    await client.query('COMMIT');
  }
}

/**
 * The same within a transaction, whoever may use the tables; answers what they were before.
 * @throws QueueError `invalid_field` for a name that needs quotes
 */
export async function runMissing(
  client: pg.ClientBase,
  { schema, ...program }: Program & { schema: string },
): Promise<Version> {
  checkName(schema);
  // Whoever waits for a table has all others wait behind it: not for ever, whatever program looks at the table.
  await client.query(`SET LOCAL lock_timeout TO ${longestWait}; SET LOCAL search_path TO ${schema}`);
  await client.query(lockOf(schema, 'sparkq schema'));
  const before = await versionOf(client, schema);
  const newest = newestOf(program);
  const older = before.version < newest.version || before.server_version < newest.server_version;
  if (!older || before.moved_to !== null) return before;
  // Not before: a host without the right to create tables opens those that are there.
  if (before === nothing) await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}; ${versionTable}`);
  else await client.query(lockOf(schema, 'sparkq'));
  for (const sql of statementsFor(program, before)) await client.query(sql);
  // Only databases of older programs have answers to convert.
  await client.query('DROP TABLE IF EXISTS idempotency');
  const after: Omit<Version, 'moved_to'> = {
    version: Math.max(before.version, newest.version),
    server_version: Math.max(before.server_version, newest.server_version),
    min_program: neededBy(program.migrations, before.version, before.min_program),
    min_server_program: neededBy(ownOf(program), before.server_version, before.min_server_program),
  };
  await client.query('DELETE FROM queue_schema');
  await client.query('INSERT INTO queue_schema VALUES ($1, $2, $3, $4)', Object.values(after));
  return before;
}

/** @throws QueueError `invalid_field` for a name that needs quotes */
function checkName(schema: string): void {
  if (plainName.test(schema)) return;
  throw new QueueError(
    'invalid_field',
    `"${schema}" cannot be the schema of a queue.`,
    'Use up to 63 lower-case letters, digits and underscores, with a letter first.',
  );
}

/** Takes a lock until the transaction ends: `sparkq` to change the queue, `sparkq schema` to change its tables. */
export function lockOf(schema: string, what: 'sparkq' | 'sparkq schema'): string {
  return `SELECT pg_advisory_xact_lock(hashtextextended('${what} ${schema}', 0))`;
}

/** The statements of the missing migrations, in the order in which they were written. */
function statementsFor(program: Program, before: Version): string[] {
  const own = ownOf(program)
    .filter(({ version }) => version > before.server_version)
    .map(({ after, sql }) => ({ at: after + 0.5, sql }));
  const shared = program.migrations
    .filter(({ version }) => version > before.version)
    .map(({ version, sql }) => ({ at: version, sql: translateSchema(sql) }));
  return [...own, ...shared].sort((one, other) => one.at - other.at).map(({ sql }) => sql);
}

/** What a program must know after the migrations that come after `version`. */
function neededBy(
  all: readonly { version: number; needs?: number }[],
  version: number,
  before: number,
): number {
  const missing = all.filter((migration) => migration.version > version);
  return Math.max(before, ...missing.map((migration) => migration.needs ?? migration.version));
}

export function newestOf(program: Program): Pick<Version, 'version' | 'server_version'> {
  return {
    version: program.migrations.at(-1)?.version ?? 0,
    server_version: ownOf(program).at(-1)?.version ?? 0,
  };
}

function ownOf({ serverMigrations: own = serverMigrations }: Program): readonly ServerMigration[] {
  return own;
}

/** @throws QueueError `unavailable` for a server that is too old */
export async function versionOf(client: pg.ClientBase, schema: string): Promise<Version> {
  const { rows: found } = await client.query(
    `SELECT to_regclass($1) AS name, current_setting('server_version_num')::int / 10000 AS major,
      current_setting('server_version') AS shown`,
    [`${schema}.queue_schema`],
  );
  const [{ name = null, major = 0, shown = '' } = {}] = found;
  if (major < oldestServer) {
    throw new QueueError(
      'unavailable',
      `The server runs PostgreSQL ${shown}; a queue needs ${oldestServer} or newer`,
      'Upgrade the server, or use another one.',
    );
  }
  if (name === null) return nothing;
  const { rows } = await client.query<Version>(
    `SELECT version, server_version, ${usable} FROM ${schema}.queue_schema`,
  );
  return rows[0] as Version;
}
