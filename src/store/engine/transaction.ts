/** What the callback of a write or a read works with. */

import type { Reader, Row, SqlValue, Transaction } from './database';
import type { Recorded } from './journal';
import type { Sqlite, Statement } from './sqlite';

export class SqliteReader implements Reader {
  private over = false;

  constructor(protected readonly sqlite: Sqlite) {}

  get(sql: string, ...params: SqlValue[]): Row | undefined {
    return this.sqlite.get(this.reading(sql), params);
  }

  all(sql: string, ...params: SqlValue[]): Row[] {
    return this.sqlite.all(this.reading(sql), params);
  }

  values(sql: string, ...params: SqlValue[]): SqlValue[][] {
    return this.sqlite.values(this.reading(sql), params);
  }

  /** Later calls throw. */
  end(): void {
    this.over = true;
  }

  protected statement(sql: string): Statement {
    if (this.over) throw new Error('The transaction has ended: its callback must not keep it.');
    return this.sqlite.prepare(sql);
  }

  private reading(sql: string): Statement {
    const statement = this.statement(sql);
    if (!statement.reads) throw new Error(`Only run() may change the database: ${sql}`);
    return statement;
  }
}

/** Records its changes. The savepoint begins with the first change, so a transaction without any costs nothing. */
export class SqliteTransaction extends SqliteReader implements Transaction {
  /** For the journal; empty when nothing was changed. */
  readonly recorded: Recorded = [];
  readonly callbacks: (() => void)[] = [];

  constructor(
    sqlite: Sqlite,
    private readonly begin: () => void,
  ) {
    super(sqlite);
  }

  run(sql: string, ...params: SqlValue[]): number {
    const statement = this.statement(sql);
    if (statement.reads) throw new Error(`run() is for changes, get() and all() are for reading: ${sql}`);
    for (const value of params) {
      // JSON, and therefore the journal, has no such number.
      if (typeof value === 'number' && !Number.isFinite(value))
        throw new Error(`${value} cannot be stored: ${sql}`);
    }
    if (this.recorded.length === 0) this.begin();
    const changed = this.sqlite.run(statement, params);
    if (changed > 0 || !statement.changesRows) this.recorded.push(statement, params);
    return changed;
  }

  onDurable(callback: () => void): void {
    this.callbacks.push(callback);
  }
}
