/**
 * What calls that share a transaction will read, asked for all of them at once before the first is done: a trip to the
 * server takes longer than an answer. An answer holds until something is written that may change it.
 */

import { RepeatedRandom } from '../core/ids';
import type { SqlValue, Transaction } from '../store/engine/database';
import { translate } from './dialect';
import { type Answer, type Foreseen, leaving, ReaderOfRows, type ReplayOptions, type Wanted } from './replay';

interface Seen {
  readonly sql: string;
  readonly answer: Answer;
  /** The id of the only row that was read, by its id; undefined if another row may be read later. */
  readonly row: string | undefined;
}

export class Foresight implements Foreseen {
  private readonly seen = new Map<string, Seen>();

  keep(sql: string, values: readonly SqlValue[], answer: Answer): void {
    const { readsOne } = shapeOf(sql);
    const id = readsOne && answer.rows.length === 1 ? answer.rows[0]?.[readsOne.column] : undefined;
    this.seen.set(keyOf(sql, values), { sql, answer, row: textOf(id) });
  }

  answerTo(sql: string, values: readonly SqlValue[]): Answer | undefined {
    return this.seen.get(keyOf(sql, values))?.answer;
  }

  wrote(sql: string, values: readonly SqlValue[]): void {
    for (const [key, seen] of this.seen) if (mayChange(sql, values, seen)) this.seen.delete(key);
  }
}

/** So often is looked for what works will read: what they read next depends on what they have read. */
const mostLooks = 3;

/** Reads what works will read, of all of them at once, up to where they read what they have written themselves. */
export async function foresee(
  works: readonly ((transaction: Transaction) => unknown)[],
  { send, stopClock }: Pick<ReplayOptions, 'send' | 'stopClock'>,
): Promise<Foresight> {
  const foresight = new Foresight();
  for (let looks = 0; looks < mostLooks; looks++) {
    const wanted = new Map<string, Wanted>();
    for (const work of works) {
      const transaction = new ForeseenTransaction(foresight);
      stopClock(() => {
        try {
          new RepeatedRandom().run(() => work(transaction));
        } catch {
          // It has left, or is refused: it will say so again.
        }
      });
      if (transaction.wanted)
        wanted.set(keyOf(transaction.wanted.sql, transaction.wanted.values), transaction.wanted);
    }
    if (wanted.size === 0) break;
    await Promise.all(
      [...wanted.values()].map(async ({ sql, values }) =>
        foresight.keep(sql, values, await send(sql, values)),
      ),
    );
  }
  return foresight;
}

class ForeseenTransaction extends ReaderOfRows implements Transaction {
  wanted: Wanted | undefined;
  private left = false;
  private readonly written: Wanted[] = [];
  readonly announce = () => undefined;

  constructor(private readonly foresight: Foresight) {
    super();
  }

  run(sql: string, ...values: SqlValue[]): number {
    if (this.left) throw leaving;
    this.written.push({ sql, values });
    return translate(sql).changes ?? this.leave();
  }

  onDurable(): void {}

  protected read(sql: string, values: readonly SqlValue[]): Answer {
    if (this.left) throw leaving;
    // What it has written is not there yet.
    const row = undefined;
    if (this.written.some((written) => mayChange(written.sql, written.values, { sql, row }))) this.leave();
    const answer = this.foresight.answerTo(sql, values);
    if (answer === undefined) this.wanted = { sql, values };
    return answer ?? this.leave();
  }

  private leave(): never {
    this.left = true;
    throw leaving;
  }
}

function keyOf(sql: string, values: readonly SqlValue[]): string {
  return `${sql}\0${JSON.stringify(values)}`;
}

/** Whether what a statement writes may be what another one reads. */
export function mayChange(
  sql: string,
  values: readonly SqlValue[],
  seen: Pick<Seen, 'sql' | 'row'>,
): boolean {
  const { writes } = shapeOf(sql);
  if (writes === undefined) return true;
  const { readsOne, words } = shapeOf(seen.sql);
  if (!(readsOne?.tables ?? words).has(writes.table)) return false;
  if (seen.row === undefined) return true;
  // No row gets an id that another has.
  return !writes.addsTask && (writes.place === undefined || values[writes.place] === seen.row);
}

/** What a statement does, as far as it is of a kind that is known. */
interface Shape {
  /** Of the statement: among them are its tables. */
  words: ReadonlySet<string>;
  /** It reads one row, by its id or name, and nothing else; the column of that row's id. */
  readsOne: { tables: ReadonlySet<string>; column: number } | undefined;
  /** Undefined if it may write anywhere: what is deleted takes rows of other tables along. */
  writes: { table: string; addsTask: boolean; place: number | undefined } | undefined;
}

const shapes = new Map<string, Shape>();

function shapeOf(sql: string): Shape {
  let shape = shapes.get(sql);
  if (shape === undefined) {
    shape = { words: new Set(sql.split(/\W+/)), readsOne: readsOne(sql), writes: writesOf(sql) };
    shapes.set(sql, shape);
  }
  return shape;
}

const columns = String.raw`^SELECT ((?:(?!\b(?:FROM|SELECT)\b).)*) FROM`;
const onlyRows = [
  {
    pattern: new RegExp(`${columns} tasks WHERE id = \\?(?: AND deleted_at IS NULL)?$`, 's'),
    tables: new Set(['tasks']),
  },
  {
    pattern: new RegExp(
      `${columns} streams JOIN stream_counts ON stream_counts\\.stream_id = streams\\.id WHERE streams\\.(?:id|name) = \\?$`,
      's',
    ),
    tables: new Set(['streams', 'stream_counts']),
  },
];

function readsOne(sql: string): Shape['readsOne'] {
  for (const { pattern, tables } of onlyRows) {
    const names = pattern.exec(sql)?.[1]?.split(',');
    const column = names?.findIndex((name) => /^\s*(?:tasks\.)?id$/.test(name)) ?? -1;
    if (column >= 0) return { tables, column };
  }
  return undefined;
}

const update = /^\s*UPDATE (\w+) SET ((?:(?!\bWHERE\b).)* )WHERE (?:id|stream_id) = \?(\d*)/s;

function writesOf(sql: string): Shape['writes'] {
  const added = /^\s*INSERT INTO (\w+) \(/.exec(sql)?.[1];
  if (added !== undefined) return { table: added, addsTask: added === 'tasks', place: undefined };
  const [, table, set = '', number] = update.exec(sql) ?? [];
  if (table === undefined) {
    const any = /^\s*UPDATE (\w+) SET /.exec(sql)?.[1];
    return any === undefined ? undefined : { table: any, addsTask: false, place: undefined };
  }
  if (number) return { table, addsTask: false, place: Number(number) - 1 };
  return { table, addsTask: false, place: /\?\d/.test(set) ? undefined : set.split('?').length - 1 };
}

const textOf = (value: SqlValue | undefined) => (typeof value === 'string' ? value : undefined);
