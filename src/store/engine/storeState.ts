/** What an open store knows of its files and its memory. */

import type { StorePosition } from './fileNames';
import type { Journal } from './journal';
import type { Sqlite } from './sqlite';

/** The state of an open store; the database changes it as it goes. */
export interface StoreState {
  sqlite: Sqlite;
  schema: number;
  /** Of the last frame on disk. */
  sequence: number;
  /** Of the current journal, or of the next one. */
  position: StorePosition;
  /** Undefined until there is something to write. */
  journal: Journal | undefined;
  /** Of the sealed journals since the snapshot. */
  journalBytes: number;
  journals: number;
  snapshotBytes: number;
  /** Milliseconds since 1970. */
  snapshotAt: number;
}

/** Bytes of the journals since the last snapshot. */
export function journalBytes({ journal, journalBytes: sealed }: StoreState): number {
  return sealed + (journal?.length ?? 0);
}
