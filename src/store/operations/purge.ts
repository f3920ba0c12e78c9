/**
 * Removing finished tasks, on request and automatically. What a purge takes goes into the archive first. A cancelled
 * task counts as reviewed.
 */

import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { Mutex } from 'async-mutex';
import { type Instant, type Timer, toInstant } from '../../core/clock';
import { messageOf, QueueError } from '../../core/errors';
import { deletedDays, type UnreviewedPurge } from '../../core/model';
import type { Mutation, PurgeAnswer, PurgeRequest } from '../../core/queue';
import { invalid } from '../../core/refusals';
import type { Archive } from '../archive/archive';
import type { Reader } from '../engine/database';
import { keepsFormer } from '../engine/restore';
import { removeOutputsOf, tasksWithOutput } from '../outputFiles';
import { emptyBatch } from '../rows/batchTable';
import type { Change, Context } from '../rows/change';
import { forgetOldKeys, mutateInSteps, type Repeat } from '../rows/idempotency';
import { selectTasks, type TaskRow, taskColumns } from '../rows/taskRow';
import { knownIds } from '../rows/taskTable';
import { archivedTasks } from './archivedTasks';
import { type Finished, FinishedTasks, unneeded } from './finishedTasks';
import { UnreviewedNotice } from './unreviewedNotice';

const day = 24 * 60 * 60 * 1000;
const megabyte = 1024 * 1024;
/** How many deleted tasks one transaction removes. */
const deletedStep = 50;
/** How many tasks with output are looked up at once. */
const outputStep = 500;
const idsAnswered = 1000;
/** A purge that nobody has asked for rests so many times as long as each of its steps takes. */
const restShare = 4;

/** Deleted tasks that nothing needs: those deleted before then, or all of a stream. */
const removable = `WHERE deleted_at IS NOT NULL AND (?1 IS NULL OR deleted_at < ?1)
  AND (?2 IS NULL OR stream_id = ?2) AND ${unneeded}`;

export class Purge {
  private timer: Timer | undefined;
  /** Why it has been stopped. */
  private stopped: QueueError | undefined;
  /** Purges take turns: a task goes into the archive once. */
  private readonly turn = new Mutex();
  /** How many that somebody waits for have not ended. */
  private waiting = 0;
  /** Tasks that were removed, and whose output is to be. */
  private gone = new Set<string>();
  private removing: Promise<void> = Promise.resolve();
  private readonly notice: UnreviewedNotice;

  constructor(
    private readonly context: Context,
    private readonly archive: Pick<Archive, 'append' | 'erase' | 'keepWithin'>,
  ) {
    this.notice = new UnreviewedNotice(context);
  }

  /** The announced purge of unreviewed tasks. */
  announced(): UnreviewedPurge | null {
    return this.notice.pending();
  }

  async purge(request: PurgeRequest = {}, mutation?: Mutation): Promise<PurgeAnswer> {
    const days = request.older_than_days ?? this.context.rules().purge.older_than_days;
    if (!(days >= 0 && days <= 100_000)) throw invalid('older_than_days', days, 'Give a number of days.');
    const dryRun = request.dry_run === true;
    const keepUnreviewed = request.keep_unreviewed === true;
    const by = this.instantBefore(days);
    const walk = new FinishedTasks({ by, reviewed: true, unreviewed: !keepUnreviewed });
    const answer = (purged: number, tasks: string[]): PurgeAnswer => ({
      purged,
      kept_unreviewed: keepUnreviewed ? walk.keptUnreviewed : 0,
      dry_run: dryRun,
      tasks,
    });
    const take = async (step: (rows: TaskRow[]) => Promise<string[]>): Promise<PurgeAnswer> => {
      const ids: string[] = [];
      const purged = await this.walk(walk, async (rows) => {
        const gone = await step(rows);
        ids.push(...gone.slice(0, idsAnswered - ids.length));
        return gone.length;
      });
      return answer(purged, ids);
    };
    if (dryRun) return take(async (rows) => rows.map(({ id }) => id));
    const repeat: Repeat<PurgeAnswer> = {
      keep: ({ purged }) => ({ row: null, fact: purged }),
      again: ({ tx }, { fact }) => ({
        ...answer(Number(fact), []),
        kept_unreviewed: keepUnreviewed ? countUnreviewed(tx, by) : 0,
      }),
    };
    return this.asked(() =>
      mutateInSteps(this.context, 'purge', mutation, repeat, async () => {
        try {
          return await take((rows) => this.take(rows));
        } finally {
          await this.tellThatGone();
          await this.keepArchiveWithin();
          this.removing = this.removing.then(() => this.removeOutputs());
        }
      }),
    );
  }

