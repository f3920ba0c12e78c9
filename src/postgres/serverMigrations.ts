/** What only a server has, as numbered migrations beside those of the queue. */

import { announcementTables } from './announcements';
import { peopleTriggers } from './peopleTriggers';

/** Takes what only a server has from `version - 1` to `version`. */
export interface ServerMigration {
  version: number;
  /** The last migration of the queue's own tables when this one was written: those that came later run after it. */
  after: number;
  sql: string;
  /** As for the queue's own migrations: what the oldest program that may go on with the queue must know of these. */
  needs?: number;
}

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
CREATE FUNCTION json_valid(given text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN given::jsonb IS NOT NULL;
EXCEPTION WHEN data_exception THEN RETURN false;
END $$;
CREATE FUNCTION json_type(given text, path text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT replace(jsonb_typeof(jsonb_path_query_first(given::jsonb, path::jsonpath)), 'string', 'text')
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
CREATE FUNCTION finds(wanted text, given text, texts text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
  $$ SELECT strpos(folded(texts), wanted) > 0 OR coalesce(strpos(folded(values_in(given)), wanted) > 0, false) $$;
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

/** What the queue keeps of each place, which is a storage folder with an id. */
const placeTables = `
-- What the sparkq.yml of a place says of a schedule: the SHA-256 of its pin, null for nothing any more.
CREATE TABLE schedule_files (
  place TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  pin TEXT COLLATE "C",
  PRIMARY KEY (place, name)
);
-- All that was ever said of one.
CREATE TABLE schedule_pins (
  name TEXT COLLATE "C" NOT NULL,
  pin TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (name, pin)
);
-- The hooks that a place has, as JSON, and when it was last there.
CREATE TABLE hook_takers (
  place TEXT COLLATE "C" PRIMARY KEY,
  hooks TEXT NOT NULL,
  at TEXT COLLATE "C" NOT NULL
);
`;

/** What attempts have written, as far as it is kept. */
const outputTables = `
CREATE TABLE output_chunks (
  task_id TEXT COLLATE "C" NOT NULL,
  attempt BIGINT NOT NULL,
  stream TEXT COLLATE "C" NOT NULL,
  -- Of its first byte in all that was written, and how many there are.
  start BIGINT NOT NULL,
  length BIGINT NOT NULL,
  bytes BYTEA NOT NULL,
  PRIMARY KEY (task_id, attempt, stream, start)
);
`;

/** The history: tasks that purges have taken. */
const archiveTables = `
CREATE TABLE archived_tasks (
  id TEXT COLLATE "C" PRIMARY KEY,
  finished_at TEXT COLLATE "C" NOT NULL,
  purged_at TEXT COLLATE "C" NOT NULL,
  stream_id TEXT COLLATE "C" NOT NULL,
  stream_name TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  payload TEXT COLLATE "C" NOT NULL,
  -- What is searched besides the payload.
  texts TEXT COLLATE "C" NOT NULL,
  -- Characters of all of it.
  size BIGINT NOT NULL,
  -- JSON: all but the payload.
  line TEXT NOT NULL
);
CREATE INDEX idx_archived_finished ON archived_tasks (finished_at DESC, id DESC);
CREATE INDEX idx_archived_purged ON archived_tasks (purged_at DESC, id DESC) INCLUDE (size);
`;

/** New ones are added at the end, and none is ever changed once it was released. */
export const serverMigrations: readonly ServerMigration[] = [
  { version: 1, after: 0, sql: functions + announcementTables + placeTables + outputTables + archiveTables },
  { version: 2, after: 15, sql: peopleTriggers },
];
