/** Builds snapshots on a worker thread, so that the owner's event loop is not blocked. */

import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SnapshotOrder } from './snapshot';
import type { SnapshotAnswer, SnapshotWork } from './snapshotWorker';

/** Resolves with the size of the image in bytes; rejects when aborted. */
export type SnapshotBuilder = (order: SnapshotOrder, signal: AbortSignal) => Promise<number>;

/** A builder that runs `snapshotWorker.js` from the folder `programs` on a new thread for each snapshot. */
export function threadBuilder(programs: string): SnapshotBuilder {
  return (order, signal) =>
    new Promise((resolve, reject) => {
      const workerData: SnapshotWork = { programs, order };
      const worker = new Worker(path.resolve(programs, 'snapshotWorker.js'), { workerData });
      const abort = () => void worker.terminate();
      signal.addEventListener('abort', abort, { once: true });
      worker.once('message', (answer: SnapshotAnswer) => {
        if ('bytes' in answer) resolve(answer.bytes);
        else reject(Object.assign(new Error(answer.failure), { stack: answer.stack, code: answer.code }));
      });
      worker.once('error', reject);
      worker.once('exit', (code) => {
        signal.removeEventListener('abort', abort);
        reject(new Error(`the snapshot thread exited with code ${code} without an answer`));
      });
    });
}
