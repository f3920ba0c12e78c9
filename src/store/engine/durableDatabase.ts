/**
 * The durable database: transactions run in memory, are written to the journal in groups, and are answered when they
 * are on disk and this process is still the owner. docs/store.md explains it in full.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { Mutex } from 'async-mutex';
import type initSqlJs from 'sql.js';
import type { Clock } from '../../core/clock';
import { messageOf, type QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import { checkBackupTarget } from './backupTarget';
import { Applier, answer, type DatabaseCall } from './calls';
import type { Database, DatabaseSizes, FilesToAttach, Reader, Transaction } from './database';
import { type Files, nodeFiles } from './files';
import { Journal, type Recorded } from './journal';
import type { Migration } from './migrations';
import { openStore } from './openStore';
import { reload } from './reload';
import { Shrinking } from './shrinking';
import { buildSnapshot } from './snapshot';
import { type SnapshotLimits, SnapshotPolicy } from './snapshotPolicy';
import { Snapshots } from './snapshots';
import { type SnapshotBuilder, threadBuilder } from './snapshotThread';
import { loadSqlJs } from './sqlite';
import { backupFailed, closed, notKept, outcomeUnknown, takenOver } from './storeErrors';
import { journalBytes, type StoreState } from './storeState';
import type { SqliteTransaction } from './transaction';

export interface DurableDatabaseOptions {
  /** The storage folder. */
  folder: string;
  /** The folder with `sql-wasm.wasm` and `snapshotWorker.js`. */
  programs: string;
  /** Of the owner lock. */
  generation: number;
  /** Asked after each sync and before each answer. */
  ownerStillUs: () => boolean | Promise<boolean>;
  log: Log;
  clock: Clock;
  migrations: readonly Migration[];
  /** It stays open, and gives back memory that removed rows have left; false where opening soon matters more. */
  lasting?: boolean;
  /** Called once, when another process has taken over. */
  onLost?: (reason: string) => void;
  files?: Files;
  limits?: Partial<SnapshotLimits>;
}

const megabyte = 1024 * 1024;

/** Beyond this size, the queue takes noticeably long to open. Bytes. */
const sizeToWarnOf = 40 * megabyte;

/**
 * `broken`: memory may be ahead of the disk, and is rebuilt from it before anything else happens.
 * `lost`: another process owns the files.
 */
type Phase = 'open' | 'broken' | 'lost' | 'closed';

export class DurableDatabase implements Database {
  private phase: Phase = 'open';
  /** Held while memory is changed or rebuilt. */
  private readonly mutex = new Mutex();
  private applier: Applier;
  private pending: DatabaseCall[] = [];
  /** Applied in memory, not yet answered. */
  private applied: DatabaseCall[] = [];
  /** The changes of `applied` that are not written yet. */
  private unwritten: Recorded[] = [];
  private pumping = false;
  private flushing = false;
  private pumped: Promise<void> = Promise.resolve();
  private flushed: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;
  private readonly resetListeners: (() => void)[] = [];
  private readonly policy: SnapshotPolicy;
  private readonly shrinking: Shrinking;
  private snapshotting: Promise<void> = Promise.resolve();
  private warned = false;
  private rebuilds = 0;
  /** Why memory could not be rebuilt the last time. */
  private failure: unknown;
  /** Grows whenever memory is rebuilt: snapshots begun before that no longer count. */
  private epoch = 0;

  private constructor(
    private readonly options: DurableDatabaseOptions,
    private readonly files: Files,
    private readonly sqlJs: initSqlJs.SqlJsStatic,
    private readonly state: StoreState,
    private readonly snapshots: Snapshots,
  ) {
    this.applier = new Applier(state.sqlite);
    this.policy = new SnapshotPolicy(options.limits, options.clock, () => this.whenQuiet());
    this.shrinking = new Shrinking(options.clock, () => this.giveBack());
    this.warnOfSize();
  }

  /** Recovers the files of a folder that this process owns. @throws QueueError, see `openStore` */
  static async open(options: DurableDatabaseOptions): Promise<DurableDatabase> {
    const { folder, programs, generation, migrations, log, files = nodeFiles, lasting = true } = options;
    const sqlJs = await loadSqlJs(programs);
    const state = await openStore({ sqlJs, files, folder, generation, migrations, log, lasting });
    // A test's file layer cannot be passed to another thread.
    const builder: SnapshotBuilder =
      files === nodeFiles ? threadBuilder(programs) : (order) => buildSnapshot(sqlJs, files, order);
    return new DurableDatabase(options, files, sqlJs, state, new Snapshots(folder, files, builder, log));
  }

  write<T>(work: (transaction: Transaction) => T): Promise<T> {
    return this.enqueue(work);
  }

  read<T>(work: (reader: Reader) => T): Promise<T> {
    return this.enqueue(work);
  }

