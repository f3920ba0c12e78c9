/**
 * The database of a queue on a PostgreSQL server, which hosts may share. Changes that arrive together share a transaction;
 * those of all hosts come one after the other.
 */

import pg from 'pg';
import { type Clock, sleep, systemClock } from '../core/clock';
import { QueueError } from '../core/errors';
import type { Log } from '../core/log';
import { answer, type PendingCall } from '../store/engine/calls';
import type { Database, DatabaseSizes, Reader, Transaction } from '../store/engine/database';
import { type Announced, AnnouncementReader } from './announcements';
import { foresee } from './foresight';
import { Diverged, Mispredicted, type Outcome, replay } from './replay';
import { migrateSchema, type Program } from './schema';
import { ServerClock } from './serverClock';
import {
  isConflict,
  isConnectionTrouble,
  isNameTrouble,
  isReadOnly,
  isSilence,
  outcomeUnknown,
  refusalOf,
} from './serverErrors';
import { type ServerAddress, Servers } from './servers';
import { type Limits, NotCommitted, Session, type TransactionKind, usualLimits } from './session';
import { valueTypes } from './valueTypes';

/** How many changes share a transaction at most, and for how long it takes them, milliseconds: other hosts wait. */
const mostTogether = 64;
const usualSlice = 50;
/** Milliseconds before the third try after a lost connection, which the second follows at once; doubled each time. */
const firstPause = 50;

export interface PostgresOptions extends Program, ServerAddress {
  /** Of the tables; created if missing. */
  schema: string;
  log: Log;
  /** Tests replace the clock of the server. */
  clock?: Clock;
  /** For reading, besides the one that writes. */
  connections?: number;
  limits?: Partial<Limits>;
}

type Call = PendingCall<Transaction> & Pick<Outcome, 'callbacks' | 'announced'>;

/** Calls that were done in one transaction, and what that has announced. */
interface Done {
  calls: readonly Call[];
  announced?: Announced | undefined;
}

/** A change was refused after it had written: those that share its transaction run again without it. */
class HalfDone extends Error {}

export class PostgresDatabase implements Database {
  readonly clock: Clock;
  /** Set when the database is open. */
  person = '';
  /** Set when the database is open. */
  announcements!: AnnouncementReader;
  private readonly serverClock: ServerClock | undefined;
  private readonly pool: pg.Pool;
  private readonly pending: Call[] = [];
  private writing: Promise<void> | undefined;
  /** The transaction that is under way, until its calls have been answered. */
  private committing: Promise<void> | undefined;
  private closed = false;
  /** How many changes share the next transaction at most: on a slow server, not as many are done in time. */
  private together = mostTogether;
  private readonly limits: Limits;
  /** Whether statements have names, so that the server plans them once for each connection. */
  private names = true;

  private constructor(
    private readonly options: PostgresOptions,
    private readonly servers: Servers,
  ) {
    const { schema, log, connections = 4, clock } = options;
    this.limits = { ...usualLimits, ...options.limits };
    this.serverClock = clock ? undefined : new ServerClock(systemClock);
    this.clock = clock ?? (this.serverClock as ServerClock);
    this.pool = new pg.Pool({
      max: connections + 1,
      connectionTimeoutMillis: this.limits.connect,
      Client: servers.clientClass({
        types: valueTypes,
        application_name: `sparkq ${schema}`,
        connectionTimeoutMillis: this.limits.connect,
        pipeline: true,
      } as pg.ClientConfig),
    });
    // An idle connection has been lost: the next call makes another.
    // Of one in use, the statement that waits for an answer fails.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
    this.pool.on('error', (error) => log.info(`A connection to ${servers.shown} was lost: ${error.message}`));
  }

  /**
   * Connects, and brings the tables to the schema of this program.
   * @throws QueueError `unavailable` if the server cannot be used, `upgrade_required` for tables of a newer program
   */
  static async open(options: PostgresOptions): Promise<PostgresDatabase> {
    const servers = new Servers(options);
    const database = new PostgresDatabase(options, servers);
    try {
      await servers.look();
      const client = await database.connect();
      try {
        await migrateSchema(client, options);
        const { rows } = await client.query<{ person: string }>('SELECT session_user::text AS person');
        database.person = rows[0]?.person ?? '';
        database.announcements = await database.announcementReader(client);
      } finally {
        client.release();
      }
      return database;
    } catch (error) {
      await database.pool.end();
      throw refusalOf(error, servers.shown);
    }
  }

