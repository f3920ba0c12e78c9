/** One transaction on a connection to the server. */

import type pg from 'pg';
import type { SqlValue } from '../store/engine/database';
import { type Announced, announce, channelOf } from './announcements';
import { parametersOf, translate } from './dialect';
import type { Answer } from './replay';
import { lockOf, type Program, refuseUse, usable } from './schema';
import { codeOf } from './serverErrors';

/** How long is waited, milliseconds, and how often is tried. */
export interface Limits {
  /** By a host for a connection. */
  connect: number;
  /** By the server for the next statement, before it ends a transaction, whose host may have been suspended. */
  pause: number;
  /** By a transaction for that of another host. */
  wait: number;
  /** By a host for an answer, before it gives up the connection: nobody says when a way has become a dead end. */
  answer: number;
  /** How often a transaction is tried that another one, or a lost connection, has undone. */
  tries: number;
}

export const usualLimits: Limits = { connect: 10_000, pause: 10_000, wait: 20_000, answer: 60_000, tries: 9 };

/** The server undid the transaction instead of committing it: an error was answered before, and somebody missed it. */
export class NotCommitted extends Error {}

/** Aside: what no rule of the queue reads or depends on. */
export type TransactionKind = 'read' | 'write' | 'aside';

export class Session {
  /** The first thing that the server has refused: it refuses all later statements because of it. */
  private refused: unknown;

  private constructor(
    private readonly client: pg.PoolClient,
    private readonly schema: string,
    private readonly limits: Limits,
    /** Whether the server keeps statements by name for this connection. */
    private readonly names: boolean,
    /** What the clock of the server showed as the transaction began, wall-clock milliseconds. */
    readonly startedAt: number,
  ) {}

  /**
   * Begins a transaction in a schema. One that writes waits until it is the only one: the rules of the queue are written
   * for one change after the other, and nothing has to be done again because of another host. One aside does not wait.
   * @throws QueueError where the program may not use the tables (any more)
   */
  static async begin(
    client: pg.PoolClient,
    { schema, ...program }: Program & { schema: string },
    { limits, names, kind }: { limits: Limits; names: boolean; kind: TransactionKind },
  ): Promise<Session> {
    const commands = [
      kind === 'read' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN',
      `SET LOCAL search_path TO ${schema}`,
      `SET LOCAL idle_in_transaction_session_timeout TO ${limits.pause}`,
      ...(kind === 'write' ? [`SET LOCAL lock_timeout TO ${limits.wait}`, lockOf(schema, 'sparkq')] : []),
      `SELECT extract(epoch FROM clock_timestamp()) * 1000, ${usable} FROM queue_schema`,
    ];
    const answeredIn = { query_timeout: limits.answer };
    try {
      const begin = { text: commands.join('; '), rowMode: 'array' as const, ...answeredIn };
      const answers = (await client.query(begin)) as unknown as {
        rows: unknown[][];
      }[];
      const [startedAt, ...row] = answers.at(-1)?.rows[0] ?? [];
      refuseUse(program, row);
      return new Session(client, schema, limits, names, Math.floor(Number(startedAt)));
    } catch (error) {
      // A connection that is gone says no more than that.
      await client.query({ text: 'ROLLBACK', ...answeredIn }).catch(() => undefined);
      throw error;
    }
  }

  readonly send = async (sql: string, values: readonly SqlValue[]): Promise<Answer> => {
    const statement = translate(sql);
    try {
      const { fields, rows, rowCount } = await this.client.query<SqlValue[]>({
        ...(this.names ? { name: statement.name } : {}),
        text: statement.text,
        values: parametersOf(statement, values),
        rowMode: 'array',
        ...this.answeredIn,
      });
      return { columns: fields.map(({ name }) => name), rows, changed: rowCount ?? 0 };
    } catch (error) {
      // A statement that the server does not understand is a bug: which one, its stack does not say.
      if (/^42(?!501)/.test(codeOf(error))) (error as Error).message += ` in ${statement.text}`;
      this.refused ??= error;
      throw this.refused;
    }
  };

  /**
   * Commits what was written, and announces what is to be heard of it, if anything.
   * @throws NotCommitted
   */
  async commit(said: readonly unknown[], events: number): Promise<Announced | undefined> {
    const announcing = said.length > 0 ? this.announce(said, events) : undefined;
    // Sent together: the server undoes all of it if it refuses the first.
    const [announced, { command }] = await Promise.all([announcing, this.end('COMMIT')]);
    if (command !== 'COMMIT') throw new NotCommitted();
    return announced;
  }

  private async announce(said: readonly unknown[], events: number): Promise<Announced> {
    const { rows } = await this.client.query<[row: number, events: number]>({
      ...(this.names ? { name: 'announce' } : {}),
      text: announce,
      values: [events, JSON.stringify(said), channelOf(this.schema)],
      rowMode: 'array',
      ...this.answeredIn,
    });
    const [[row, count] = [0, 0]] = rows;
    return { row, events: count, said };
  }

  async rollback(): Promise<void> {
    await this.end('ROLLBACK');
  }

  private end(command: 'COMMIT' | 'ROLLBACK'): Promise<pg.QueryResult> {
    return this.client.query({ text: command, ...this.answeredIn });
  }

  private get answeredIn(): { query_timeout: number } {
    return { query_timeout: this.limits.answer };
  }
}
