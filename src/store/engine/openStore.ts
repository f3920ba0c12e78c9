/** Opening the files as their owner: recovers them, puts damaged bytes aside, and migrates. */

import type initSqlJs from 'sql.js';
import { QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import { comparePositions, type StorePosition, sortNames } from './fileNames';
import type { Files } from './files';
import { Journal } from './journal';
import { findLoss, LostChangesError } from './lostChanges';
import { type Migration, migrate } from './migrations';
import { DamagedFileError, type Recovered, recover } from './recovery';
import { keepDamaged, setAside } from './setAside';
import { removeOldFiles } from './snapshot';
import { notOpened } from './storeErrors';
import type { StoreState } from './storeState';

export interface OpenStoreOptions {
  sqlJs: initSqlJs.SqlJsStatic;
  files: Files;
  folder: string;
  generation: number;
  /** The database is to last, and gives back its free pages. */
  lasting: boolean;
  migrations: readonly Migration[];
  log: Log;
}

/**
 * @throws DamagedFileError, LostChangesError after putting a copy of the damaged file aside
 * @throws QueueError `upgrade_required` for files of a newer program, `conflict` for those of a later owner,
 *   `storage_failed` for what the disk refuses
 */
export async function openStore(options: OpenStoreOptions): Promise<StoreState> {
  try {
    await options.files.makeFolder(options.folder);
    const position = await nextPosition(options);
    const recovered = await recoverAll(options);
    try {
      return await settle(options, recovered, position);
    } catch (error) {
      recovered.sqlite.close();
      throw error;
    }
  } catch (error) {
    throw QueueError.is(error) ? error : notOpened(options.folder, error);
  }
}

async function recoverAll(options: OpenStoreOptions): Promise<Recovered> {
  const { sqlJs, files, folder, lasting, migrations, log } = options;
  try {
    const newestSchema = migrations.at(-1)?.version ?? 0;
    const recovered = await recover({ sqlJs, files, folder, lasting, newestSchema });
    const loss = await findLoss(files, folder, recovered);
    if (loss === undefined) return recovered;
    recovered.sqlite.close();
    throw loss;
  } catch (error) {
    if (error instanceof DamagedFileError || error instanceof LostChangesError)
      await keepDamaged(files, log, error);
    throw error;
  }
}

async function nextPosition({ files, folder, generation }: OpenStoreOptions): Promise<StorePosition> {
  const { snapshots, journals, markers } = sortNames(await files.readFolder(folder));
  const newest = [...snapshots, ...journals, ...markers].sort(comparePositions).at(-1);
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
  position: StorePosition,
): Promise<StoreState> {
  const { files, folder, migrations, log } = options;
  for (const { file, offset, bytes } of recovered.torn) {
    const copy = await setAside(files, log, file, offset, bytes);
    log.warn(
      `${file} ends with an incomplete frame at byte ${offset}. It was never acknowledged and is ignored` +
        `${copy === undefined ? '' : `; a copy is in ${copy}`}.`,
    );
  }
  const { sqlite } = recovered;
  const state: StoreState = {
    sqlite,
    schema: sqlite.pragma('user_version'),
    sequence: recovered.sequence,
    position,
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
    await removeOldFiles(files, folder, recovered.snapshot.position);
  }
  return state;
}

/**
 * The last frame of a journal that was not closed may exist only in the page cache, and every answer from now on may
 * depend on it: it is written again, as the first frame of our own journal.
 */
async function makeCertain(
  { files, folder, log }: OpenStoreOptions,
  state: StoreState,
  last: Recovered['last'],
): Promise<void> {
  const journal = await Journal.create(files, folder, state.position, state.schema, log);
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