  write<T>(work: (transaction: Transaction) => T): Promise<T> {
    if (this.closed) return Promise.reject(new Error('The database has been closed.'));
    return new Promise<T>((resolve, reject) => {
      this.pending.push({ ...newCall(work), resolve, reject });
      this.writing ??= this.writePending();
    });
  }

  read<T>(work: (reader: Reader) => T): Promise<T> {
    return this.alone(work, 'read');
  }

  aside<T>(work: (transaction: Transaction) => T): Promise<T> {
    return this.alone(work, 'aside');
  }

  /** Nothing is kept in memory. */
  onReset(): void {}

  get place(): { url: string; schema: string } {
    return { url: this.servers.url, schema: this.options.schema };
  }

  sizes(): DatabaseSizes {
    return { database_bytes: 0, journal_bytes: 0, last_snapshot_at: null };
  }

  async backup(): Promise<number> {
    throw new QueueError(
      'wrong_state',
      `This queue is on the PostgreSQL server ${this.servers.shown}, which makes its own backups.`,
      'Use pg_dump, or what the server has for that.',
    );
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.announcements.close();
    await this.writing;
    await this.pool.end();
  }

  private async alone<T>(work: (transaction: Transaction) => T, kind: 'read' | 'aside'): Promise<T> {
    if (this.closed) throw new Error('The database has been closed.');
    const { calls } = await this.tryAgain([newCall(work)], kind);
    const [call] = calls;
    if (call?.refused) throw call.outcome;
    return call?.outcome as T;
  }

  private async writePending(): Promise<void> {
    // What is called in this turn shares the transaction.
    await null;
    while (this.pending.length > 0) {
      this.committing = this.writeTogether(this.pending.splice(0, this.together));
      await this.committing;
    }
    this.writing = undefined;
  }

  private async writeTogether(calls: readonly Call[]): Promise<void> {
    try {
      const done = await this.tryAgain(calls, 'write');
      const left = calls.slice(done.calls.length);
      this.pending.unshift(...left);
      // What is read for calls that have no time left is read again for them.
      this.together = left.length > 0 ? done.calls.length : Math.min(mostTogether, this.together * 2);
      for (const { callbacks } of done.calls) for (const callback of callbacks) callback();
      if (done.announced) this.announcements.committed(done.announced);
      for (const call of done.calls) answer(call);
    } catch (error) {
      if (calls.length === 1 || QueueError.is(error)) for (const { reject } of calls) reject(error);
      // One of them is to blame: it does not take the others along.
      else for (const call of calls) await this.writeTogether([call]);
    }
  }

  /** Answers the first of the calls, which were done, with what they answer; the others are yet to be done. */
  private async tryAgain(calls: readonly Call[], kind: TransactionKind): Promise<Done> {
    let predicts = true;
    for (let tries = 1; ; tries++) {
      try {
        return await this.transact(calls, kind, predicts);
      } catch (error) {
        if (error instanceof Mispredicted) predicts = false;
        const again =
          this.leaveNames(error) ||
          error instanceof Mispredicted ||
          error instanceof Diverged ||
          error instanceof NotCommitted ||
          isConflict(error) ||
          isConnectionTrouble(error) ||
          (isReadOnly(error) && this.servers.several);
        // What takes the server so long is not asked of it over and over.
        const last = isSilence(error) ? 2 : this.limits.tries;
        if (!again || tries >= last) throw refusalOf(error, this.servers.shown);
        if (!isConnectionTrouble(error) && !isReadOnly(error)) continue;
        if (tries > 1) await sleep(firstPause * 2 ** (tries - 2));
        // While there is none, the one in use says why.
        await this.servers.look().catch(() => undefined);
      }
    }
  }

