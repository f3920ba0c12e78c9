/** Builds snapshots on a worker thread. */

import type { SnapshotOrder } from './snapshot';
import type { SnapshotWork } from './snapshotWorker';
import { onThread } from './thread';

/** Resolves with the size of the image in bytes; rejects when aborted. */
export type SnapshotBuilder = (order: SnapshotOrder, signal: AbortSignal) => Promise<number>;

/** A builder that runs `snapshotWorker.js` from the folder `programs` on a new thread for each snapshot. */
export function threadBuilder(programs: string): SnapshotBuilder {
  return (order, signal) =>
    onThread<SnapshotWork, number>('snapshotWorker.js', programs, { programs, order }, signal);
}