  onReset(listener: () => void): void {
    this.resetListeners.push(listener);
  }

  sizes(): DatabaseSizes {
    const { sqlite, snapshotAt } = this.state;
    return {
      database_bytes: sqlite.sizes().all,
      journal_bytes: journalBytes(this.state),
      last_snapshot_at: snapshotAt === 0 ? null : Math.round(snapshotAt),
    };
  }

  async backup(file: string, attach?: FilesToAttach): Promise<number> {
    const sequence = await this.read(() => undefined).then(() => this.state.sequence);
    try {
      checkBackupTarget(file, this.options.folder);
      return await this.snapshots.backup(file, sequence, attach);
    } catch (error) {
      throw backupFailed(file, error);
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private enqueue<T>(work: (transaction: SqliteTransaction) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.closing !== undefined || this.phase === 'lost' || this.phase === 'closed') {
        reject(this.notOpen());
        return;
      }
      this.pending.push({ work, resolve, reject, callbacks: [], refused: false, outcome: undefined });
      if (!this.pumping) this.pumped = this.pump();
    });
  }

  /** Applies pending calls slice by slice, and has the slices written. */
  private async pump(): Promise<void> {
    this.pumping = true;
    while (this.pending.length > 0) {
      // Calls made in the same turn arrive before the mutex is acquired.
      await this.mutex.runExclusive(() => this.applySome());
      if (this.phase === 'open') this.startFlush();
      else await this.recoverMemory();
      if (this.pending.length > 0) await nextTurn();
    }
    this.pumping = false;
  }

  private applySome(): void {
    if (this.phase !== 'open') return;
    try {
      this.applier.applySlice(this.pending, this.applied, this.unwritten);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): false {
    this.options.log.error('The database in memory failed and is being rebuilt from disk', error);
    this.phase = 'broken';
    return false;
  }

  /** Returns whether there is more to give back. */
  private giveBack(): Promise<boolean> {
    return this.mutex.runExclusive(() => {
      if (this.phase !== 'open') return false;
      try {
        return this.applier.giveBack();
      } catch (error) {
        return this.fail(error);
      }
    });
  }

  private startFlush(): void {
    if (!this.flushing && this.applied.length > 0) this.flushed = this.flush();
  }

  /** Writes, syncs, checks that we are still the owner, and answers, until no call is left to answer. */
  private async flush(): Promise<void> {
    this.flushing = true;
    while (this.applied.length > 0 && this.phase === 'open') {
      const calls = this.applied;
      const transactions = this.unwritten;
      this.applied = [];
      this.unwritten = [];
      try {
        if (transactions.length > 0) await this.append(transactions);
      } catch (error) {
        this.phase = 'broken';
        this.applied = [...calls, ...this.applied];
        this.options.log.error(`A write to the journal of ${this.options.folder} failed`, error);
        await this.rebuild(error);
        break;
      }
      const ours = this.stillOurs();
      if (ours !== true && !(await ours)) {
        this.lose(calls);
        break;
      }
      for (const call of calls) this.answer(call);
      if (transactions.length > 0) this.state.journal?.acknowledged(this.state.sequence);
      // Between two frames, with no await since the ownership check: nothing can be written in between.
      if (!this.snapshots.busy && this.policy.due(this.state)) this.beginSnapshot();
    }
    this.flushing = false;
  }

  private answer(call: DatabaseCall): void {
    for (const callback of call.callbacks) {
      try {
        callback();
      } catch (error) {
        this.options.log.error('A listener for a durable change failed', error);
      }
    }
    answer(call);
  }

  private async append(transactions: readonly Recorded[]): Promise<void> {
    const { state } = this;
    const { folder, log } = this.options;
    state.journal ??= await Journal.create(this.files, folder, state.position, state.schema, log);
    await state.journal.append(state.sequence + 1, transactions);
    state.sequence += 1;
    this.policy.written();
    if (this.options.lasting !== false) this.shrinking.written();
  }

  /** Whether we still own the files; false if that cannot be determined. */
  private stillOurs(): boolean | Promise<boolean> {
    const { ownerStillUs, log } = this.options;
    const unsure = (error: unknown): false => {
      log.error('Could not determine whether this process still owns the queue', error);
      return false;
    };
    try {
      const answer = ownerStillUs();
      return typeof answer === 'boolean' ? answer : answer.catch(unsure);
    } catch (error) {
      return unsure(error);
    }
  }

  /** Seals the journal and has the next snapshot built from the files on disk. */
  private beginSnapshot(): void {
    const { state, options, epoch } = this;
    const sealed = state.journal;
    state.journal = undefined;
    state.position = { ...state.position, number: state.position.number + 1 };
    state.journalBytes += sealed?.length ?? 0;
    state.journals += 1;
    sealed?.abandon().catch((error) => options.log.warn(`${sealed.file} did not close: ${messageOf(error)}`));
    const { journalBytes: bytes, journals } = state;
    this.policy.begun();
    const mayRemove = async () => this.phase === 'open' && (await this.stillOurs());
    this.snapshotting = this.snapshots.make(state.position, state.sequence, mayRemove).then((image) => {
      if (this.epoch !== epoch) return;
      this.policy.ended(image !== undefined);
      if (image === undefined) return;
      state.snapshotBytes = image;
      state.snapshotAt = options.clock.now();
      state.journalBytes -= bytes;
      state.journals -= journals;
      this.warnOfSize();
    });
  }

  private whenQuiet(): void {
    if (this.phase !== 'open' || this.flushing || this.snapshots.busy) return;
    if (this.policy.worthWhile(this.state)) this.beginSnapshot();
  }

  /** Rebuilds a broken database, or refuses the pending calls. */
  private async recoverMemory(): Promise<void> {
    const { rebuilds } = this;
    // A frame being written may still succeed, or have failed and been handled.
    await this.flushed;
    if (this.phase === 'broken' && this.rebuilds === rebuilds) await this.rebuild(undefined);
    if (this.phase === 'open') return;
    const waiting = this.pending;
    this.pending = [];
    const { folder } = this.options;
    for (const call of waiting)
      call.reject(this.phase === 'broken' ? notKept(folder, this.failure) : this.notOpen());
  }

  /**
   * Rebuilds memory from what is certainly on disk, as a snapshot of a new position: whatever the failed journal holds
   * beyond it no longer counts. Only then can waiting callers be told that their change was not kept.
   */
  private async rebuild(cause: unknown): Promise<void> {
    const { folder, log } = this.options;
    this.rebuilds += 1;
    await this.mutex.runExclusive(async () => {
      const unanswered = this.applied;
      this.applied = [];
      this.unwritten = [];
      try {
        if (!(await this.stillOurs())) return this.lose(unanswered);
        this.epoch += 1;
        await this.snapshots.stop();
        const { files, sqlJs, state } = this;
        const { lasting = true, migrations, clock } = this.options;
        const newestSchema = migrations.at(-1)?.version ?? 0;
        await reload({ sqlJs, files, folder, log, lasting, newestSchema }, state, clock.now());
        this.applier = new Applier(state.sqlite);
        this.policy.ended(true);
        if (!(await this.stillOurs())) return this.lose(unanswered);
        this.phase = 'open';
        log.info(`The queue in ${folder} was rebuilt from disk and is available again.`);
      } catch (error) {
        log.error(`The queue in ${folder} could not be rebuilt; the next call will try again`, error);
        this.failure = error;
        for (const call of unanswered) call.reject(outcomeUnknown(cause ?? error));
        return;
      }
      for (const listener of this.resetListeners) listener();
      for (const call of unanswered) call.reject(notKept(folder, cause));
    });
  }

  /** Another process owns the files: it may or may not have read the changes of `calls`. */
  private lose(calls: readonly DatabaseCall[]): void {
    const { folder, log, onLost } = this.options;
    this.phase = 'lost';
    this.policy.stop();
    this.shrinking.stop();
    const reason = `Another process has taken over the queue in ${folder}.`;
    log.warn(reason);
    void this.snapshots.stop();
    const unanswered = [...calls, ...this.applied];
    const waiting = this.pending;
    this.applied = [];
    this.unwritten = [];
    this.pending = [];
    for (const call of unanswered) call.reject(outcomeUnknown(reason));
    for (const call of waiting) call.reject(this.notOpen());
    onLost?.(reason);
  }

  private async shutDown(): Promise<void> {
    const { state, options } = this;
    await this.pumped;
    await this.flushed;
    this.policy.stop();
    this.shrinking.stop();
    await this.snapshotting;
    if (this.phase === 'open' && this.policy.due(state)) this.beginSnapshot();
    await this.snapshotting;
    await this.snapshots.settled();
    const { journal } = state;
    state.journal = undefined;
    try {
      // Only the owner may mark its journal as closed cleanly.
      if (this.phase === 'open' && (await this.stillOurs())) await journal?.close();
      else await journal?.abandon();
    } catch (error) {
      options.log.warn(`${journal?.file} did not close: ${messageOf(error)}`);
    }
    this.phase = 'closed';
    state.sqlite.close();
  }

  private warnOfSize(): void {
    const { database_bytes: bytes } = this.sizes();
    if (bytes < sizeToWarnOf || this.warned) return;
    this.warned = true;
    this.options.log.warn(
      `The queue in ${this.options.folder} has grown to ${Math.round(bytes / megabyte)} MB and is slow to open: ` +
        'purge finished tasks.',
    );
  }

  private notOpen(): QueueError {
    const { folder } = this.options;
    return this.phase === 'lost' ? takenOver(folder) : closed(folder);
  }
}
