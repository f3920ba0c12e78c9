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
import { valueTypes } from './valueTypes';

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
  /** The rows after this one, in order. */
  read: (after: number, limit: number) => Promise<Announced[]>;
  /** Resolves when what this host has committed so far has been dealt with. */
  settled: () => Promise<void>;
}

export class AnnouncementReader implements Announcements {
  private listener: ((said: unknown | null, events: number) => void) | undefined;
  private reachableListener: ((reachable: boolean) => void) | undefined;
  private reachable = true;
  private listening: pg.Client | undefined;
  private connecting: Promise<void> | undefined;
  private reading: Promise<void> | undefined;
  private again = false;
  private timer: Timer | undefined;
  private pause = lookAgain;
  /** Whether the server has told of a row: behind a pooler that lends its connections out, it listens and never tells. */
  private told = false;
  private closed = false;

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

  /** What this host has committed. It is passed on at once, unless another host was quicker. */
  committed(announced: Announced): void {
    if (announced.row === this.row + 1) this.pass(announced);
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
      await this.goBack(client);
      this.listening = client;
    } catch (error) {
      log.debug(`The server does not tell of changes: ${messageOf(error)}`);
      await client.end().catch(() => undefined);
    }
    // What came before that, nobody has told.
    this.look();
  }

  /** The server may be another one by now, which has not got the last rows: their numbers are given anew there. */
  private async goBack(client: pg.Client): Promise<void> {
    const before = this.row;
    const { rows: found } = await client.query({
      text: `SELECT rows, events FROM ${this.options.schema}.announced`,
      rowMode: 'array',
      types: valueTypes,
    });
    const [[rows, events] = [0, 0]] = found as number[][];
    if (rows === undefined || events === undefined || rows >= before) return;
    this.row = rows;
    this.listener?.(null, events);
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
        const rows = await this.options.read(this.row, few);
        this.noteReachable(true);
        // Whoever waits for what a transaction of this host has found must wait before it hears of a later one.
        await this.options.settled();
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

  private pass({ row, events, said }: Announced): void {
    this.row = row;
    for (const one of said) this.listener?.(one, events);
  }
}
