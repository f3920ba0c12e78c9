/** The database of a queue that is on a PostgreSQL server; its driver is loaded only for such a queue. */

import { rmSync } from 'node:fs';
import path from 'node:path';
import { type DatabasePlace, databaseOf } from '../config/databasePlace';
import { databaseVariable } from '../config/databaseUrl';
import { isBroken } from '../core/config';
import { QueueError } from '../core/errors';
import type { LocalQueueOptions } from '../store/localQueue';
import { readJson, replaceFile } from '../system/wholeFiles';
import type { OpenQueueOptions } from './options';

/** In a storage folder: the server that had the queue the last time, so that nobody falls back to files unaware. */
const lastServerName = 'last-server.json';

type OpenDatabase = NonNullable<LocalQueueOptions['database']>;

/** Undefined for a queue in files of its own. What is against using the server is said when it is opened. */
export function serverDatabase(options: OpenQueueOptions): OpenDatabase | undefined {
  const { config, storage, log, env = process.env } = options;
  try {
    const place = databaseOf(config.current(), env);
    if (place !== null) return (migrations) => openOn(place, migrations, { ...options, env });
    const last = lastServer(storage);
    if (last === null) return undefined;
    if (isBroken(config.diagnostics())) throw unknownPlace(last);
    log.warn(leftServer(last));
    forgetLastServer(storage);
    return undefined;
  } catch (error) {
    // By then the folder has a queue, about which `sparkq trust` can be asked.
    return () => Promise.reject(error);
  }
}

async function openOn(
  place: DatabasePlace,
  migrations: Parameters<OpenDatabase>[0],
  { storage, workspace, env, log, secret }: OpenQueueOptions,
): ReturnType<OpenDatabase> {
  const { PostgresDatabase } = await import('../postgres/postgresDatabase');
  const database = await PostgresDatabase.open({
    ...place,
    folder: workspace,
    env,
    secret: secret && (() => secret(place)),
    migrations,
    log,
  });
  if (lastServer(storage) !== place.shown)
    replaceFile(path.join(storage, lastServerName), `${JSON.stringify({ url: place.shown })}\n`);
  return database;
}

/** Null where the last time the queue was in files. */
function lastServer(storage: string): string | null {
  const { url } = readJson<{ url?: unknown }>(path.join(storage, lastServerName)) ?? {};
  return typeof url === 'string' ? url : null;
}

/** The queue is meant to be in files from now on. */
export function forgetLastServer(storage: string): void {
  rmSync(path.join(storage, lastServerName), { force: true });
}

function leftServer(url: string): string {
  return `The queue of this folder was on ${url} the last time. Nothing names a server now (database.url in sparkq.yml, ${databaseVariable}), so this is the one in its own files.`;
}

function unknownPlace(url: string): QueueError {
  return new QueueError(
    'forbidden',
    `sparkq.yml cannot be read, so it is not known whether the queue is still on ${url}`,
    'Correct the file: sparkq doctor names the line.',
  );
}
