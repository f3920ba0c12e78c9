/**
 * Removing finished tasks, on request and automatically. The automatic purge never removes unreviewed tasks; a
 * cancelled task counts as reviewed.
 */

import { type Timer, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { deletedDays } from '../../core/model';
import type { Mutation, PurgeAnswer, PurgeRequest } from '../../core/queue';
import { invalid } from '../../core/refusals';
import { tidyLater } from '../../system/heldFiles';
import type { Reader } from '../engine/database';
import { keepsFormer } from '../engine/restore';
import { listOutputs, removeOutput } from '../outputFiles';
import type { Change, Context } from '../rows/change';
import { forgetOldKeys, mutate, type Repeat } from '../rows/idempotency';
import { selectTasks, type TaskRow } from '../rows/taskRow';

const day = 24 * 60 * 60 * 1000;
/** How many tasks one transaction removes. */
const batch = 500;
const idsAnswered = 1000;

/** No queued or running task, not even a deleted one that can be restored, depends on it, and none is its copy. */
const unneeded = `NOT EXISTS (SELECT 1 FROM dependencies JOIN tasks AS live ON live.id = dependencies.task_id
    WHERE dependencies.after_id = tasks.id AND live.finished_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM tasks AS live
    WHERE live.retry_of = tasks.id AND live.finished_at IS NULL AND live.deleted_at IS NULL)`;

/** Parameters: a stream, and an instant. */
const finishedBefore = `stream_id = ? AND finished_at IS NOT NULL AND finished_at < ? AND deleted_at IS NULL
  AND ${unneeded}`;

export class Purge {
  private timer: Timer | undefined;
  private stopped = false;

  constructor(private readonly context: Context) {}

  async purge(request: PurgeRequest = {}, mutation?: Mutation): Promise<PurgeAnswer> {
    const days = request.older_than_days ?? this.context.config.current().purge.older_than_days;
    if (!(days >= 0 && days <= 100_000)) throw invalid('older_than_days', days, 'Give a number of days.');
    const dryRun = request.dry_run === true;
    const keepUnreviewed = request.keep_unreviewed === true;
    const before = this.instantBefore(days);
    const find = (reader: Reader) => findFinished(reader, before, keepUnreviewed, Number.MAX_SAFE_INTEGER);
    const answer = (reader: Reader, purged: number, rows: readonly TaskRow[]): PurgeAnswer => ({
      purged,
      kept_unreviewed: keepUnreviewed ? countUnreviewed(reader, before) : 0,
      dry_run: dryRun,
      tasks: rows.slice(0, idsAnswered).map(({ id }) => id),
    });
    if (dryRun) {
      return this.context.db.read((reader) => {
        const rows = find(reader);
        return answer(reader, rows.length, rows);
      });
    }
    const repeat: Repeat<PurgeAnswer> = {
      keep: ({ purged }) => ({ row: null, fact: purged }),
      again: ({ tx }, { fact }) => answer(tx, Number(fact), []),
    };
    return mutate(this.context, 'purge', mutation, repeat, (change) => {
      const rows = find(change.tx);
      remove(change, rows);
      return answer(change.tx, rows.length, rows);
    });
  }

  /** Purges now and once a day. */
  start(): void {
    void this.daily();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async daily(): Promise<void> {
    const { log, clock } = this.context;
    try {
      await forgetOldKeys(this.context);
      const purged = await this.automatic();
      if (purged > 0) log.info(`Purged ${purged} finished tasks.`);
      await this.removeStrayOutput();
    } catch (error) {
      if (!QueueError.is(error)) log.error('The daily purge failed', error);
    }
    if (!this.stopped) this.timer = clock.after(day, () => void this.daily());
  }

  /** Removes old reviewed tasks, and those deleted a week ago. */
  private async automatic(): Promise<number> {
    const finished = this.instantBefore(this.context.config.current().purge.older_than_days);
    const deleted = this.instantBefore(deletedDays);
    let purged = 0;
    for (let last = batch; last >= batch && !this.stopped; purged += last) {
      last = await this.context.change((change) => {
        const rows = [...findDeleted(change.tx, deleted), ...findFinished(change.tx, finished, true, batch)];
        remove(change, rows);
        return rows.length;
      });
    }
    return purged;
  }

  /**
   * Removes output without a task, since a process may end between a purge and the removal of the files. While the
   * files of a queue that a restore replaced are kept, such output may belong to its tasks.
   */
  private async removeStrayOutput(): Promise<void> {
    const { db, storage } = this.context;
    if (await keepsFormer(storage)) return;
    const outputs = await listOutputs(storage);
    for (let from = 0; from < outputs.length && !this.stopped; from += batch) {
      const some = outputs.slice(from, from + batch);
      const ids = JSON.stringify(some.map(({ task }) => task));
      const rows = await db.read((reader) =>
        reader.all('SELECT id FROM tasks WHERE id IN (SELECT value FROM json_each(?))', ids),
      );
      const known = new Set(rows.map(({ id }) => id));
      for (const { task, attempt } of some) {
        if (!known.has(task)) await tidyLater(storage, () => removeOutput(storage, task, attempt));
      }
    }
  }

  private instantBefore(days: number): string {
    return toInstant(this.context.clock.now() - days * day);
  }
}

/** Finished tasks that nothing refers to, oldest first within each stream. */
function findFinished(reader: Reader, before: string, keepUnreviewed: boolean, limit: number): TaskRow[] {
  const reviewed = keepUnreviewed ? ' AND reviewed_at IS NOT NULL' : '';
  const rest = `WHERE ${finishedBefore}${reviewed} ORDER BY finished_at LIMIT ?`;
  const found: TaskRow[] = [];
  for (const stream of streamIds(reader)) {
    found.push(...selectTasks(reader, rest, stream, before, limit - found.length));
    if (found.length >= limit) break;
  }
  return found;
}

function countUnreviewed(reader: Reader, before: string): number {
  const sql = `SELECT count(*) AS n FROM tasks WHERE ${finishedBefore} AND reviewed_at IS NULL`;
  const counts = streamIds(reader).map((stream) => Number(reader.get(sql, stream, before)?.n));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Finished tasks are found stream by stream, as the index is: otherwise the whole history would be read. */
function streamIds(reader: Reader): string[] {
  return reader.all('SELECT id FROM streams').map(({ id }) => String(id));
}

function findDeleted(reader: Reader, before: string): TaskRow[] {
  const rest = `WHERE deleted_at IS NOT NULL AND deleted_at < ? AND ${unneeded} LIMIT ?`;
  return selectTasks(reader, rest, before, batch);
}

/** Attempts and dependencies are removed with their tasks, output files once that is durable. */
function remove(change: Change, rows: readonly TaskRow[]): void {
  const { tx, context } = change;
  const removed: { id: string; attempts: number }[] = [];
  for (const row of rows) {
    const { attempts, id } = row;
    tx.run('DELETE FROM tasks WHERE id = ?', id);
    change.removed(row);
    removed.push({ id, attempts });
  }
  if (removed.length > 0) tx.onDurable(() => void removeOutputs(context, removed));
}

async function removeOutputs(
  context: Context,
  tasks: readonly { id: string; attempts: number }[],
): Promise<void> {
  for (const { id, attempts } of tasks) {
    for (let attempt = 0; attempt <= attempts; attempt++) {
      try {
        await removeOutput(context.storage, id, attempt);
      } catch (error) {
        context.log.error(`The output of ${id} could not be removed`, error);
        return;
      }
    }
  }
}
