/** How a queue's server is, as one connection sees it: `sparkq doctor` tells it. Nothing is changed. */

import type pg from 'pg';
import { type Program, refuseUse, versionOf } from './schema';
import { codeOf, refusalOf } from './serverErrors';
import { type ServerAddress, Servers } from './servers';
import { valueTypes } from './valueTypes';

/** What a role may do: use the queue and make its tables, use it, read it, or only some of what using it takes. */
export type Rights = 'migrator' | 'app' | 'reader' | 'some' | 'none';

export interface ServerHealth {
  /** Of PostgreSQL. */
  version: string;
  /** Protocol and cipher; null for a connection without. */
  tls: string | null;
  role: string;
  rights: Rights;
  superuser: boolean;
  /** How many machines besides this one are connected with the same role now. */
  other_machines: number;
  /** The last migrations of the queue's tables, `queue.server`; null where there are none. */
  schema_version: string | null;
  /** Where the queue has gone; null while it is there. */
  moved_to: string | null;
  /** Of the fastest of a few statements, milliseconds. */
  round_trip_ms: number;
  /** How far the server's clock is ahead of this machine's, milliseconds. */
  clock_ahead_ms: number;
  /** Whether a pooler is in between: where it lends connections to one transaction each, the server tells of no changes. */
  pooled: boolean;
  synchronous_commit: string;
  /** How long the oldest transaction has been open, seconds; null if there is none that this role may see. */
  oldest_transaction_seconds: number | null;
  /** Of the queue's tables: rows, and those that vacuum has yet to remove. */
  live_rows: number;
  dead_rows: number;
}

/** What a role may do, of all tables of a queue or of some. */
type May = Readonly<
  Partial<Record<'creates' | 'made' | 'reads' | 'has_some' | 'writes' | 'writes_some', boolean>>
>;

/** PostgreSQL's code for what the role may not read. */
const notAllowed = '42501';

/** Milliseconds to connect in. */
const patience = 10_000;
/** How many statements are timed. */
const times = 5;

interface Asked {
  /** Where the password comes from; null where none is known. */
  password_from: string | null;
  /** Null if the server cannot be used. */
  health: ServerHealth | null;
  refusal?: unknown;
}

/** Connects as the queue would. */
export async function askServer(address: ServerAddress & { schema: string }): Promise<Asked> {
  let servers: Servers | undefined;
  try {
    servers = new Servers(address);
    const health = await withClient(servers, (client) => healthOf(client, address.schema));
    return { password_from: await servers.passwordSource(), health };
  } catch (error) {
    const refusal = refusalOf(error, servers?.shown ?? 'its server');
    return { password_from: (await servers?.passwordSource()) ?? null, health: null, refusal };
  }
}

/**
 * Resolves where the queue could be opened now, as far as reading can tell; its tables may be yet to be made.
 * @throws QueueError as opening it would
 */
export async function demandUsable(address: ServerAddress & Program & { schema: string }): Promise<void> {
  const servers = new Servers(address);
  try {
    const { min_program, min_server_program, moved_to } = await withClient(servers, (client) =>
      versionOf(client, address.schema),
    );
    refuseUse(address, [min_program, min_server_program, moved_to]);
  } catch (error) {
    throw refusalOf(error, servers.shown);
  }
}

async function withClient<T>(servers: Servers, use: (client: pg.Client) => Promise<T>): Promise<T> {
  await servers.look();
  const client = servers.newClient({
    types: valueTypes,
    application_name: 'sparkq doctor',
    connectionTimeoutMillis: patience,
  });
  // The statement that waits for an answer fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function healthOf(client: pg.Client, schema: string): Promise<ServerHealth> {
  const trip = await roundTrip(client);
  const { schema_version, moved_to } = await tablesOf(client, schema);
  return {
    ...(await connectionOf(client)),
    ...(await roleOf(client, schema)),
    schema_version,
    moved_to,
    ...trip,
    ...(await loadOf(client, schema)),
  };
}

async function roundTrip(client: pg.Client): Promise<Pick<ServerHealth, 'round_trip_ms' | 'clock_ahead_ms'>> {
  let best = { round_trip_ms: Number.POSITIVE_INFINITY, clock_ahead_ms: 0 };
  for (let count = 0; count < times; count++) {
    const sent = performance.now();
    const { rows } = await client.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS at');
    const took = performance.now() - sent;
    if (took >= best.round_trip_ms) continue;
    // The server has looked at its clock half way.
    const ahead = Number(rows[0]?.at) - (Date.now() - took / 2);
    best = { round_trip_ms: took, clock_ahead_ms: Math.round(ahead) };
  }
  // Rounded up: a server on this machine may answer in less than half of that.
  return { ...best, round_trip_ms: Math.ceil(best.round_trip_ms * 10) / 10 };
}

