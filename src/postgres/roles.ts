/** The roles of persons: each logs in with one of their own, so that the server knows who it is. */

import type pg from 'pg';
import { QueueError } from '../core/errors';
import { codeOf, refusalOf } from './serverErrors';
import { type ServerAddress, Servers } from './servers';

/** What a person may do with the queue: use it, or look at it. */
export type Grant = 'app' | 'reader';

export interface Granted {
  role: string;
  grant: Grant;
  /** The role is new, and has no password yet. */
  created: boolean;
}

/** As it is written in statements: nothing to quote, and no name that PostgreSQL keeps for itself. */
const plainRole = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/;

/** What each may do with the tables of a queue. */
const rights: Readonly<Record<Grant, string>> = {
  app: 'SELECT, INSERT, UPDATE, DELETE',
  reader: 'SELECT',
};

/**
 * Connects as who owns the tables, and grants there.
 * @throws QueueError those of `grantRole`, and `unavailable` if the server cannot be used
 */
export async function grantAt(
  place: ServerAddress & { schema: string },
  role: string,
  grant: Grant,
): Promise<Granted> {
  const servers = new Servers(place);
  const client = servers.newClient({ application_name: 'sparkq migrate' });
  // The statement that waits for an answer fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await grantRole(client, place.schema, role, grant);
  } catch (error) {
    throw refusalOf(error, servers.shown);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Lets a role use the tables of a queue, those of later programs as well; creates it if missing.
 * @param client of the owner of the tables, whose search path need not be the schema
 * @throws QueueError `invalid_field` for a name that needs quotes, `forbidden` where this role may not do that
 */
export async function grantRole(
  client: pg.ClientBase,
  schema: string,
  role: string,
  grant: Grant,
): Promise<Granted> {
  if (!plainRole.test(role)) {
    throw new QueueError(
      'invalid_field',
      `"${role}" cannot be a role of the queue.`,
      'Use up to 63 lower-case letters, digits and underscores, with a letter first, and not pg_.',
    );
  }
  await client.query('BEGIN');
  try {
    const { rows } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
    if (rows.length === 0) await client.query(`CREATE ROLE ${role} LOGIN`);
    const all = `IN SCHEMA ${schema}`;
    const later = `ALTER DEFAULT PRIVILEGES ${all}`;
    await client.query(
      [
        `REVOKE ALL ON ALL TABLES ${all} FROM ${role}`,
        `GRANT USAGE ON SCHEMA ${schema} TO ${role}`,
        `GRANT ${rights[grant]} ON ALL TABLES ${all} TO ${role}`,
        `${later} GRANT ${rights[grant]} ON TABLES TO ${role}`,
        ...(grant === 'app'
          ? [
              `GRANT USAGE ON ALL SEQUENCES ${all} TO ${role}`,
              `${later} GRANT USAGE ON SEQUENCES TO ${role}`,
              // Which programs may use the tables is for who makes them to say.
              `REVOKE INSERT, UPDATE, DELETE ON ${schema}.queue_schema FROM ${role}`,
            ]
          : [`${later} REVOKE INSERT, UPDATE, DELETE ON TABLES FROM ${role}`]),
      ].join('; '),
    );
    await client.query('COMMIT');
    return { role, grant, created: rows.length === 0 };
  } catch (error) {
    await client.query('ROLLBACK');
    if (codeOf(error) !== '42501') throw error;
    throw new QueueError(
      'forbidden',
      `This role may not give ${role} rights to the schema ${schema}: ${(error as Error).message}`,
      'Have the owner of the tables do it, with the right to create roles (CREATEROLE) for a new one.',
      undefined,
      { cause: error },
    );
  }
}
