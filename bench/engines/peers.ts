/** The peers that run in this process, each on its own way to the disk. */

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import initSqlJs from 'sql.js';
import type { EngineKind } from '../engine';
import { type Driver, SqlEngine, type Value } from './sqlEngine';

/** Of the peers' own package, see bench/package.json. */
export const peerRequire = createRequire(path.resolve('bench/package.json'));

interface SyncStatement {
  run(...params: Value[]): { changes: number | bigint };
  get(...params: Value[]): unknown;
}

/** What better-sqlite3 and node:sqlite have in common. */
interface SyncDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SyncStatement;
  close(): void;
}

class SyncDriver implements Driver {
  private readonly statements = new Map<string, SyncStatement>();

  constructor(
    private readonly database: SyncDatabase,
    synchronous: 'FULL' | 'NORMAL',
  ) {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON`);
  }

  script(sql: string): void {
    if (sql.startsWith('BEGIN') || sql === 'COMMIT') this.prepare(sql).run();
    else this.database.exec(sql);
  }

  run(sql: string, params: Value[]): number {
    return Number(this.prepare(sql).run(...params).changes);
  }

  get(sql: string, params: Value[]): Record<string, unknown> | undefined {
    return this.prepare(sql).get(...params) as Record<string, unknown> | undefined;
  }

  close(): void {
    this.database.close();
  }

  private prepare(sql: string): SyncStatement {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.database.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

const durable = 'on the disk (WAL, synchronous FULL)';
const notDurable = 'in the WAL file, lost at a power cut (synchronous NORMAL)';

function syncKind(
  name: string,
  synchronous: 'FULL' | 'NORMAL',
  open: (file: string) => SyncDatabase,
): EngineKind {
  return {
    name: `${name} WAL ${synchronous}`,
    promise: synchronous === 'FULL' ? durable : notDurable,
    synchronous: true,
    open: async (folder, history) =>
      new SqlEngine(new SyncDriver(open(path.join(folder, 'queue.db')), synchronous), history),
  };
}

const openBetterSqlite3 = (file: string): SyncDatabase => {
  const Database = peerRequire('better-sqlite3') as new (file: string) => SyncDatabase;
  return new Database(file);
};

const openNodeSqlite = (file: string): SyncDatabase => {
  const { DatabaseSync } = peerRequire('node:sqlite') as { DatabaseSync: new (file: string) => SyncDatabase };
  return new DatabaseSync(file);
};

/** node-sqlite3-wasm takes parameters as a list and has no get() without copying names: wrapped to look alike. */
const openNodeSqliteWasm = (file: string): SyncDatabase => {
  interface WasmStatement {
    run(params?: Value[]): { changes: number };
    get(params?: Value[]): unknown;
    finalize(): void;
  }
  interface WasmDatabase {
    exec(sql: string): void;
    prepare(sql: string): WasmStatement;
    close(): void;
  }
  const { Database } = peerRequire('node-sqlite3-wasm') as { Database: new (file: string) => WasmDatabase };
  const database = new Database(file);
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  const open: WasmStatement[] = [];
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql);
      open.push(statement);
      return {
        run: (...params) => statement.run(params),
        get: (...params) => statement.get(params) ?? undefined,
      };
    },
    close() {
      for (const statement of open) statement.finalize();
      database.close();
    },
  };
};

export const betterSqlite3Full = syncKind('better-sqlite3', 'FULL', openBetterSqlite3);
export const betterSqlite3Normal = syncKind('better-sqlite3', 'NORMAL', openBetterSqlite3);
export const nodeSqliteFull = syncKind('node:sqlite', 'FULL', openNodeSqlite);
export const nodeSqliteWasmFull = syncKind('node-sqlite3-wasm', 'FULL', openNodeSqliteWasm);

class SqlJsDriver implements Driver {
  private readonly statements = new Map<string, initSqlJs.Statement>();

  constructor(
    private readonly database: initSqlJs.Database,
    /** Writes the whole database after each change; undefined: nothing is kept. */
    private readonly file: string | undefined,
  ) {
    database.run(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON',
    );
  }

  script(sql: string): void {
    if (sql.startsWith('BEGIN') || sql === 'COMMIT') this.prepare(sql).run();
    else this.database.exec(sql);
  }

  run(sql: string, params: Value[]): number {
    this.prepare(sql).run(params);
    return this.database.getRowsModified();
  }

  get(sql: string, params: Value[]): Record<string, unknown> | undefined {
    const statement = this.prepare(sql);
    statement.bind(params);
    const row = statement.step() ? statement.getAsObject() : undefined;
    statement.reset();
    return row;
  }

  persist(): void {
    if (this.file === undefined) return;
    const image = this.database.export();
    const next = `${this.file}.next`;
    const descriptor = fs.openSync(next, 'w');
    fs.writeSync(descriptor, image);
    fs.fsyncSync(descriptor);
    fs.closeSync(descriptor);
    fs.renameSync(next, this.file);
    const folder = fs.openSync(path.dirname(this.file), 'r');
    fs.fsyncSync(folder);
    fs.closeSync(folder);
  }

  close(): void {
    this.database.close();
  }

  private prepare(sql: string): initSqlJs.Statement {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.database.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}

const openSqlJs = async (): Promise<initSqlJs.Database> => {
  const { Database } = await initSqlJs({
    wasmBinary: new Uint8Array(fs.readFileSync('dist/sql-wasm.wasm')).buffer,
  });
  return new Database();
};

export const sqlJsMemory: EngineKind = {
  name: 'sql.js in memory',
  promise: 'nothing: gone with the process',
  synchronous: true,
  open: async (_folder, history) => new SqlEngine(new SqlJsDriver(await openSqlJs(), undefined), history),
};

export const sqlJsExport: EngineKind = {
  name: 'sql.js, export after each change',
  promise: 'on the disk (whole image written, synced, renamed)',
  synchronous: true,
  longestHistory: 10_000,
  open: async (folder, history) =>
    new SqlEngine(new SqlJsDriver(await openSqlJs(), path.join(folder, 'queue.db')), history),
};
