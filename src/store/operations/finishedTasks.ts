/** Walks through the finished tasks that a purge may take, some at a time, so that nobody waits long for a step. */

import type { Instant } from '../../core/clock';
import type { Reader } from '../engine/database';
import { selectTasks, type TaskRow } from '../rows/taskRow';

/** How many tasks one step takes. */
const stepTasks = 25;
/** How many it looks at. */
const stepRows = 200;
/** How many characters of payload and result it takes at most, unless a single task has more. */
const stepText = 512 * 1024;

/** No queued or running task, not even a deleted one that can be restored, depends on it, and none is its copy. */
export const unneeded = `NOT EXISTS (SELECT 1 FROM dependencies JOIN tasks AS live ON live.id = dependencies.task_id
    WHERE dependencies.after_id = tasks.id AND live.finished_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM tasks AS live
    WHERE live.retry_of = tasks.id AND live.finished_at IS NULL AND live.deleted_at IS NULL)`;

const next = `SELECT seq, finished_at, reviewed_at IS NOT NULL, length(payload) + coalesce(length(result), 0)
  FROM tasks WHERE stream_id = ? AND finished_at IS NOT NULL AND finished_at >= ? AND finished_at <= ?
  AND (finished_at, seq) > (?, ?) AND deleted_at IS NULL AND ${unneeded} ORDER BY finished_at, seq LIMIT ?`;

/** Which finished tasks are taken. */
export interface Finished {
  /** Those that finished by then. */
  by: Instant;
  reviewed: boolean;
  unreviewed: boolean;
}

export class FinishedTasks {
  /** How many have been passed over because they are not reviewed. */
  keptUnreviewed = 0;
  /** Those that are left, the present one first. */
  private streams: string[] | undefined;
  private place: { at: Instant; seq: number } = { at: '', seq: 0 };

  constructor(private readonly wanted: Finished) {}

  /**
   * The next tasks of the walk, which may be none; undefined at its end. Oldest first within each stream. The walk goes on
   * only once all has been read: a transaction may run again.
   */
  step(reader: Reader): TaskRow[] | undefined {
    const walk = Object.assign(new FinishedTasks(this.wanted), this);
    const tasks = walk.advance(reader);
    Object.assign(this, walk);
    return tasks;
  }

  private advance(reader: Reader): TaskRow[] | undefined {
    // Stream by stream, as the index is: otherwise the whole history would be read.
    this.streams ??= reader.all('SELECT id FROM streams').map(({ id }) => String(id));
    if (this.streams.length === 0) return undefined;
    const found: number[] = [];
    let text = 0;
    let left = stepRows;
    while (left > 0 && this.streams[0] !== undefined) {
      const { at, seq } = this.place;
      const rows = reader.values(next, this.streams[0], at, this.wanted.by, at, seq, left);
      for (const [seq, at, reviewed, length] of rows as [number, Instant, 0 | 1, number][]) {
        if (this.wants(reviewed === 1)) {
          text += length;
          if (found.length === stepTasks || (text > stepText && found.length > 0)) return read(reader, found);
          found.push(seq);
        }
        this.place = { at, seq };
      }
      if (rows.length < left) this.nextStream();
      // A stream without rows costs a search as well.
      left -= Math.max(1, rows.length);
    }
    return read(reader, found);
  }

  private wants(reviewed: boolean): boolean {
    const { wanted } = this;
    if (!reviewed && !wanted.unreviewed) this.keptUnreviewed += 1;
    return reviewed ? wanted.reviewed : wanted.unreviewed;
  }

  private nextStream(): void {
    this.streams = this.streams?.slice(1);
    this.place = { at: '', seq: 0 };
  }
}

function read(reader: Reader, found: readonly number[]): TaskRow[] {
  if (found.length === 0) return [];
  const rest = 'WHERE seq IN (SELECT value FROM json_each(?))';
  const rows = new Map(selectTasks(reader, rest, JSON.stringify(found)).map((row) => [row.seq, row]));
  return found.flatMap((seq) => rows.get(seq) ?? []);
}
