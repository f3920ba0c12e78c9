/** The tables of a queue on a server: by the same migrations as in files. */

import type pg from 'pg';
import { QueueError } from '../core/errors';
import type { Migration } from '../store/engine/migrations';
import { announcementTables } from './announcements';
import { translateSchema } from './dialect';

/**
 * What SQLite has, or the store adds to it, and PostgreSQL has not. Text is compared as core/textSearch.ts does, as far
 * as the rules of Unicode are the same there.
 */
const functions = `
CREATE FUNCTION julianday(at text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
  $$ SELECT extract(epoch FROM at::timestamptz)::float8 / 86400.0 + 2440587.5 $$;
CREATE FUNCTION json_each(given text, path text DEFAULT '$') RETURNS TABLE (key bigint, value text) LANGUAGE sql IMMUTABLE AS $$
  SELECT place - 1, item #>> '{}' FROM jsonb_path_query(given::jsonb, (path || '[*]')::jsonpath) WITH ORDINALITY AS each (item, place)
$$;
CREATE FUNCTION folded(given text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT upper(lower(normalize(given) COLLATE "und-x-icu") COLLATE "und-x-icu") COLLATE "C" $$;
CREATE FUNCTION values_in(given text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF given !~ '^\\s*[[{]' THEN RETURN given; END IF;
  RETURN (
    SELECT string_agg(value #>> '{}', E'\\x1f') FROM jsonb_path_query(given::jsonb, 'strict $.**') AS value
    WHERE jsonb_typeof(value) IN ('string', 'number', 'boolean')
  );
EXCEPTION WHEN data_exception THEN RETURN given;
END $$;
CREATE FUNCTION finds(wanted text, json text, texts text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
  $$ SELECT strpos(folded(texts), wanted) > 0 OR coalesce(strpos(folded(values_in(json)), wanted) > 0, false) $$;
CREATE FUNCTION plain_path(given text) RETURNS text LANGUAGE sql IMMUTABLE AS
  $$ SELECT folded(regexp_replace(replace(trim(given), E'\\\\', '/'), '^(\\.?/)+', '')) $$;
CREATE FUNCTION is_of_script(wanted text, payload text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE script text;
BEGIN
  script := '/' || plain_path(payload::jsonb ->> 'script_path');
  RETURN coalesce(right(script, length(plain_path(wanted)) + 1) = '/' || plain_path(wanted), false);
EXCEPTION WHEN data_exception THEN RETURN false;
END $$;
`;

/** A schema, as the name is written in statements: nothing to quote. */
const plainName = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Creates the tables, or brings them to the last of the migrations, while no other host does.
 * @throws QueueError `upgrade_required` for tables of a newer program, `invalid_field` for a name that needs quotes
 */
export async function migrateSchema(
  client: pg.PoolClient,
  { schema, migrations }: { schema: string; migrations: readonly Migration[] },
): Promise<void> {
  if (!plainName.test(schema)) {
    throw new QueueError(
      'invalid_field',
      `"${schema}" cannot be the schema of a queue.`,
      'Use up to 63 lower-case letters, digits and underscores, with a letter first.',
    );
  }
  await client.query('BEGIN');
  try {
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('sparkq schema ${schema}', 0))`);
    const version = await versionOf(client, schema);
    const newest = migrations.at(-1)?.version ?? 0;
    if (version > newest) {
      throw new QueueError(
        'upgrade_required',
        `The tables of the queue were made by a newer SparkQ (schema ${version}; this one supports ${newest}).`,
        'Update SparkQ. Nothing was changed.',
      );
    }
    if (version === newest) return;
    await client.query(`SET LOCAL search_path TO ${schema}`);
    if (version === 0) await client.query(functions + announcementTables);
    for (const { version: next, sql } of migrations)
      if (next > version) await client.query(translateSchema(sql));
    // Only databases of older programs have answers to convert.
    await client.query('DROP TABLE IF EXISTS idempotency');
    await client.query('DELETE FROM queue_schema');
    await client.query('INSERT INTO queue_schema (version) VALUES ($1)', [newest]);
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    // After a rollback, this does nothing.
    await client.query('COMMIT');
  }
}

/** The last migration that was run; 0 for a new schema, which is created. */
async function versionOf(client: pg.PoolClient, schema: string): Promise<number> {
  const { rows: found } = await client.query('SELECT to_regclass($1) AS name', [`${schema}.queue_schema`]);
  if (found[0]?.name === null) {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query(`CREATE TABLE ${schema}.queue_schema (version INTEGER NOT NULL)`);
    return 0;
  }
  const { rows } = await client.query(`SELECT version FROM ${schema}.queue_schema`);
  return rows[0]?.version ?? 0;
}
