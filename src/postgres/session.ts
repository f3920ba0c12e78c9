/** One transaction on a connection to the server. */

import type pg from 'pg';
import type { SqlValue } from '../store/engine/database';
import { type Announced, announce, channelOf } from './announcements';
import { parametersOf, translate } from './dialect';
import type { Answer } from './replay';
import { lockOf, type Program, refuseUse, usable } from './schema';
import { codeOf } from './serverErrors';

/** So long the server waits for the next statement before it ends a transaction, whose host may have been suspended. */
const longestPause = '10s';
/** So long a transaction waits for that of another host. */
const longestWait = '20s';

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
    kind: TransactionKind,
  ): Promise<Session> {
    const commands = [
      kind === 'read' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN',
      `SET LOCAL search_path TO ${schema}`,
      `SET LOCAL idle_in_transaction_session_timeout TO '${longestPause}'`,
      ...(kind === 'write' ? [`SET LOCAL lock_timeout TO '${longestWait}'`, lockOf(schema, 'sparkq')] : []),
      `SELECT extract(epoch FROM clock_timestamp()) * 1000, ${usable} FROM queue_schema`,
    ];
    try {
      const answers = (await client.query({ text: commands.join('; '), rowMode: 'array' })) as unknown as {
        rows: unknown[][];
      }[];
      const [startedAt, ...row] = answers.at(-1)?.rows[0] ?? [];
      refuseUse(program, row);
      return new Session(client, schema, Math.floor(Number(startedAt)));
    } catch (error) {
      // A connection that is gone says no more than that.
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  readonly send = async (sql: string, values: readonly SqlValue[]): Promise<Answer> => {
    const statement = translate(sql);
    try {
      const { fields, rows, rowCount } = await this.client.query<SqlValue[]>({
        name: statement.name,
        text: statement.text,
        values: parametersOf(statement, values),
        rowMode: 'array',
      });
      return { columns: fields.map(({ name }) => name), rows, changed: rowCount ?? 0 };
    } catch (error) {
      // A statement that the server does not understand is a bug: which one, its stack does not say.
      if (codeOf(error).startsWith('42')) (error as Error).message += ` in ${statement.text}`;
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
    const [announced, { command }] = await Promise.all([announcing, this.client.query('COMMIT')]);
    if (command !== 'COMMIT') throw new NotCommitted();
    return announced;
  }

  private async announce(said: readonly unknown[], events: number): Promise<Announced> {
    const { rows } = await this.client.query<[row: number, events: number]>({
      name: 'announce',
      text: announce,
      values: [events, JSON.stringify(said), channelOf(this.schema)],
      rowMode: 'array',
    });
    const [[row, count] = [0, 0]] = rows;
    return { row, events: count, said };
  }

  async rollback(): Promise<void> {
    await this.client.query('ROLLBACK');
  }
}
