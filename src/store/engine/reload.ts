/** Makes the memory of an open store again from the disk, after a write has failed. */

import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import { type RecoveryOptions, recover } from './recovery';
import { removeOldFiles, writeSnapshot } from './snapshot';
import type { StoreState } from './storeState';

/**
 * Gives up the journal, reads what is certainly on the disk, and writes it as the snapshot of a new position, with which
 * whatever the failed journal holds beyond it counts no more. A throw leaves `state` with its old memory.
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
    log.warn(`Old files of ${folder} remain until the next snapshot: ${messageOf(error)}`),
  );
}
