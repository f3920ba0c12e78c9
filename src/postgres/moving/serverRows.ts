/** The rows of a queue's tables on a server, within a transaction whose search path is its schema. */

import type pg from 'pg';
import type { SqlValue } from '../../store/engine/database';
import type { QueueTable } from './queueTables';

/** How many rows go in one trip. */
export const rowsTogether = 500;
/** How many characters a statement has at most, unless a single row has more. */
const charactersTogether = 4_000_000;

/** Adds rows, whose values are in the order of the table's columns. */
export class RowWriter {
  private rows: (readonly SqlValue[])[] = [];
  private characters = 0;

  private constructor(
    private readonly client: pg.ClientBase,
    private readonly columns: number,
    private readonly sql: string,
  ) {}

  static async open(client: pg.ClientBase, { name, columns }: QueueTable): Promise<RowWriter> {
    const { rows } = await client.query<{ name: string; type: string }>(
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
        WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
      [name],
    );
    const types = new Map(rows.map((row) => [row.name, row.type]));
    // A parameter for each column, however many rows there are.
    const arrays = columns.map((column, at) => `$${at + 1}::${types.get(column) ?? 'text'}[]`);
    const sql = `INSERT INTO ${name} (${columns.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})`;
    return new RowWriter(client, columns.length, sql);
  }

  async add(row: readonly SqlValue[]): Promise<void> {
    this.rows.push(row);
    for (const value of row) this.characters += typeof value === 'string' ? value.length : 8;
    if (this.rows.length >= rowsTogether || this.characters >= charactersTogether) await this.flush();
  }

  async flush(): Promise<void> {
    const { rows } = this;
    if (rows.length === 0) return;
    this.rows = [];
    this.characters = 0;
    const values = Array.from({ length: this.columns }, (_, at) => rows.map((row) => row[at]));
    await this.client.query(this.sql, values);
  }
}

/** The rows of a table in its order, some at a time. */
export async function* readRows(
  client: pg.ClientBase,
  { name, columns, order }: QueueTable,
): AsyncGenerator<SqlValue[]> {
  // Most tables have no rowid here, and need none to be read in order.
  const { rows: found } = await client.query(
    "SELECT 1 FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'rowid'",
    [name],
  );
  const sorted = order[0] === 'rowid' && found.length === 0 ? '' : `ORDER BY ${order.join(', ')}`;
  await client.query(
    `DECLARE moving NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${name} ${sorted}`,
  );
  for (;;) {
    const { rows } = await client.query<SqlValue[]>({
      text: `FETCH ${rowsTogether} FROM moving`,
      rowMode: 'array',
    });
    yield* rows;
    if (rows.length < rowsTogether) break;
  }
  await client.query('CLOSE moving');
}
