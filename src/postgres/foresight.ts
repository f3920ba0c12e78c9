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
  /** The stream whose tasks were read, and no others. */
  readonly lane?: string | undefined;
}

export class Foresight implements Foreseen {
  private readonly seen = new Map<string, Seen>();
  /** The streams of tasks, as far as they have been read. */
  private readonly lanes = new Map<SqlValue, SqlValue>();

  keep(sql: string, values: readonly SqlValue[], answer: Answer): void {
    const { readsOne, readsLane, tasks } = shapeOf(sql);
    const id = readsOne && answer.rows.length === 1 ? answer.rows[0]?.[readsOne.column] : undefined;
    const lane = readsLane ? textOf(values[0]) : undefined;
    this.seen.set(keyOf(sql, values), { sql, answer, row: textOf(id), lane });
    if (tasks) for (const row of answer.rows) this.lanes.set(row[tasks.id] ?? null, row[tasks.lane] ?? null);
  }

  answerTo(sql: string, values: readonly SqlValue[]): Answer | undefined {
    return this.seen.get(keyOf(sql, values))?.answer;
  }

  wrote(sql: string, values: readonly SqlValue[]): void {
    if (this.seen.size === 0) return;
    const lane = this.laneOf(sql, values);
    for (const [key, seen] of this.seen) if (mayChange(sql, values, seen, lane)) this.seen.delete(key);
  }

  /** The stream of the only task that the statement writes; undefined if it may be another one, or several. */
  private laneOf(sql: string, values: readonly SqlValue[]): string | undefined {
    const { table, adds, moves, place } = shapeOf(sql).writes ?? {};
    if (table !== 'tasks') return undefined;
    if (moves) this.lanes.clear();
    if (adds === undefined)
      return place === undefined ? undefined : textOf(this.lanes.get(values[place] ?? null));
    this.lanes.set(values[adds.id] ?? null, values[adds.lane] ?? null);
    return textOf(values[adds.lane]);
  }
}

/** So often is looked for what works will read: what they read next depends on what they have read. */
const mostLooks = 5;

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

/**
 * Whether what a statement writes may be what another one reads.
 * @param lane of the only task that it writes
 */
export function mayChange(
  sql: string,
  values: readonly SqlValue[],
  seen: Pick<Seen, 'sql' | 'row' | 'lane'>,
  lane?: string,
): boolean {
  const { writes } = shapeOf(sql);
  if (writes === undefined) return true;
  const { readsOne, words } = shapeOf(seen.sql);
  if (!(readsOne?.tables ?? words).has(writes.table)) return false;
  if (seen.lane !== undefined && lane !== undefined) return seen.lane === lane;
  if (seen.row === undefined) return true;
  // No row gets an id that another has.
  return writes.adds === undefined && (writes.place === undefined || values[writes.place] === seen.row);
}

/** What a statement does, as far as it is of a kind that is known. */
interface Shape {
  /** Of the statement: among them are its tables. */
  words: ReadonlySet<string>;
  /** It reads one row, by its id or name, and nothing else; the column of that row's id. */
  readsOne: { tables: ReadonlySet<string>; column: number } | undefined;
  /** It reads tasks of the stream that is its first value, and nothing else. */
  readsLane: boolean;
  /** Where the tasks that it reads have their id and that of their stream. */
  tasks: Columns | undefined;
  /** Undefined if it may write anywhere: what is deleted takes rows of other tables along. */
  writes: Writes | undefined;
}

interface Columns {
  id: number;
  lane: number;
}

interface Writes {
  table: string;
  /** It adds a task, with these among its values. */
  adds?: Columns | undefined;
  /** It gives tasks another stream. */
  moves?: boolean;
  /** Which of its values is the id of the only row that it changes. */
  place?: number | undefined;
}

const shapes = new Map<string, Shape>();

function shapeOf(sql: string): Shape {
  let shape = shapes.get(sql);
  if (shape === undefined) {
    shape = {
      words: new Set(sql.split(/\W+/)),
      readsOne: readsOne(sql),
      readsLane: oneLane.test(sql),
      tasks: columnsIn(ofTasks.exec(sql)?.[1]),
      writes: writesOf(sql),
    };
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

const oneLane = new RegExp(`${columns} tasks WHERE stream_id = \\?(?!\\d)(?!.*\\b(?:SELECT|JOIN)\\b)`, 's');
const ofTasks = new RegExp(`${columns} tasks WHERE `, 's');

/** @param names of columns, one after another */
function columnsIn(names = ''): Columns | undefined {
  const all = names.split(',').map((name) => name.trim().replace(/^tasks\./, ''));
  const [id, lane] = [all.indexOf('id'), all.indexOf('stream_id')];
  return id < 0 || lane < 0 ? undefined : { id, lane };
}

function readsOne(sql: string): Shape['readsOne'] {
  for (const { pattern, tables } of onlyRows) {
    const names = pattern.exec(sql)?.[1]?.split(',');
    const column = names?.findIndex((name) => /^\s*(?:tasks\.)?id$/.test(name)) ?? -1;
    if (column >= 0) return { tables, column };
  }
  return undefined;
}

const update = /^\s*UPDATE (\w+) SET ((?:(?!\bWHERE\b).)* )WHERE (id|stream_id) = \?(\d*)/s;

/** Which value each placeholder takes; -1 for what is none. */
function placesIn(list: string): number[] {
  let largest = 0;
  return list.split(',').map((one) => {
    const number = /^\s*\?(\d*)\s*$/.exec(one)?.[1];
    if (number === undefined) return -1;
    const at = number === '' ? largest + 1 : Number(number);
    largest = Math.max(largest, at);
    return at - 1;
  });
}

function writesOf(sql: string): Writes | undefined {
  const [, added, names, given] =
    /^\s*INSERT INTO (\w+) \(([^()]*)\)(?:\s*VALUES\s*\(([^()]*)\))?/.exec(sql) ?? [];
  if (added !== undefined) {
    const columns = added === 'tasks' && given !== undefined ? columnsIn(names) : undefined;
    const places = placesIn(given ?? '');
    const adds = columns && { id: places[columns.id] ?? -1, lane: places[columns.lane] ?? -1 };
    return { table: added, adds };
  }
  const [, table, set = '', column, number] = update.exec(sql) ?? [];
  if (table === undefined || (column === 'stream_id') !== (table === 'stream_counts')) {
    const any = /^\s*UPDATE (\w+) SET /.exec(sql)?.[1];
    return any === undefined ? undefined : { table: any, moves: true };
  }
  const moves = /\bstream_id\b/.test(set);
  if (number) return { table, moves, place: Number(number) - 1 };
  return { table, moves, place: /\?\d/.test(set) ? undefined : set.split('?').length - 1 };
}

const textOf = (value: SqlValue | undefined) => (typeof value === 'string' ? value : undefined);
