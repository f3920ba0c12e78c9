/** The database of a queue that is on a PostgreSQL server; its driver is loaded only for such a queue. */

import { type DatabasePlace, databaseOf } from '../config/databasePlace';
import type { LocalQueueOptions } from '../store/localQueue';
import type { OpenQueueOptions } from './options';

type OpenDatabase = NonNullable<LocalQueueOptions['database']>;

/** Undefined for a queue in files of its own. What is against using the server is said when it is opened. */
export function serverDatabase(options: OpenQueueOptions): OpenDatabase | undefined {
  const { config, env = process.env } = options;
  try {
    const place = databaseOf(config.current(), env);
    return place === null ? undefined : (migrations) => openOn(place, migrations, { ...options, env });
  } catch (error) {
    // By then the folder has a queue, about which `sparkq trust` can be asked.
    return () => Promise.reject(error);
  }
}

async function openOn(
  place: DatabasePlace,
  migrations: Parameters<OpenDatabase>[0],
  { workspace, env, log, secret }: OpenQueueOptions,
): ReturnType<OpenDatabase> {
  const { PostgresDatabase } = await import('../postgres/postgresDatabase');
  return PostgresDatabase.open({
    ...place,
    folder: workspace,
    env,
    secret: secret && (() => secret(place)),
    migrations,
    log,
  });
}
