/** Makes sure that all rows have arrived as they were: how many there are in each table, and a sum over what is in them. */

import { createHash } from 'node:crypto';
import type { SqlValue } from '../../store/engine/database';

/** How far a move is: rows of a table that were copied or, after that, compared. */
export type Progress = (what: 'copied' | 'compared', table: string, rows: number) => void;

export interface Moved {
  /** How many rows each table has. */
  rows: Record<string, number>;
  /** An earlier move had been made, and was not answered. */
  already?: true;
}

/** How many rows go by between two reports. */
const reportEvery = 500;

export class Compared {
  private readonly tallies = new Map<string, Tally>();

  constructor(private readonly progress: Progress) {}

  /** A row that was read where the queue was. */
  add(table: string, row: readonly SqlValue[]): void {
    const tally = this.tallyOf(table);
    tally.add(row);
    if (tally.rows % reportEvery === 0) this.progress('copied', table, tally.rows);
  }

  /** @param rows what is where the queue is to be */
  async compare(table: string, rows: AsyncIterable<SqlValue[]> | Iterable<SqlValue[]>): Promise<void> {
    const arrived = new Tally();
    for await (const row of rows) {
      arrived.add(row);
      if (arrived.rows % reportEvery === 0) this.progress('compared', table, arrived.rows);
    }
    const sent = this.tallyOf(table);
    if (sent.rows !== arrived.rows)
      throw new Error(`Of ${sent.rows} rows of ${table}, ${arrived.rows} have arrived`);
    if (sent.checksum !== arrived.checksum) throw new Error(`Rows of ${table} have not arrived as they were`);
  }

  moved(): Moved {
    return { rows: Object.fromEntries([...this.tallies].map(([table, { rows }]) => [table, rows])) };
  }

  private tallyOf(table: string): Tally {
    const tally = this.tallies.get(table) ?? new Tally();
    this.tallies.set(table, tally);
    return tally;
  }
}

class Tally {
  rows = 0;
  /** The same for the same rows, in whatever order. */
  private readonly sum = Buffer.alloc(32);

  add(row: readonly SqlValue[]): void {
    this.rows += 1;
    const hash = createHash('sha256').update(JSON.stringify(row)).digest();
    for (const [at, byte] of hash.entries()) this.sum[at] = (this.sum[at] ?? 0) ^ byte;
  }

  get checksum(): string {
    return this.sum.toString('hex');
  }
}