  /** To the server in use: connections to another are ended. */
  private async connect(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.pool.connect();
      if (this.servers.isCurrent(client as unknown as pg.Client)) return client;
      client.release(true);
    }
  }

  /** Whether statements had names until now, and that was the trouble. */
  private leaveNames(error: unknown): boolean {
    if (!isNameTrouble(error)) return false;
    if (this.names)
      this.options.log.info(`${this.servers.shown} is behind a pooler: statements are sent without names`);
    this.names = false;
    return true;
  }

  private async transact(calls: readonly Call[], kind: TransactionKind, predicts: boolean): Promise<Done> {
    const client = await this.connect();
    let broken: Error | undefined;
    try {
      const session = await Session.begin(client, this.options, {
        limits: this.limits,
        names: this.names,
        kind,
      });
      this.serverClock?.set(session.startedAt);
      try {
        const done = await this.runAll(session, calls, predicts);
        return { calls: done, announced: await this.commit(session, kind, done) };
      } catch (error) {
        await session.rollback().catch((lost: Error) => {
          broken = lost;
        });
        if (error instanceof Refused) return { calls: [error.call] };
        throw error;
      }
    } catch (error) {
      if (isConnectionTrouble(error)) broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  private async runAll(
    session: Session,
    calls: readonly Call[],
    predicts: boolean,
  ): Promise<readonly Call[]> {
    const until = performance.now() + usualSlice;
    const done: Call[] = [];
    const options = {
      send: session.send,
      stopClock: (run: () => void) =>
        this.serverClock ? this.serverClock.during(session.startedAt, run) : run(),
    };
    const works = calls.map(({ work }) => work);
    const foresight = calls.length > 1 ? await foresee(works, options) : undefined;
    let known: unknown;
    for (const [at, call] of calls.entries()) {
      if (performance.now() > until && at > 0) break;
      const { value, refused, writes, callbacks, announced, left } = await replay(call.work, {
        ...options,
        predicts,
        known,
        foresight,
      });
      const finished = refused
        ? { ...call, outcome: value, refused }
        : { ...call, outcome: value, callbacks, announced };
      if (refused && writes > 0) throw calls.length > 1 ? new HalfDone() : new Refused(finished);
      done.push(finished);
      if (writes > 0 || left !== undefined) known = left;
    }
    return done;
  }

  /** A commit that was not answered may have been made. */
  private async commit(
    session: Session,
    kind: TransactionKind,
    calls: readonly Call[],
  ): Promise<Announced | undefined> {
    const announced = calls.flatMap((call) => call.announced);
    const events = announced.reduce((sum, one) => sum + one.events, 0);
    try {
      return await session.commit(
        announced.map(({ said }) => said),
        events,
      );
    } catch (error) {
      if (kind !== 'read' && isConnectionTrouble(error)) throw outcomeUnknown(error, this.servers.shown);
      throw error;
    }
  }

  private async announcementReader(client: pg.PoolClient): Promise<AnnouncementReader> {
    const { schema, log } = this.options;
    const { rows } = await client.query({
      text: `SELECT epoch, events, rows FROM ${schema}.announced`,
      rowMode: 'array',
    });
    const [[epoch, events, row] = [0, 0, 0]] = rows as number[][];
    const options = {
      servers: this.servers,
      schema,
      log,
      patience: this.limits.connect,
      read: (from: number, limit: number) =>
        this.read((reader) =>
          reader
            .values(
              'SELECT row, events, said FROM announcements WHERE row >= ? ORDER BY row LIMIT ?',
              from,
              limit,
            )
            .map(([row, events, said]) => ({
              row: Number(row),
              events: Number(events),
              said: JSON.parse(String(said)) as unknown[],
            })),
        ),
      count: () =>
        this.read((reader) => {
          const [rows, events] = reader.values('SELECT rows, events FROM announced')[0] ?? [];
          return { rows: Number(rows), events: Number(events) };
        }),
      settled: async () => this.committing,
    };
    return new AnnouncementReader(options, epoch as number, row as number, events as number);
  }
}

/** A change was refused after it had written, and nothing shares its transaction: that is undone, and the refusal holds. */
class Refused extends Error {
  constructor(readonly call: Call) {
    super();
  }
}

function newCall(work: (transaction: Transaction) => unknown): Call {
  const unused = () => undefined;
  return {
    work,
    resolve: unused,
    reject: unused,
    refused: false,
    outcome: undefined,
    callbacks: [],
    announced: [],
  };
}
