/** INSERT and UPDATE built from an object's keys, for rows that are not written often. */

import type { SqlValue, Transaction } from '../engine/database';

type Values = Readonly<Record<string, SqlValue>>;

export function insertRow(tx: Transaction, table: string, values: Values): void {
  const columns = Object.keys(values);
  const places = columns.map(() => '?').join(', ');
  tx.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`, ...Object.values(values));
}

export function updateRow(tx: Transaction, table: string, id: string, values: Values): void {
  const assignments = Object.keys(values).map((column) => `${column} = ?`);
  tx.run(`UPDATE ${table} SET ${assignments.join(', ')} WHERE id = ?`, ...Object.values(values), id);
}
