import { systemClock } from '../../src/core/clock';
import { type Log, silentLog } from '../../src/core/log';
import { DurableDatabase, type DurableDatabaseOptions } from '../../src/store/engine/durableDatabase';

export const itemMigrations = [
  { version: 1, sql: 'CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)' },
];

/** Opens a database of one table, `item`, as the owner of a generation. */
export function openDatabase(
  folder: string,
  options: Partial<DurableDatabaseOptions> = {},
): Promise<DurableDatabase> {
  return DurableDatabase.open({
    folder,
    programs: 'dist',
    generation: 1,
    ownerStillUs: () => true,
    log: silentLog,
    clock: systemClock,
    migrations: itemMigrations,
    ...options,
  });
}

export function addItem(database: DurableDatabase, name: string): Promise<number> {
  return database.write((transaction) => transaction.run('INSERT INTO item (name) VALUES (?)', name));
}

export function itemNames(database: DurableDatabase): Promise<string[]> {
  return database.read((reader) =>
    reader.all('SELECT name FROM item ORDER BY id').map((row) => String(row.name)),
  );
}

/** A log that keeps its lines. */
export class KeptLog implements Log {
  readonly lines: string[] = [];

  debug(): void {}

  info(message: string): void {
    this.lines.push(`info ${message}`);
  }

  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }

  error(message: string, cause?: unknown): void {
    this.lines.push(`error ${message} ${String(cause ?? '')}`);
  }

  has(pattern: RegExp): boolean {
    return this.lines.some((line) => pattern.test(line));
  }
}
