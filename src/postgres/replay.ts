/**
 * One piece of work on a server. The rules of the queue are synchronous functions over a transaction, and each statement
 * takes a trip to the server here. So the work runs until it needs an answer that is not there yet, the statement is
 * sent, and the work runs again from its start with all answers so far, until it has every one. Random ids stay the same
 * over these runs. Where it asks for something else than before, its transaction begins again.
 */

import { RepeatedRandom } from '../core/ids';
import type { Row, SqlValue, Transaction } from '../store/engine/database';
import { translate } from './dialect';

/** What the server has answered to a statement. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly SqlValue[][];
  readonly changed: number;
}

/** Sends a statement. Statements are answered in the order in which they were sent. */
export type Send = (sql: string, values: readonly SqlValue[]) => Promise<Answer>;

interface Asked {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  answer: Answer;
}

/** The work did not ask as it did before. */
export class Diverged extends Error {
  constructor(before: Asked, now?: { sql: string; values: readonly SqlValue[] }) {
    super(`The work asked ${say(before)} first, and then ${now ? say(now) : 'nothing more'}`);
  }
}

/** A statement did not change as many rows as was taken for granted. */
export class Mispredicted extends Error {}

/** What every host is to hear of, and how many events that is. */
export interface Announcement {
  said: unknown;
  events: number;
}

export interface Outcome {
  /** What `work` answered or, if refused, threw. */
  value: unknown;
  refused: boolean;
  /** How many statements have changed something. */
  writes: number;
  /** To be called once all is durable. */
  callbacks: readonly (() => void)[];
  announced: readonly Announcement[];
}

export interface ReplayOptions {
  send: Send;
  /** Whether the work goes on before the server has said that a statement changed its one row. */
  predicts: boolean;
  /** Calls `run` with a clock that stands still. */
  stopClock: (run: () => void) => void;
}

/**
 * Runs `work` until it has all answers, and waits for those of all that it has sent.
 * @throws Diverged, Mispredicted, and what the server refuses
 */
export async function replay(
  work: (transaction: Transaction) => unknown,
  options: ReplayOptions,
): Promise<Outcome> {
  const asked: Asked[] = [];
  const sent: Promise<void>[] = [];
  const random = new RepeatedRandom();
  for (;;) {
    const transaction = new ReplayedTransaction(asked, sent, options);
    const outcome = { value: undefined as unknown, refused: false };
    options.stopClock(() => {
      try {
        outcome.value = random.run(() => work(transaction));
      } catch (error) {
        outcome.value = error;
        outcome.refused = true;
      }
    });
    const { wanted, writes, callbacks, announced, failure } = transaction;
    if (failure !== undefined) throw failure;
    if (wanted === undefined) {
      const unasked = asked[transaction.next];
      if (unasked !== undefined) throw new Diverged(unasked);
      await Promise.all(sent);
      return { ...outcome, writes, callbacks, announced };
    }
    asked.push({ ...wanted, answer: await options.send(wanted.sql, wanted.values) });
  }
}

/** Thrown to leave the work where an answer is not there yet: no error, and so without a stack. */
const leaving = { leaves: 'the work, until the server has answered' };

class ReplayedTransaction implements Transaction {
  wanted: { sql: string; values: readonly SqlValue[] } | undefined;
  failure: Diverged | undefined;
  writes = 0;
  readonly callbacks: (() => void)[] = [];
  readonly announced: Announcement[] = [];
  next = 0;

  constructor(
    private readonly asked: Asked[],
    private readonly sent: Promise<void>[],
    private readonly options: ReplayOptions,
  ) {}

  get(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.all(sql, ...values)[0];
  }

  all(sql: string, ...values: SqlValue[]): Row[] {
    const { columns, rows } = this.answerTo(sql, values);
    return rows.map((row) => {
      const { rowid: _, ...named } = Object.fromEntries(
        columns.map((column, at) => [column, row[at] ?? null]),
      );
      // SQLite has it, too, but not among all columns.
      return named;
    });
  }

  values(sql: string, ...values: SqlValue[]): SqlValue[][] {
    return this.answerTo(sql, values).rows.map((row) => [...row]);
  }

  run(sql: string, ...values: SqlValue[]): number {
    const { changed } = this.answerTo(sql, values);
    if (changed > 0) this.writes += 1;
    return changed;
  }

  onDurable(callback: () => void): void {
    this.callbacks.push(callback);
  }

  announce(said: unknown, events: number): void {
    this.announced.push({ said, events });
  }

  private answerTo(sql: string, values: readonly SqlValue[]): Answer {
    if (this.wanted !== undefined || this.failure !== undefined) throw leaving;
    const before = this.asked[this.next];
    if (before === undefined) return this.ask(sql, values);
    this.next += 1;
    if (before.sql === sql && before.values.every((value, at) => value === values[at])) return before.answer;
    this.failure = new Diverged(before, { sql, values });
    throw leaving;
  }

  private ask(sql: string, values: readonly SqlValue[]): Answer {
    const { changes } = translate(sql);
    if (changes === undefined || !this.options.predicts) {
      this.wanted = { sql, values };
      throw leaving;
    }
    const asked: Asked = { sql, values, answer: { columns: [], rows: [], changed: changes } };
    this.asked.push(asked);
    this.next += 1;
    const sent = this.options.send(sql, values).then((answer) => {
      if (answer.changed !== changes) throw new Mispredicted();
    });
    // Whoever waits for all of them hears of it.
    sent.catch(() => undefined);
    this.sent.push(sent);
    return asked.answer;
  }
}

function say({ sql, values }: { sql: string; values: readonly SqlValue[] }): string {
  return `${sql.replace(/\s+/g, ' ')} with ${JSON.stringify(values)}`;
}