async function connectionOf(
  client: pg.Client,
): Promise<Pick<ServerHealth, 'version' | 'tls' | 'pooled' | 'synchronous_commit'>> {
  const { rows } = await client.query(
    `SELECT current_setting('server_version') AS version, current_setting('synchronous_commit') AS sync,
        pg_backend_pid() AS pid,
        ssl.version AS protocol, ssl.cipher
      FROM (SELECT) AS one LEFT JOIN pg_stat_ssl AS ssl ON ssl.pid = pg_backend_pid() AND ssl.ssl`,
  );
  const [{ version = '', sync = '', pid, protocol = null, cipher = null } = {}] = rows;
  // A pooler gives a number of its own to each of its clients.
  const pooled = Number(pid) !== (client as pg.Client & { processID: number | null }).processID;
  return { version, synchronous_commit: sync, pooled, tls: protocol && `${protocol}, ${cipher}` };
}

async function roleOf(
  client: pg.Client,
  schema: string,
): Promise<Pick<ServerHealth, 'role' | 'rights' | 'superuser' | 'other_machines'>> {
  const { rows } = await client.query(
    `SELECT current_user AS role, rolsuper::int AS superuser,
        coalesce(has_schema_privilege(spaces.oid, 'CREATE'),
          has_database_privilege(current_database(), 'CREATE')) AS creates,
        tables.*,
        (SELECT count(DISTINCT client_addr) FROM pg_stat_activity AS others
          WHERE others.usename = current_user AND client_addr IS DISTINCT FROM inet_client_addr()
            AND application_name LIKE 'sparkq %')::int AS others
      FROM pg_roles
        LEFT JOIN pg_namespace AS spaces ON nspname = $1
        CROSS JOIN LATERAL (
          SELECT count(*) > 0 AS made,
            coalesce(bool_and(has_table_privilege(oid, 'SELECT')), false) AS reads,
            coalesce(bool_or(has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE')), false) AS has_some,
            coalesce(bool_or(has_table_privilege(oid, 'INSERT, UPDATE, DELETE')), false) AS writes_some,
            -- Which programs may use the tables is for who makes them to say.
            coalesce(bool_and(relname = 'queue_schema' OR has_table_privilege(oid, 'INSERT')
              AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')), false) AS writes
          FROM pg_class WHERE relnamespace = spaces.oid AND relkind = 'r'
        ) AS tables
      WHERE rolname = current_user`,
    [schema],
  );
  const [{ role = '', superuser, others, ...may } = {}] = rows;
  return { role, rights: rightsOf(may), superuser: Boolean(superuser), other_machines: Number(others) };
}

function rightsOf({ creates, made, reads, has_some: some, writes, writes_some: writesSome }: May): Rights {
  if (creates && !made) return 'migrator';
  if (reads && writes) return creates ? 'migrator' : 'app';
  if (reads && !writesSome) return 'reader';
  return some ? 'some' : 'none';
}

async function tablesOf(
  client: pg.Client,
  schema: string,
): Promise<Pick<ServerHealth, 'schema_version' | 'moved_to'>> {
  try {
    const { version, server_version: own, moved_to } = await versionOf(client, schema);
    return { schema_version: version === 0 ? null : `${version}.${own}`, moved_to };
  } catch (error) {
    if (codeOf(error) !== notAllowed) throw error;
    return { schema_version: null, moved_to: null };
  }
}

async function loadOf(
  client: pg.Client,
  schema: string,
): Promise<Pick<ServerHealth, 'oldest_transaction_seconds' | 'live_rows' | 'dead_rows'>> {
  const { rows } = await client.query(
    `SELECT (SELECT extract(epoch FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()) AS oldest,
        coalesce(sum(n_live_tup), 0) AS live, coalesce(sum(n_dead_tup), 0) AS dead
      FROM pg_stat_user_tables WHERE schemaname = $1`,
    [schema],
  );
  const [{ oldest = null, live, dead } = {}] = rows;
  return {
    oldest_transaction_seconds: oldest === null ? null : Math.round(Number(oldest)),
    live_rows: Number(live),
    dead_rows: Number(dead),
  };
}
