/** Rebuilds the memory of an open store from disk after a write has failed. */

import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import { type RecoveryOptions, recover } from './recovery';
import { removeOldFiles, writeSnapshot } from './snapshot';
import type { StoreState } from './storeState';

/**
 * Abandons the journal, reads what is certainly on disk, and writes it as the snapshot at a new position, so that
 * whatever the failed journal holds beyond it no longer counts. A throw leaves `state` with its old memory.
 * @param now wall-clock milliseconds
 */
export async function reload(
  options: Omit<RecoveryOptions, 'upTo'> & { log: Log },
  state: StoreState,
  now: number,
): Promise<void> {
  const { log, ...recovery } = options;
  const { files, folder } = recovery;
  const failed = state.journal;
  state.journal = undefined;
  await failed?.abandon().catch((error) => log.warn(`${failed.file} did not close: ${messageOf(error)}`));
  const { sqlite } = await recover({ ...recovery, upTo: state.sequence });
  state.position = { ...state.position, number: state.position.number + 1 };
  try {
    state.snapshotBytes = await writeSnapshot(files, folder, state.position, sqlite, state.sequence);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  state.sqlite.close();
  state.sqlite = sqlite;
  state.snapshotAt = now;
  state.journalBytes = 0;
  state.journals = 0;
  await removeOldFiles(files, folder, state.position).catch((error) =>
    log.warn(`Old files in ${folder} remain until the next snapshot: ${messageOf(error)}`),
  );
}
