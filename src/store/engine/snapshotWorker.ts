/** Program of the worker thread that builds one snapshot or backup; its size is the answer. */

import { nodeFiles } from './files';
import { buildSnapshot, type SnapshotOrder } from './snapshot';
import { loadSqlJs } from './sqlite';
import { answerOrder } from './thread';

/** What the thread is started with. */
export interface SnapshotWork {
  programs: string;
  order: SnapshotOrder;
}

void answerOrder<SnapshotWork, number>(async ({ programs, order }) =>
  buildSnapshot(await loadSqlJs(programs), nodeFiles, order),
);
