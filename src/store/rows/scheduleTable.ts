/** Rows of schedules: reading and changing them, and converting them to the answered `Schedule`. */

import { canonical, pinOfSchedule } from '../../config/pins';
import { type Config, confirmedSchedule, type ScheduleConfig } from '../../core/config';
import type {
  MissedPolicy,
  OverlapPolicy,
  Schedule,
  ScheduleAnswer,
  ScheduleOutcome,
} from '../../core/model';
import { notFound } from '../../core/refusals';
import type { Reader, Row, SqlValue } from '../engine/database';
import type { Change } from './change';
import type { Repeat } from './idempotency';
import { updateRow } from './statements';
import { type Flag, parsed } from './taskRow';

/** The columns of a schedule. */
export interface ScheduleRow extends Record<string, SqlValue> {
  id: string;
  stream_id: string;
  cron: string;
  zone: string;
  missed: MissedPolicy;
  overlap: OverlapPolicy;
  tool_name: string;
  task_class: string | null;
  payload: string;
  label: string | null;
  timeout: number | null;
  kill_after: number | null;
  max_attempts: number | null;
  front: Flag;
  paused: Flag;
  next_at: string | null;
  planned_at: string;
  last_at: string | null;
  last_outcome: ScheduleOutcome | null;
  last_error: string | null;
  last_task_id: string | null;
  open_tasks: string;
  created_at: string;
  updated_at: string;
  name: string | null;
  pin: string | null;
  created_by: string | null;
}

// The columns are those of the interface; a test reads every one of them.
const asScheduleRow = (row: Row): ScheduleRow => row as unknown as ScheduleRow;

/** @param rest of the select, from WHERE on */
export function selectSchedules(reader: Reader, rest: string, ...params: SqlValue[]): ScheduleRow[] {
  return reader.all(`SELECT * FROM schedules ${rest}`, ...params).map(asScheduleRow);
}

/** @throws QueueError `not_found` */
export function needSchedule(reader: Reader, id: string): ScheduleRow {
  const [row] = selectSchedules(reader, 'WHERE id = ?', id.trim());
  if (row === undefined) throw notFound('Schedule', id.trim());
  return row;
}

/** What a row of the file was made from; equal for equal schedules. */
export function pinText(schedule: ScheduleConfig): string {
  return canonical(pinOfSchedule(schedule));
}

/** Whether the file still says what a row of it was made from, and that is confirmed. Other rows depend on no file. */
export function isCurrent({ name, pin }: ScheduleRow, config: Config): boolean {
  if (name === null) return true;
  const schedule = confirmedSchedule(config, name);
  return schedule !== undefined && pinText(schedule) === pin;
}

/** Its tasks stay. */
export function removeSchedule(change: Change, row: ScheduleRow): void {
  change.tx.run('DELETE FROM schedules WHERE id = ?', row.id);
  change.emitSchedule('schedule.removed', scheduleOf(row, change.context.config.current()));
}

export function scheduleOf(row: ScheduleRow, config: Config): Schedule {
  return {
    id: row.id,
    name: row.name,
    stream_id: row.stream_id,
    cron: row.cron,
    zone: row.zone,
    missed: row.missed,
    overlap: row.overlap,
    tool_name: row.tool_name,
    task_class: row.task_class,
    payload: row.payload,
    payload_json: parsed(row.payload),
    label: row.label,
    timeout: row.timeout,
    kill_after: row.kill_after,
    max_attempts: row.max_attempts,
    front: row.front === 1,
    paused: row.paused === 1,
    unconfirmed: !isCurrent(row, config),
    next_at: row.next_at,
    last_at: row.last_at,
    last_outcome: row.last_outcome,
    last_error: row.last_error,
    last_task_id: row.last_task_id,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

/** Writes the columns that change, and has the rest of the change say so. */
export function changeSchedule(change: Change, before: ScheduleRow, patch: Partial<ScheduleRow>): Schedule {
  const columns = { ...patch, updated_at: change.now } as Record<string, SqlValue>;
  updateRow(change.tx, 'schedules', before.id, columns);
  const schedule = scheduleOf({ ...before, ...columns }, change.context.config.current());
  change.emitSchedule('schedule.updated', schedule);
  return schedule;
}

/** For operations that answer with a schedule: of one that is gone the id alone. */
export const repeatSchedule: Repeat<ScheduleAnswer> = {
  keep: ({ id }) => ({ row: id, fact: null }),
  again: (change, { row }) => {
    const [now] = selectSchedules(change.tx, 'WHERE id = ?', row);
    return now === undefined ? { id: String(row) } : scheduleOf(now, change.context.config.current());
  },
};
