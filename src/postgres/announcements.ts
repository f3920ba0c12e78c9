/**
 * What is announced in transactions, by whichever host, in the order in which they were committed: each transaction that
 * announces something adds a row, and since writing transactions come one after the other, their rows have numbers
 * without a gap. The server tells all hosts of a new row; without that, a host looks every other second.
 */

import type pg from 'pg';
import { systemClock, type Timer } from '../core/clock';
import { messageOf, QueueError } from '../core/errors';
import type { Log } from '../core/log';
import type { Announcements } from '../store/engine/database';
import type { Servers } from './servers';

export const announcementTables = `
-- One row: how much there has been.
CREATE TABLE announced (
  epoch BIGINT NOT NULL,
  rows BIGINT NOT NULL DEFAULT 0,
  events BIGINT NOT NULL DEFAULT 0
);
INSERT INTO announced (epoch) VALUES (floor(extract(epoch FROM clock_timestamp())));
CREATE TABLE announcements (
  row BIGINT PRIMARY KEY,
  -- How many events there have been with those of this row.
  events BIGINT NOT NULL,
  said TEXT NOT NULL
);
`;

/** So many rows are kept for hosts that were away. */
const kept = 10_000;
/** How many rows are read at once. */
const few = 500;
/** How long to wait before looking again without being told, milliseconds. */
const lookAgain = 2_000;
/** The same once the connection by which the server told has been lost: usually, there is another one to be had. */
const listenAgain = 100;
/** The same while the server tells of new rows: nothing is to be seen. */
const lookAgainAnyway = 30_000;

/** Adds a row with what a transaction announces; answers its number, and how many events there have been. */
export const announce = `
WITH counted AS (UPDATE announced SET rows = rows + 1, events = events + $1 RETURNING rows, events),
  added AS (INSERT INTO announcements (row, events, said) SELECT rows, events, $2 FROM counted RETURNING row, events),
  dropped AS (DELETE FROM announcements WHERE row = (SELECT row FROM added) - ${kept})
SELECT row, events, pg_notify($3, row::text) FROM added`;

/** What the server tells hosts by. */
export function channelOf(schema: string): string {
  return `sparkq_${schema}`;
}

/** A row of the table. */
export interface Announced {
  row: number;
  events: number;
  said: readonly unknown[];
}

interface Options {
  servers: Servers;
  schema: string;
  log: Log;
  /** How long to wait for a connection and for its first answer, milliseconds. */
  patience: number;
  /** The rows from this one on, in order. */
  read: (from: number, limit: number) => Promise<Announced[]>;
  /** How many rows and events there have been. */
  count: () => Promise<{ rows: number; events: number }>;
  /** Resolves when what this host has committed so far has been dealt with. */
  settled: () => Promise<void>;
}

export class AnnouncementReader implements Announcements {
  private listener: ((said: unknown | null, events: number) => void) | undefined;
  private reachableListener: ((reachable: boolean) => void) | undefined;
  private reachable = true;
  private listening: pg.Client | undefined;
  /** What listened when it was last seen that the server has what was passed on. */
  private checked: pg.Client | undefined;
  private connecting: Promise<void> | undefined;
  private reading: Promise<void> | undefined;
  private again = false;
  private timer: Timer | undefined;
  private pause = lookAgain;
  /** Whether the server has told of a row: behind a pooler that lends its connections out, it listens and never tells. */
  private told = false;
  private closed = false;
  /** The last row that was passed on, or found when this host came. */
  private last: Announced | undefined;

  /** @param row the last row when this host came, after `events` events */
  constructor(
    private readonly options: Options,
    readonly epoch: number,
    private row: number,
    readonly count: number,
  ) {}

  onAnnounced(listener: (said: unknown | null, events: number) => void): void {
    this.listener = listener;
    this.connecting = this.listen();
  }

  onReachable(listener: (reachable: boolean) => void): void {
    this.reachableListener = listener;
  }

