/**
 * sql.js as the store uses it: loaded once from a given folder, tuned for a database in memory, with cached prepared
 * statements.
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import initSqlJs from 'sql.js';
import { finds, isOfScript } from '../../core/textSearch';
import type { Row, SqlValue } from './database';
import { inPlace, openInMemory } from './memoryDatabase';

type SqlJs = initSqlJs.SqlJsStatic;

/** More than the queue has; beyond this, statements vary per call, and the oldest is dropped. */
const statementLimit = 512;

const readingText = /^\s*(?:select|values|explain|with|pragma\s+\w+\s*;?\s*$)\b/i;
/** What may follow `WITH`. */
const changingPart =
  /\b(?:insert\s+(?:or\s+\w+\s+)?into|replace\s+into|update\s[^;]+?\sset|delete\s+from)\b/i;
const changingText = /^\s*(?:insert|update|delete|replace)\b/i;

const loaded = new Map<string, Promise<SqlJs>>();

/** Loads sql.js with the `sql-wasm.wasm` of the folder `programs`; once per process and folder. */
export function loadSqlJs(programs: string): Promise<SqlJs> {
  let loading = loaded.get(programs);
  if (loading === undefined) {
    loading = readFile(path.join(programs, 'sql-wasm.wasm')).then((bytes) => {
      // A plain copy: readFile may return a view into a pool.
      const wasmBinary = new Uint8Array(bytes).buffer;
      return initSqlJs({ wasmBinary });
    });
    loaded.set(programs, loading);
    loading.catch(() => loaded.delete(programs));
  }
  return loading;
}

/** Text at least this long is bound as bytes: sql.js copies text character by character, 10 ms for 1 MB. */
const longText = 64;

/** A prepared statement. */
export class Statement {
  readonly columns: readonly string[];
  /** It only reads. */
  readonly reads: boolean;
  /** It only changes rows, so a count of 0 means that it did nothing. */
  readonly changesRows: boolean;
  /** Its number in the journal of that id; kept by the journal. */
  journal = -1;
  number = -1;
  private readonly usual: initSqlJs.Statement;
  /** By which of its parameters are bound as bytes. */
  private readonly others = new Map<string, initSqlJs.Statement>();

  constructor(
    readonly sql: string,
    private readonly database: initSqlJs.Database,
  ) {
    this.usual = database.prepare(planned(sql));
    this.columns = this.usual.getColumnNames();
    this.reads = readingText.test(sql) && !changingPart.test(sql);
    this.changesRows = changingText.test(sql);
  }

  /** Binds the parameters; the caller steps the returned statement and then resets it. */
  bind(params: readonly SqlValue[]): initSqlJs.Statement {
    if (params.length === 0) return this.usual;
    if (!params.some(isLong)) {
      this.usual.bind(params as SqlValue[]);
      return this.usual;
    }
    const handle = this.takingBytes(params.map(isLong));
    handle.bind(params.map((value) => (isLong(value) ? Buffer.from(value) : value)));
    return handle;
  }

  free(): void {
    this.usual.free();
    for (const handle of this.others.values()) handle.free();
  }

  private takingBytes(which: readonly boolean[]): initSqlJs.Statement {
    const key = which.join();
    let handle = this.others.get(key);
    if (handle === undefined) {
      handle = this.database.prepare(planned(this.sql, which));
      this.others.set(key, handle);
    }
    return handle;
  }
}

/** One database in memory, with the SQL functions `finds` and `is_of_script` of core/textSearch.ts. Everything is synchronous. */
export class Sqlite {
  private readonly statements = new Map<string, Statement>();

  private constructor(private readonly database: initSqlJs.Database) {}

  /** Opens a copy of a database image, page for page, or an empty database. */
  static open(sqlJs: SqlJs, image?: Uint8Array): Sqlite {
    // sql.js would keep a Buffer and write into it later; it copies a Uint8Array.
    const bytes = image && new Uint8Array(image.buffer, image.byteOffset, image.byteLength);
    return Sqlite.tuned(new sqlJs.Database(bytes));
  }

  /** Opens a database image without a copy: its bytes belong to the database from now on. */
  static openInPlace(sqlJs: SqlJs, image: Uint8Array): Sqlite {
    return Sqlite.tuned(new sqlJs.Database(inPlace(image)));
  }

  /**
   * Opens a database that gives back its free pages, with the content of an image. That takes four times as long as a
   * copy, so it is for those who stay.
   */
  static openLasting(sqlJs: SqlJs, image?: Uint8Array): Sqlite {
    return Sqlite.tuned(openInMemory(sqlJs, image));
  }

  private static tuned(database: initSqlJs.Database): Sqlite {
    const sqlite = new Sqlite(database);
    // For reading only: the journal replays changes, and a later program may find differently.
    sqlite.database.create_function('finds', (wanted: string, json: string, texts: string) =>
      finds(wanted, json, texts) ? 1 : 0,
    );
    sqlite.database.create_function('is_of_script', (wanted: string, payload: string) =>
      isOfScript(wanted, payload) ? 1 : 0,
    );
    // The journal takes care of the disk: without these, a write in memory takes four to six times as long. Pages can be
    // given back where the first of them says so, before there is a table.
    sqlite.execute(
      `PRAGMA auto_vacuum = INCREMENTAL; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;
       PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA foreign_keys = ON;`,
    );
    return sqlite;
  }

