/**
 * What happens when a schedule is due: one change enqueues its task and plans its next time, so that whoever owns the
 * files goes on from there. The id of the task follows from the schedule and the time: where the clock goes back, the
 * time comes again, and its task is there.
 */

import { fromInstant, type Instant, toInstant } from '../../../core/clock';
import { messageWithHint, QueueError } from '../../../core/errors';
import type { Reader } from '../../engine/database';
import type { Change, Context } from '../../rows/change';
import { jumpSize } from '../../rows/clockJumps';
import { changeSchedule, isCurrent, type ScheduleRow, selectSchedules } from '../../rows/scheduleTable';
import { knownIds } from '../../rows/taskTable';
import type { Enqueueing } from '../enqueueing';
import { idFor } from '../severalTasks';
import { enqueueFor, plan, type Timetable, unfinishedOf } from './steps';
import type { Unkept, UnkeptReader } from './unkept';

/**
 * Later than this, nobody was there at the time, milliseconds. It is the least distance between two times, and more than
 * a take-over needs.
 */
const punctual = 60_000;
/** How many schedules one transaction takes; the rest follow in the next. */
const step = 25;

export class Firing {
  constructor(
    private readonly context: Context,
    private readonly enqueueing: Enqueueing,
    private readonly unkept: UnkeptReader,
  ) {}

  /** When there is something to do, wall-clock milliseconds; undefined if there never is. */
  nextDue(reader: Reader): number | undefined {
    const now = this.context.clock.now();
    if (this.dueSchedules(reader, now, 1).length > 0) return now;
    const [where, ...not] = this.here(reader);
    const next = reader.get(
      `SELECT next_at FROM schedules ${where} ORDER BY next_at LIMIT 1`,
      ...not,
    )?.next_at;
    return typeof next === 'string' ? fromInstant(next) : undefined;
  }

  /** Does what is due. */
  async run(): Promise<void> {
    const timetable = await import('../../../config/timetable');
    const { db, clock } = this.context;
    for (;;) {
      const rows = await db.read((reader) => this.dueSchedules(reader, clock.now(), step));
      const unkept = new Map<string, Unkept>();
      for (const row of rows) unkept.set(row.id, await this.unkept.of(row));
      await this.context.change((change) => this.runSome(change, unkept, timetable));
      if (rows.length < step) return;
    }
  }

  /** @param unkept of the schedules whose turn it is; what has become due since has its turn next */
  private runSome(change: Change, unkept: ReadonlyMap<string, Unkept>, timetable: Timetable): void {
    for (const row of this.dueSchedules(change.tx, change.ms, step)) {
      const known = unkept.get(row.id);
      if (known) changeSchedule(change, row, this.changesOf(change, row, known, timetable));
    }
  }

  private changesOf(
    change: Change,
    row: ScheduleRow,
    unkept: Unkept,
    timetable: Timetable,
  ): Partial<ScheduleRow> {
    // What it would enqueue is no longer what the file says, or nobody has confirmed that; another one may say it still.
    if (!isCurrent(row, this.context.config.current()))
      return this.context.place === undefined ? { next_at: null } : {};
    try {
      const fired =
        row.next_at === null || row.next_at > change.now ? {} : this.fire(change, row, unkept, timetable);
      return { ...fired, ...plan(change, row, timetable) };
    } catch (error) {
      // Its zone is not known to this program.
      if (!QueueError.is(error)) throw error;
      return { next_at: null, last_outcome: 'refused', last_error: messageWithHint(error) };
    }
  }

  private fire(change: Change, row: ScheduleRow, unkept: Unkept, timetable: Timetable): Partial<ScheduleRow> {
    const planned = fromInstant(String(row.next_at));
    // Of several times that have passed meanwhile, the last.
    const time =
      change.ms - planned < punctual
        ? planned
        : (timetable.lastTime(row.cron, row.zone, change.ms) ?? planned);
    return { last_at: toInstant(time), ...this.outcomeOf(change, row, unkept, time) };
  }

  private outcomeOf(change: Change, row: ScheduleRow, unkept: Unkept, time: number): Partial<ScheduleRow> {
    const at: Instant = toInstant(time);
    const key = `${row.id} ${at}`;
    const id = idFor('task', key);
    if (row.last_at === at || knownIds(change.tx, [id]).size > 0) return {};
    if (row.missed === 'skip' && change.ms - time >= punctual)
      return { last_outcome: 'missed', last_error: null };
    if (row.overlap === 'skip' && unfinishedOf(change.tx, row).length > 0)
      return { last_outcome: 'overlap', last_error: null };
    try {
      return enqueueFor(change, this.enqueueing, row, unkept, id, key).changes;
    } catch (error) {
      if (!QueueError.is(error)) throw error;
      return { last_outcome: 'refused', last_error: messageWithHint(error) };
    }
  }

  /** Those whose time has come, and those that were planned before the clock went back. */
  private dueSchedules(reader: Reader, now: number, limit: number): ScheduleRow[] {
    const [where, ...not] = this.here(reader);
    const due = `${where} AND next_at <= ? ORDER BY next_at LIMIT ?`;
    const rows = selectSchedules(reader, due, ...not, toInstant(now), limit);
    if (rows.length > 0) return rows;
    const early = `${where} AND planned_at > ? ORDER BY planned_at DESC LIMIT ?`;
    return selectSchedules(reader, early, ...not, toInstant(now + jumpSize), limit);
  }

  /** The start of a condition, and its values: of a shared queue, what the file of another place says fires there. */
  private here(reader: Reader): [where: string, ...not: string[]] {
    const { place, config } = this.context;
    const ofFiles = place === undefined ? [] : selectSchedules(reader, 'WHERE name IS NOT NULL');
    const elsewhere = ofFiles.filter((row) => !isCurrent(row, config.current())).map(({ id }) => id);
    if (elsewhere.length === 0) return ['WHERE next_at IS NOT NULL'];
    return [
      'WHERE next_at IS NOT NULL AND id NOT IN (SELECT value FROM json_each(?))',
      JSON.stringify(elsewhere),
    ];
  }
}
