/** Bringing a database to the schema of this program. */

import path from 'node:path';
import type { Log } from '../../core/log';
import { snapshotName } from './fileNames';
import type { Files } from './files';
import { removeOldFiles, writeSnapshot } from './snapshot';
import { applicationId } from './snapshotFile';
import type { Sqlite } from './sqlite';
import type { StoreState } from './storeState';

/** Takes a database from `version - 1` to `version`. */
export interface Migration {
  version: number;
  sql: string;
  /** Converts rows as SQL cannot, after `sql`. */
  convert?(sqlite: Sqlite): void;
  /**
   * On a server, where hosts have programs of several ages: the last migration that a program must know to go on with the
   * queue once this one has run. Itself, unless said otherwise.
   */
  needs?: number;
}

/** Runs migrations in memory. @param fresh the database has just been created */
export function runMigrations(sqlite: Sqlite, missing: readonly Migration[], fresh: boolean): void {
  if (fresh) sqlite.execute(`PRAGMA application_id = ${applicationId}`);
  for (const { version, sql, convert } of missing) {
    sqlite.execute(`BEGIN; ${sql};`);
    convert?.(sqlite);
    sqlite.execute(`PRAGMA user_version = ${version}; COMMIT;`);
  }
}

/**
 * Runs the migrations that are missing in memory, then writes the result as a snapshot: no record is ever replayed
 * against another schema.
 * @param fresh the database has just been created
 */
export async function migrate(
  { files, folder, log }: { files: Files; folder: string; log: Log },
  state: StoreState,
  missing: readonly Migration[],
  fresh: boolean,
): Promise<void> {
  const { sqlite } = state;
  runMigrations(sqlite, missing, fresh);
  for (const { version } of missing) {
    if (!fresh) log.info(`The queue in ${folder} was migrated to schema ${version}.`);
    state.schema = version;
  }
  state.snapshotBytes = await writeSnapshot(files, folder, state.position, sqlite, state.sequence);
  state.snapshotAt = (await files.stat(path.join(folder, snapshotName(state.position))))?.modifiedAt ?? 0;
  state.journalBytes = 0;
  state.journals = 0;
  await removeOldFiles(files, folder, state.position);
}