  /** Runs statements and ignores their results. Drops prepared statements, since their columns may change. */
  execute(sql: string): void {
    this.database.exec(sql);
    for (const statement of this.statements.values()) statement.free();
    this.statements.clear();
  }

  prepare(sql: string): Statement {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    if (this.statements.size >= statementLimit) this.dropOldest();
    const statement = new Statement(sql, this.database);
    this.statements.set(sql, statement);
    return statement;
  }

  /** Runs a statement and returns how many rows it changed. */
  run(statement: Statement, params: SqlValue[]): number {
    const handle = statement.bind(params);
    try {
      handle.step();
    } finally {
      handle.reset();
    }
    return this.database.getRowsModified();
  }

  get(statement: Statement, params: SqlValue[]): Row | undefined {
    const handle = statement.bind(params);
    try {
      return handle.step() ? rowOf(statement, valuesOf(handle)) : undefined;
    } finally {
      handle.reset();
    }
  }

  all(statement: Statement, params: SqlValue[]): Row[] {
    return this.values(statement, params).map((values) => rowOf(statement, values));
  }

  /** The values of each row, in the order of the columns. */
  values(statement: Statement, params: SqlValue[]): SqlValue[][] {
    const handle = statement.bind(params);
    try {
      const rows: SqlValue[][] = [];
      while (handle.step()) rows.push(valuesOf(handle));
      return rows;
    } finally {
      handle.reset();
    }
  }

  /** Runs a statement that has bytes among its values, as none of the journal has. */
  runWithBytes(sql: string, params: readonly (SqlValue | Uint8Array)[]): void {
    this.database.run(sql, [...params]);
  }

  /** The bytes that a statement selects. */
  bytes(sql: string, params: SqlValue[]): Uint8Array {
    const [row] = this.values(this.prepare(sql), params) as unknown as Uint8Array[][];
    return row?.[0] ?? new Uint8Array();
  }

  /** The value of a numeric pragma, such as `user_version`. */
  pragma(name: string): number {
    return Number(this.database.exec(`PRAGMA ${name}`)[0]?.values[0]?.[0] ?? 0);
  }

  /** Size of the database and of the pages in it that hold nothing. Bytes. */
  sizes(): { all: number; free: number } {
    const page = this.number('PRAGMA page_size');
    return {
      all: this.number('PRAGMA page_count') * page,
      free: this.number('PRAGMA freelist_count') * page,
    };
  }

  /** Gives back pages that hold nothing, until there are none or `until` (by performance.now()). */
  giveBack(until: number): void {
    const handle = this.prepare('PRAGMA incremental_vacuum').bind([]);
    try {
      // Each step is a page.
      while (handle.step() && performance.now() < until);
    } finally {
      handle.reset();
    }
  }

  /** Gives back all pages that hold nothing. */
  compact(): void {
    // Older programs made databases that cannot give back single pages: those are rewritten, once.
    if (this.pragma('auto_vacuum') === 0) this.execute('PRAGMA auto_vacuum = INCREMENTAL; VACUUM');
    else this.giveBack(Number.POSITIVE_INFINITY);
  }

  /** The result of `PRAGMA integrity_check`: `ok`, or what is wrong. */
  check(): string {
    const rows = this.database.exec('PRAGMA integrity_check')[0]?.values ?? [];
    return rows.map((row) => String(row[0])).join('; ');
  }

  /** The database as the bytes of a file. Throws inside a transaction. */
  image(): Uint8Array {
    return this.database.export();
  }

  close(): void {
    this.database.close();
    this.statements.clear();
  }

  private number(sql: string): number {
    return Number(this.values(this.prepare(sql), [])[0]?.[0]);
  }

  private dropOldest(): void {
    for (const [sql, statement] of this.statements) {
      statement.free();
      this.statements.delete(sql);
      return;
    }
  }
}

function isLong(value: SqlValue): value is string {
  return typeof value === 'string' && value.length >= longText;
}

/**
 * The text as it is prepared. If the planner has looked at a parameter, as it does for partial indexes and joins, SQLite
 * plans the statement again whenever that is bound, which takes ten times as long as an index lookup. The plus hides
 * the parameter and changes nothing else: it keeps value and affinity.
 * @param bytes which of its parameters are texts bound as UTF-8
 */
function planned(sql: string, bytes: readonly boolean[] = []): string {
  let largest = 0;
  return sql.replace(/'[^']*'|\?(\d*)/g, (part: string, digits?: string) => {
    if (digits === undefined) return part;
    const number = digits === '' ? largest + 1 : Number(digits);
    largest = Math.max(largest, number);
    return bytes[number - 1] ? `CAST(${part} AS TEXT)` : `+${part}`;
  });
}

function valuesOf(handle: initSqlJs.Statement): SqlValue[] {
  // Blobs are not used, so a value is text, number or null.
  return handle.get() as SqlValue[];
}

function rowOf({ columns }: Statement, values: SqlValue[]): Row {
  const row: Row = {};
  for (let index = 0; index < columns.length; index++) {
    row[columns[index] as string] = values[index] as SqlValue;
  }
  return row;
}
