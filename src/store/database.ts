/**
 * A SQL database whose transactions are durable before their promise resolves: sql.js in memory, a journal with group
 * commit and snapshots on disk. Knows nothing of tasks.
 */

export type SqlValue = string | number | null;
export type Row = Record<string, SqlValue>;

/** What a transaction or a read may do; only valid during its callback, which must be synchronous. */
export interface Reader {
  get(sql: string, ...params: SqlValue[]): Row | undefined;
  all(sql: string, ...params: SqlValue[]): Row[];
}

export interface Transaction extends Reader {
  /** Runs one statement and returns how many rows it changed. */
  run(sql: string, ...params: SqlValue[]): number;
}