  /** Purges now and once a day. */
  start(): void {
    void this.daily();
  }

  /** Ends a purge in progress after its present step, with this refusal. */
  stop(reason: QueueError): void {
    this.stopped ??= reason;
    this.timer?.cancel();
  }

  /** Resolves when no purge is in progress, and no output is being removed. */
  async settled(): Promise<void> {
    await this.turn.waitForUnlock();
    await this.removing;
  }

  private async daily(): Promise<void> {
    const { log, clock } = this.context;
    try {
      await forgetOldKeys(this.context);
      await this.context.takers?.say();
      const purged = await this.turn.runExclusive(async () => {
        try {
          return (
            (await this.removeDeleted({ before: this.instantBefore(deletedDays) })) + (await this.automatic())
          );
        } finally {
          await this.tellThatGone();
          await this.keepArchiveWithin();
          await this.removeOutputs();
        }
      });
      if (purged > 0) log.info(`Purged ${purged} finished tasks.`);
      await this.removeStrayOutput();
    } catch (error) {
      if (!QueueError.is(error, 'unavailable', 'outcome_unknown')) log.error('The daily purge failed', error);
    }
    if (!this.stopped) this.timer = clock.after(day, () => void this.daily());
  }

  /** Removes the deleted tasks of a stream now, except for those that other tasks need. */
  async removeDeletedOf(streamId: string): Promise<void> {
    await this.asked(async () => {
      try {
        await this.removeDeleted({ streamId });
      } finally {
        this.removing = this.removing.then(() => this.removeOutputs());
      }
    });
    if (this.stopped) throw this.stopped;
  }

  /** A purge that ended half way may have left lines of deleted tasks. */
  private async removeDeleted(which: { before?: Instant; streamId?: string }): Promise<number> {
    const { before = null, streamId = null } = which;
    const found = await this.context.db.read((reader) =>
      reader.values(`SELECT id FROM tasks ${removable}`, before, streamId),
    );
    const ids = found.map(([id]) => String(id));
    if (ids.length > 0) await this.archive.erase(ids);
    let removed = 0;
    for (let from = 0; from < ids.length && !this.stopped; from += deletedStep) {
      const some = JSON.stringify(ids.slice(from, from + deletedStep));
      const gone = await this.remove((change) =>
        selectTasks(
          change.tx,
          `${removable} AND id IN (SELECT value FROM json_each(?3))`,
          before,
          streamId,
          some,
        ),
      );
      removed += gone.length;
    }
    return removed;
  }

  /** Removes old reviewed tasks, and unreviewed ones that are older still, which is announced first. */
  private async automatic(): Promise<number> {
    const { older_than_days: days, unreviewed_after_days: unreviewedDays } = this.context.rules().purge;
    const reviewed = await this.takeAll({ by: this.instantBefore(days), reviewed: true, unreviewed: false });
    if (unreviewedDays === null) return reviewed;
    const tomorrow = this.instantBefore(unreviewedDays - 1);
    const soon = () => this.context.db.read((reader) => countUnreviewed(reader, tomorrow));
    if (!(await this.notice.allows(soon))) return reviewed;
    const by = this.instantBefore(unreviewedDays);
    return reviewed + (await this.takeAll({ by, reviewed: false, unreviewed: true }));
  }

  private takeAll(wanted: Finished): Promise<number> {
    const rest = (took: number) => (this.waiting > 0 ? nextTurn() : wait(took * restShare));
    return this.walk(new FinishedTasks(wanted), async (rows) => (await this.take(rows)).length, rest);
  }

  /** Does something that somebody waits for, when it is its turn. */
  private async asked<T>(work: () => Promise<T>): Promise<T> {
    this.waiting += 1;
    try {
      return await this.turn.runExclusive(work);
    } finally {
      this.waiting -= 1;
    }
  }

  /** A failure leaves the archive too large, and everything else as it should be. */
  private async keepArchiveWithin(): Promise<void> {
    const { rules, clock, log } = this.context;
    const { keep_days: keepDays, max_mb: megabytes } = rules().archive;
    try {
      await this.archive.keepWithin({ keepDays, bytes: megabytes * megabyte }, clock.now());
    } catch (error) {
      if (!QueueError.is(error, 'unavailable')) log.error('Old history could not be removed', error);
    }
  }