  /**
   * What this host has committed. It is passed on at once, unless another host was quicker, or the server may be another
   * one by now.
   */
  committed(announced: Announced): void {
    if (announced.row === this.row + 1 && this.checked === this.listening) this.pass(announced);
    else if (announced.row > this.row) this.look();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    await this.reading;
    // One that is being made is ended, too.
    await this.connecting;
    await this.listening?.end().catch(() => undefined);
  }

  /** Has the server tell of new rows, now and after each time that the connection is lost. */
  private async listen(): Promise<void> {
    const { servers, schema, log, patience } = this.options;
    const client = servers.newClient({
      application_name: `sparkq ${schema}`,
      connectionTimeoutMillis: patience,
      query_timeout: patience,
      // Nothing is ever sent on it: this is how a way that has become a dead end is noticed.
      keepAlive: true,
    });
    const lost = () => {
      if (this.listening !== client) return;
      this.listening = undefined;
      this.told = false;
      this.pause = listenAgain;
      if (this.reading === undefined) this.rest();
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => {
      this.told = true;
      void this.hear(Number(payload));
    });
    this.pause = lookAgain;
    try {
      await client.connect();
      await client.query(`LISTEN ${channelOf(schema)}`);
      this.listening = client;
    } catch (error) {
      log.debug(`The server does not tell of changes: ${messageOf(error)}`);
      await client.end().catch(() => undefined);
    }
    // What came before that, nobody has told.
    this.look();
  }

  /** There is a row, which this host may have added itself. */
  private async hear(row: number): Promise<void> {
    await this.options.settled();
    if (row > this.row) this.look();
  }

  private look(): void {
    if (this.closed) return;
    this.again = true;
    this.reading ??= this.readAll();
  }

  private rest(): void {
    if (this.closed) return;
    this.timer?.cancel();
    this.timer = systemClock.after(this.told ? lookAgainAnyway : this.pause, () => {
      // If there is something to be seen, the server does not tell any more.
      this.told = false;
      if (this.listening === undefined) this.connecting = this.listen();
      else this.look();
    });
  }

  private async readAll(): Promise<void> {
    try {
      while (this.again && !this.closed) {
        this.again = false;
        const { row, last, listening } = this;
        const rows = await this.options.read(row, few);
        this.noteReachable(true);
        // Whoever waits for what a transaction of this host has found must wait before it hears of a later one.
        await this.options.settled();
        if (last === undefined) this.last ??= rows.find((announced) => announced.row === row);
        else await this.followFailover(last, rows[0]);
        this.checked = listening;
        for (const announced of rows) this.passIfNew(announced);
        if (rows.length === few) this.again = true;
      }
    } catch (error) {
      this.options.log.debug(`What was announced could not be read: ${messageOf(error)}`);
      if (QueueError.is(error, 'unavailable')) this.noteReachable(false);
    } finally {
      // In the turn that has found nothing more: what is heard after that is looked for anew.
      this.reading = undefined;
      this.rest();
    }
  }

  /**
   * The server may be another one by now, which has not got the last rows: their numbers are given anew there.
   * @param found what is now the first row from the number of `last` on
   */
  private async followFailover(last: Announced, found: Announced | undefined): Promise<void> {
    if (found && (found.row > last.row || isSame(found, last))) return;
    const { rows, events } = found ? { rows: found.row, events: found.events } : await this.options.count();
    this.row = rows;
    this.last = found;
    this.listener?.(null, events);
  }

  private noteReachable(reachable: boolean): void {
    if (reachable === this.reachable || this.closed) return;
    this.reachable = reachable;
    this.reachableListener?.(reachable);
  }

  private passIfNew(announced: Announced): void {
    if (announced.row <= this.row) return;
    // Rows in between are not kept any more.
    if (announced.row > this.row + 1) this.listener?.(null, announced.events);
    this.pass(announced);
  }

  private pass(announced: Announced): void {
    const { row, events, said } = announced;
    this.row = row;
    this.last = announced;
    for (const one of said) this.listener?.(one, events);
  }
}

/** Two rows of one number: hardly ever do two transactions announce the same. */
function isSame(one: Announced, other: Announced): boolean {
  return one.events === other.events && JSON.stringify(one.said) === JSON.stringify(other.said);
}
