/** Opening the files as their owner: recovers, puts damaged bytes aside, migrates, and makes way for a journal. */

import path from 'node:path';
import type initSqlJs from 'sql.js';
import { QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import { comparePositions, journalName, type StorePosition, snapshotName, sortNames } from './fileNames';
import { type Files, unlinkIfPresent } from './files';
import { Journal } from './journal';
import { DamagedFileError, type Recovered, recover } from './recovery';
import { setAside } from './setAside';
import { writeSnapshot } from './snapshot';
import { applicationId } from './snapshotFile';
import type { Sqlite } from './sqlite';
import { notOpened } from './storeErrors';

/** Takes a database from `version - 1` to `version`. */
export interface Migration {
  version: number;
  sql: string;
}

export interface OpenStoreOptions {
  sqlJs: initSqlJs.SqlJsStatic;
  files: Files;
  folder: string;
  generation: number;
  migrations: readonly Migration[];
  log: Log;
}

/** Where an open store stands; the database changes it as it goes. */
export interface StoreState {
  sqlite: Sqlite;
  schema: number;
  /** Of the last frame on the disk. */
  sequence: number;
  /** Where the present or next journal belongs. */
  place: StorePosition;
  /** Undefined until there is something to write. */
  journal: Journal | undefined;
  /** Of the sealed journals since the snapshot. */
  journalBytes: number;
  journals: number;
  snapshotBytes: number;
  /** Milliseconds since 1970. */
  snapshotAt: number;
}

/**
 * @throws DamagedFileError after putting a copy of the damaged file aside
 * @throws QueueError `upgrade_required` for files of a newer program, `conflict` for those of a later owner,
 *   `storage_failed` for what the disk refuses
 */
export async function openStore(options: OpenStoreOptions): Promise<StoreState> {
  try {
    await options.files.makeFolder(options.folder);
    const place = await nextPlace(options);
    const recovered = await recoverAll(options);
    try {
      return await settle(options, recovered, place);
    } catch (error) {
      recovered.sqlite.close();
      throw error;
    }
  } catch (error) {
    throw QueueError.is(error) ? error : notOpened(options.folder, error);
  }
}

async function recoverAll({ sqlJs, files, folder, migrations, log }: OpenStoreOptions): Promise<Recovered> {
  try {
    return await recover({ sqlJs, files, folder, newestSchema: migrations.at(-1)?.version ?? 0 });
  } catch (error) {
    if (error instanceof DamagedFileError) await keepDamaged(files, log, error);
    throw error;
  }
}

/** Removes what no recovery needs any more: all before `place`, whose snapshot is on the disk, and half-made files. */
export async function removeOldFiles(files: Files, folder: string, place: StorePosition): Promise<void> {
  const { snapshots, journals, litter } = sortNames(await files.readFolder(folder));
  const old = [
    ...journals.filter((one) => comparePositions(one, place) < 0).map(journalName),
    ...snapshots.filter((one) => comparePositions(one, place) < 0).map(snapshotName),
    ...litter,
  ];
  for (const name of old) await unlinkIfPresent(files, path.join(folder, name));
}

async function nextPlace({ files, folder, generation }: OpenStoreOptions): Promise<StorePosition> {
  const { snapshots, journals } = sortNames(await files.readFolder(folder));
  const newest = [...snapshots, ...journals].sort(comparePositions).at(-1);
  if (newest === undefined || newest.generation < generation) return { generation, number: 0 };
  if (newest.generation > generation) {
    throw new QueueError(
      'conflict',
      `The files of ${folder} belong to a later owner (${newest.generation}).`,
    );
  }
  return { generation, number: newest.number + 1 };
}

async function settle(
  options: OpenStoreOptions,
  recovered: Recovered,
  place: StorePosition,
): Promise<StoreState> {
  const { files, folder, migrations, log } = options;
  for (const { file, offset, bytes } of recovered.torn) {
    const copy = await setAside(files, log, file, offset, bytes);
    log.warn(
      `${file} ends in a frame that is not whole, at byte ${offset}. It was never answered and is left out` +
        `${copy === undefined ? '' : `; a copy is in ${copy}`}.`,
    );
  }
  const { sqlite } = recovered;
  const state: StoreState = {
    sqlite,
    schema: sqlite.pragma('user_version'),
    sequence: recovered.sequence,
    place,
    journal: undefined,
    journalBytes: recovered.journalBytes,
    journals: recovered.journals,
    snapshotBytes: recovered.snapshot?.bytes ?? 0,
    snapshotAt: recovered.snapshot?.writtenAt ?? 0,
  };
  const missing = migrations.filter(({ version }) => version > state.schema);
  if (recovered.snapshot === null || missing.length > 0) {
    await migrate(options, state, missing, recovered.snapshot === null);
  } else {
    if (!recovered.closed) await makeCertain(options, state, recovered.last);
    await removeOldFiles(files, folder, recovered.snapshot.place);
  }
  return state;
}

/**
 * The last frame of a journal that was not closed may be in the page cache only, and whoever is answered from now on
 * may have seen it: it is written again, first thing in a journal of our own.
 */
async function makeCertain(
  { files, folder }: OpenStoreOptions,
  state: StoreState,
  last: Recovered['last'],
): Promise<void> {
  const journal = await Journal.create(files, folder, state.place, state.schema);
  const sequence = last?.sequence ?? state.sequence + 1;
  try {
    await journal.append(sequence, last?.transactions ?? []);
  } catch (error) {
    await journal.abandon();
    throw error;
  }
  state.journal = journal;
  state.sequence = sequence;
}

/** Migrates in memory and writes the result as a snapshot: no record is ever run against another schema. */
async function migrate(
  { files, folder, log }: OpenStoreOptions,
  state: StoreState,
  missing: readonly Migration[],
  fresh: boolean,
): Promise<void> {
  const { sqlite } = state;
  if (fresh) sqlite.execute(`PRAGMA application_id = ${applicationId}`);
  for (const { version, sql } of missing) {
    sqlite.execute(`BEGIN; ${sql}; PRAGMA user_version = ${version}; COMMIT;`);
    if (!fresh) log.info(`The queue in ${folder} was brought to schema ${version}.`);
    state.schema = version;
  }
  state.snapshotBytes = await writeSnapshot(files, folder, state.place, sqlite, state.sequence);
  state.snapshotAt = (await files.stat(path.join(folder, snapshotName(state.place))))?.modifiedAt ?? 0;
  state.journalBytes = 0;
  state.journals = 0;
  await removeOldFiles(files, folder, state.place);
}

async function keepDamaged(files: Files, log: Log, error: DamagedFileError): Promise<void> {
  const { file } = error;
  const copy = await files.readFile(file).then(
    (bytes) => setAside(files, log, file, 0, bytes),
    (reason) => {
      log.error(`A copy of ${file} could not be put aside`, reason);
      return undefined;
    },
  );
  log.error(`${error.message}${copy === undefined ? '' : ` A copy is in ${copy}.`}`);
}