  /**
   * @param step what to do with some tasks; answers how many it took
   * @param rest lets others have a turn after each step, which took so many milliseconds
   * @returns how many were taken
   */
  private async walk(
    tasks: FinishedTasks,
    step: (rows: TaskRow[]) => Promise<number>,
    rest: (took: number) => Promise<unknown> = () => nextTurn(),
  ): Promise<number> {
    let taken = 0;
    for (;;) {
      if (this.stopped) throw this.stopped;
      const start = performance.now();
      const rows = await this.context.db.read((reader) => tasks.step(reader));
      if (rows === undefined) return taken;
      if (rows.length > 0) taken += await step(rows);
      await rest(performance.now() - start);
    }
  }

  /**
   * Archives tasks, and then removes those that are as they were archived, and not needed since; the others are left
   * to the next purge. If the process ends in between, a task has both its row and a line, which counts only once the
   * row is gone. Answers the ids of those removed.
   */
  private async take(rows: readonly TaskRow[]): Promise<string[]> {
    const { db, clock } = this.context;
    const now = toInstant(clock.now());
    await this.archive.append(await db.read((reader) => archivedTasks(reader, rows, now)), now);
    const seqs = JSON.stringify(rows.map(({ seq }) => seq));
    return this.remove(({ tx }) => {
      const found = selectTasks(tx, `WHERE seq IN (SELECT value FROM json_each(?)) AND ${unneeded}`, seqs);
      const bySeq = new Map(found.map((row) => [row.seq, row]));
      return rows.filter((row) => {
        const present = bySeq.get(row.seq);
        return present !== undefined && taskColumns.every((column) => present[column] === row[column]);
      });
    });
  }

  /** Removes tasks with their attempts and dependencies; answers their ids. */
  private async remove(find: (change: Change) => TaskRow[]): Promise<string[]> {
    const ids = await this.context.change((change) => {
      const rows = find(change);
      const seqs = JSON.stringify(rows.map(({ seq }) => seq));
      if (rows.length > 0)
        change.tx.run('DELETE FROM tasks WHERE seq IN (SELECT value FROM json_each(?))', seqs);
      for (const row of rows) change.removed(row);
      removeEmptyBatches(change, rows);
      return rows.map(({ id }) => id);
    });
    for (const id of ids) this.gone.add(id);
    return ids;
  }

  /** Nobody was told of each task. Other hosts hear it, too. */
  private async tellThatGone(): Promise<void> {
    const { hub, clock, place, log } = this.context;
    if (this.gone.size === 0) return;
    if (place === undefined) return hub.say('reset', toInstant(clock.now()));
    try {
      await this.context.change((change) => change.emitReset());
    } catch (error) {
      log.info(`Other hosts were not told what was purged: ${messageOf(error)}`);
    }
  }

  /** Should the process end before this is done, the output is found to be without a task. */
  private async removeOutputs(): Promise<void> {
    const { storage, log } = this.context;
    const { gone } = this;
    if (gone.size === 0) return;
    this.gone = new Set();
    try {
      await removeOutputsOf(storage, gone);
      await this.context.output?.removeStray();
    } catch (error) {
      log.error(`The output of ${gone.size} purged tasks could not be removed`, error);
    }
  }

  /**
   * Removes output without a task, since a process may end between a purge and the removal of the files. While the
   * files of a queue that a restore replaced are kept, such output may belong to its tasks.
   */
  private async removeStrayOutput(): Promise<void> {
    const { db, storage, output } = this.context;
    await output?.removeStray();
    if (await keepsFormer(storage)) return;
    const tasks = [...(await tasksWithOutput(storage))];
    const strays = new Set<string>();
    for (let from = 0; from < tasks.length && !this.stopped; from += outputStep) {
      const some = tasks.slice(from, from + outputStep);
      const known = await db.read((reader) => knownIds(reader, some));
      for (const task of some) if (!known.has(task)) strays.add(task);
    }
    if (strays.size > 0) await removeOutputsOf(storage, strays);
  }

  private instantBefore(days: number): string {
    return toInstant(this.context.clock.now() - days * day);
  }
}

/** A batch goes with the last of its tasks, unless a task still waits for it. */
function removeEmptyBatches({ tx }: Change, removed: readonly TaskRow[]): void {
  for (const id of new Set(removed.flatMap((row) => [row.batch_id ?? [], row.after_batch ?? []].flat()))) {
    tx.run(`DELETE FROM batches WHERE id = ? AND ${emptyBatch}`, id);
  }
}

/** By the index alone: those that a live task needs are counted as well. */
function countUnreviewed(reader: Reader, by: string): number {
  const sql = `SELECT count(*) AS n FROM tasks INDEXED BY idx_tasks_unreviewed
    WHERE finished_at <= ? AND finished_at IS NOT NULL AND reviewed_at IS NULL AND deleted_at IS NULL`;
  return Number(reader.get(sql, by)?.n);
}
