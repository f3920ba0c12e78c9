/**
 * A SQL database whose transactions are durable before their promise resolves: sql.js in memory, a journal with group
 * commit and snapshots on disk. Knows nothing of tasks.
 */

import type { Clock } from '../../core/clock';

export type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

/**
 * What a transaction or a read may do. Valid only during its callback, which must be synchronous and may run several times
 * over: what it changes besides the database must be the same after each run.
 */
export interface Reader {
  get(sql: string, ...params: SqlValue[]): Row | undefined;
  all(sql: string, ...params: SqlValue[]): Row[];
  /** Like `all`, but only the values of each row, in the order of its columns: for wide rows that are read often. */
  values(sql: string, ...params: SqlValue[]): SqlValue[][];
}

export interface Transaction extends Reader {
  /** Runs one statement and returns how many rows it changed. */
  run(sql: string, ...params: SqlValue[]): number;
  /** Calls back, in transaction order, once this transaction is on disk and before its promise resolves. */
  onDurable(callback: () => void): void;
  /**
   * Tells every process that shares the database, once this transaction is durable. Missing where only one has it open.
   * @param events how many events that is
   */
  announce?(said: unknown, events: number): void;
  /** What the calls before it have left, where several share a transaction on a server; missing elsewhere. */
  readonly shared?: SharedKnowledge;
}

/** What calls of one transaction know of the database, so that not each has to ask for it. */
export interface SharedKnowledge {
  /** What the last call has left that changed something. It may be read by several runs, and is not changed by any. */
  readonly known: unknown;
  /** Leaves it for later calls; without that, they start from what they read themselves if this one changes something. */
  leave(known: unknown): void;
}

export interface DatabaseSizes {
  database_bytes: number;
  journal_bytes: number;
  /** Milliseconds since 1970. */
  last_snapshot_at: number | null;
}

/** Files of lines that a backup takes along. */
export interface FilesToAttach {
  folder: string;
  names: readonly string[];
}

/** What is announced in the transactions of all processes, in order. */
export interface Announcements {
  /** Another number than before if the events are counted anew. */
  readonly epoch: number;
  /** How many events there had been when the database was opened. */
  readonly count: number;
  /** Passes on what is announced from now on; null: some of it is not known any more, and there have been `events`. */
  onAnnounced(listener: (said: unknown | null, events: number) => void): void;
  /** Calls back when the server cannot be reached any more, and when it can again. */
  onReachable(listener: (reachable: boolean) => void): void;
}

export interface Database {
  /** What was announced, here or by others; missing where only one process has the database open. */
  readonly announcements?: Announcements;
  /** Who uses the database of a server: the role that has logged in. */
  readonly person?: string;
  /** The clock that decides, where it is that of a server which several hosts share. */
  readonly clock?: Clock;
  /** The server that has it, without a password; undefined for files. */
  readonly place?: { url: string; schema: string };
  /**
   * Runs `work` in a transaction, serialised with all others, and resolves when it is on disk. A throw rolls it back
   * and rejects once everything it may have seen is on disk. Transactions that wait together share one sync.
   * @throws QueueError `storage_failed` if the change was certainly not kept, `outcome_unknown` if it may have been
   */
  write<T>(work: (transaction: Transaction) => T): Promise<T>;
  /** Runs `work` and resolves when everything it may have seen is on disk. */
  read<T>(work: (reader: Reader) => T): Promise<T>;
  /**
   * As `write`, for what no rule of the queue reads or depends on: it keeps no other transaction waiting, and may run beside
   * any. Missing where only one process has the database open.
   */
  aside?<T>(work: (transaction: Transaction) => T): Promise<T>;
  /** Calls back after memory was rebuilt from disk because a write failed: clear your caches. */
  onReset(listener: () => void): void;
  sizes(): DatabaseSizes;
  /** Writes one verified SQLite file, with these files in it, and resolves with its size in bytes. */
  backup(file: string, attach?: FilesToAttach): Promise<number>;
  /** Waits for calls in progress and closes the files. Later calls reject. */
  close(): Promise<void>;
}

/** A database that several processes, on several hosts, have open. */
export type SharedDatabase = Database & Required<Pick<Database, 'aside'>>;

export function isShared(db: Database): db is SharedDatabase {
  return db.aside !== undefined;
}
