/** Program of the worker thread: builds one snapshot or backup, posts its size or the failure, and exits. */

import { parentPort, workerData } from 'node:worker_threads';
import { messageOf, stackOf } from '../../core/errors';
import { isErrno } from '../../system/errno';
import { nodeFiles } from './files';
import { buildSnapshot, type SnapshotOrder } from './snapshot';
import { loadSqlJs } from './sqlite';

/** What the thread is started with, and what it answers. */
export interface SnapshotWork {
  programs: string;
  order: SnapshotOrder;
}
export type SnapshotAnswer = { bytes: number } | { failure: string; stack: string; code: string | undefined };

async function work({ programs, order }: SnapshotWork): Promise<SnapshotAnswer> {
  try {
    return { bytes: await buildSnapshot(await loadSqlJs(programs), nodeFiles, order) };
  } catch (error) {
    return {
      failure: messageOf(error),
      stack: stackOf(error),
      code: isErrno(error) ? error.code : undefined,
    };
  }
}

void work(workerData as SnapshotWork).then((answer) => parentPort?.postMessage(answer));
