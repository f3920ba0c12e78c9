/** What is done to the files of a queue that nobody has open, under the owner lock. */

import type { Log } from '../core/log';
import { mergeArchive } from './archive/mergeArchive';
import { nodeFiles } from './engine/files';
import { type AcceptedLoss, acceptLoss as acceptLossOf } from './engine/lostChanges';
import { type Restored, restoreDatabase } from './engine/restore';
import { refuseOnServer } from './ownership/onServer';
import { underLock } from './ownership/underLock';
import { migrations } from './rows/schema';

interface Maintained {
  /** The storage folder. */
  storage: string;
  /** The folder with `sql-wasm.wasm`. */
  programs: string;
}

const newestSchema = migrations.at(-1)?.version ?? 0;

/** Milliseconds to wait for a process that only tried to open the queue. */
const patience = 2000;

/**
 * Replaces the queue with the backup `file`, keeps its former files, and adds the backup's history to the one there is.
 * @throws QueueError `conflict` while a process has the queue open; those of `restoreDatabase`
 */
export function restoreQueue({ storage, programs }: Maintained, file: string): Promise<Restored> {
  const inUse = { action: 'Restore', hint: 'Run sparkq stop first, or close the editor window' };
  return underLock(storage, 'restore', 0, inUse, async (generation) => {
    refuseOnServer(storage);
    return restoreDatabase({
      ...{ storage, file, programs, newestSchema, generation },
      takeAttached: (lines) => mergeArchive(nodeFiles, storage, generation, lines),
    });
  });
}

/**
 * Lets a queue open that lacks acknowledged changes; null if it lacks none that is known of.
 * @throws QueueError `conflict` while a process has the queue open; those of the same function in `engine/`
 */
export function acceptLoss({ storage, programs }: Maintained, log: Log): Promise<AcceptedLoss | null> {
  const inUse = {
    action: 'Accepting a loss',
    hint: 'A queue that can be opened lacks no change that is known of',
  };
  return underLock(storage, 'command', patience, inUse, () =>
    acceptLossOf({ storage, programs, newestSchema, log }),
  );
}
