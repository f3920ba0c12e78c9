/**
 * One piece of work on a server. The rules of the queue are synchronous functions over a transaction, and each statement
 * takes a trip to the server here. So the work runs until it needs an answer that is not there yet, the statement is
 * sent, and the work runs again from its start with all answers so far, until it has every one. Random ids stay the same
 * over these runs. Where it asks for something else than before, its transaction begins again.
 */

import { RepeatedRandom } from '../core/ids';
import type { Row, SharedKnowledge, SqlValue, Transaction } from '../store/engine/database';
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
  /** What it has left for later work in the same transaction. */
  left: unknown;
}

export interface ReplayOptions {
  send: Send;
  /** Whether the work goes on before the server has said that a statement changed its one row. */
  predicts: boolean;
  /** Calls `run` with a clock that stands still. */
  stopClock: (run: () => void) => void;
  /** What earlier work in the same transaction has left. */
  known?: unknown;
  foresight?: Foreseen | undefined;
}

/** What has been read before its turn. */
export interface Foreseen {
  /** Undefined if it is to be asked for. */
  answerTo(sql: string, values: readonly SqlValue[]): Answer | undefined;
  /** Forgets what the statement may change. */
  wrote(sql: string, values: readonly SqlValue[]): void;
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
    const { wanted, writes, callbacks, announced, left, failure } = transaction;
    if (failure !== undefined) throw failure;
    if (wanted === undefined) {
      const unasked = asked[transaction.next];
      if (unasked !== undefined) throw new Diverged(unasked);
      await Promise.all(sent);
      return { ...outcome, writes, callbacks, announced, left };
    }
    asked.push({ ...wanted, answer: await options.send(wanted.sql, wanted.values) });
  }
}

/** Thrown to leave the work where an answer is not there yet: no error, and so without a stack. */
export const leaving = { leaves: 'the work, until the server has answered' };

export interface Wanted {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Reading, by the values of rows. */
export abstract class ReaderOfRows {
  protected abstract read(sql: string, values: readonly SqlValue[]): Answer;

  get(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.all(sql, ...values)[0];
  }

  all(sql: string, ...values: SqlValue[]): Row[] {
    const { columns, rows } = this.read(sql, values);
    return rows.map((row) => {
      const { rowid: _, ...named } = Object.fromEntries(
        columns.map((column, at) => [column, row[at] ?? null]),
      );
      // SQLite has it, too, but not among all columns.
      return named;
    });
  }

  values(sql: string, ...values: SqlValue[]): SqlValue[][] {
    return this.read(sql, values).rows.map((row) => [...row]);
  }
}

class ReplayedTransaction extends ReaderOfRows implements Transaction {
  wanted: Wanted | undefined;
  failure: Diverged | undefined;
  writes = 0;
  readonly callbacks: (() => void)[] = [];
  readonly announced: Announcement[] = [];
  left: unknown;
  readonly shared: SharedKnowledge;
  next = 0;

  constructor(
    private readonly asked: Asked[],
    private readonly sent: Promise<void>[],
    private readonly options: ReplayOptions,
  ) {
    super();
    this.shared = {
      known: options.known,
      leave: (known) => {
        this.left = known;
      },
    };
  }

  run(sql: string, ...values: SqlValue[]): number {
    const { changed } = this.repeated(sql, values) ?? this.write(sql, values);
    if (changed > 0) this.writes += 1;
    return changed;
  }

  onDurable(callback: () => void): void {
    this.callbacks.push(callback);
  }

  announce(said: unknown, events: number): void {
    this.announced.push({ said, events });
  }

  /** What was answered in an earlier run. */
  private repeated(sql: string, values: readonly SqlValue[]): Answer | undefined {
    if (this.wanted !== undefined || this.failure !== undefined) throw leaving;
    const before = this.asked[this.next];
    if (before === undefined) return undefined;
    this.next += 1;
    if (before.sql === sql && before.values.every((value, at) => value === values[at])) return before.answer;
    this.failure = new Diverged(before, { sql, values });
    throw leaving;
  }

  protected read(sql: string, values: readonly SqlValue[]): Answer {
    const repeated = this.repeated(sql, values);
    if (repeated !== undefined) return repeated;
    const answer = this.options.foresight?.answerTo(sql, values);
    return answer === undefined ? this.leave(sql, values) : this.go({ sql, values, answer });
  }

  private write(sql: string, values: readonly SqlValue[]): Answer {
    this.options.foresight?.wrote(sql, values);
    const { changes } = translate(sql);
    if (changes === undefined || !this.options.predicts) return this.leave(sql, values);
    const sent = this.options.send(sql, values).then((answer) => {
      if (answer.changed !== changes) throw new Mispredicted();
    });
    // Whoever waits for all of them hears of it.
    sent.catch(() => undefined);
    this.sent.push(sent);
    return this.go({ sql, values, answer: { columns: [], rows: [], changed: changes } });
  }

  private leave(sql: string, values: readonly SqlValue[]): never {
    this.wanted = { sql, values };
    throw leaving;
  }

  private go(asked: Asked): Answer {
    this.asked.push(asked);
    this.next += 1;
    return asked.answer;
  }
}

function say({ sql, values }: { sql: string; values: readonly SqlValue[] }): string {
  return `${sql.replace(/\s+/g, ' ')} with ${JSON.stringify(values)}`;
}
