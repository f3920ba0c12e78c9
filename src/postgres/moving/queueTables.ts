/** The tables of a queue, as its files have them: all of them are moved, those that later migrations add as well. */

import type { Reader } from '../../store/engine/database';

export interface QueueTable {
  name: string;
  columns: readonly string[];
  /** What its rows are ordered by, so that they are made again in the order in which they were made. */
  order: readonly string[];
  /** Its rows have numbers of their own, and new ones go on from there. */
  numbered: boolean;
}

/** What belongs to the machine that has the files, and not to the queue. */
const ofTheMachine = new Set(['clock']);

/** What a server says itself of a row: who wrote it. */
const ofTheServer = new Set(['created_by', 'approved_by']);

/** The tables, each after those that its rows refer to. */
export function tablesOf(reader: Reader): QueueTable[] {
  const names = reader
    .values("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rowid")
    .map(([name]) => String(name))
    .filter((name) => !ofTheMachine.has(name));
  return inOrder(reader, names).map((name) => tableOf(reader, name));
}

function tableOf(reader: Reader, name: string): QueueTable {
  const facts = reader.values('SELECT name, pk FROM pragma_table_info(?) ORDER BY cid', name);
  const columns = facts.map(([column]) => String(column)).filter((column) => !ofTheServer.has(column));
  const key = facts
    .filter(([, at]) => Number(at) > 0)
    .sort(([, one], [, other]) => Number(one) - Number(other));
  const numbered = columns.includes('seq');
  const [[plain] = [1]] = reader.values('SELECT wr FROM pragma_table_list(?)', name);
  const order = numbered || Number(plain) === 1 ? key.map(([column]) => String(column)) : ['rowid'];
  return { name, columns, order, numbered };
}

function inOrder(reader: Reader, names: readonly string[]): string[] {
  const ordered = new Set<string>();
  const add = (name: string): void => {
    for (const [referred] of reader.values('SELECT "table" FROM pragma_foreign_key_list(?)', name))
      if (referred !== name && !ordered.has(String(referred))) add(String(referred));
    ordered.add(name);
  };
  for (const name of names) add(name);
  return [...ordered];
}
