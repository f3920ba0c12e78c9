/** What changes of a schedule have in common: planning its next time, and enqueueing its task. */

import { toInstant } from '../../../core/clock';
import type { TaskAnswer } from '../../../core/model';
import type { NewTask } from '../../../core/queue';
import type { Reader } from '../../engine/database';
import type { Change } from '../../rows/change';
import type { ScheduleRow } from '../../rows/scheduleTable';
import type { Enqueueing } from '../enqueueing';
import type { Unkept } from './unkept';

export type Timetable = typeof import('../../../config/timetable');

/** Of its tasks so many are remembered that have not finished. */
const mostOpen = 100;

/** The columns that say when it is due next, and a timer for that. @throws QueueError `invalid_field` */
export function plan(
  change: Change,
  { cron, zone }: Pick<ScheduleRow, 'cron' | 'zone'>,
  { nextTime }: Timetable,
): Pick<ScheduleRow, 'next_at' | 'planned_at'> {
  const next = nextTime(cron, zone, change.ms);
  if (next !== null) change.due(next);
  return { next_at: next === null ? null : toInstant(next), planned_at: change.now };
}

/**
 * Enqueues the task of a schedule; a refusal comes before anything is written.
 * @param unkept of its task
 * @param id of the task
 * @param key its idempotency key
 */
export function enqueueFor(
  change: Change,
  enqueueing: Enqueueing,
  row: ScheduleRow,
  unkept: Unkept,
  id: string,
  key?: string,
): { task: TaskAnswer; changes: Partial<ScheduleRow> } {
  const request: NewTask = {
    stream: row.stream_id,
    tool_name: row.tool_name,
    task_class: row.task_class ?? undefined,
    payload: row.payload,
    label: row.label ?? undefined,
    timeout: row.timeout ?? undefined,
    kill_after: row.kill_after ?? undefined,
    max_attempts: row.max_attempts ?? undefined,
    front: row.front === 1,
    ...unkept,
    idempotency_key: key,
  };
  // What a file says, the person of this host has confirmed; what is run by hand, whoever does that.
  const creator = row.name === null && key !== undefined ? row.created_by : null;
  const { task } = enqueueing.enqueueIn(change, request, id, creator);
  const open = [...unfinishedOf(change.tx, row), task.id].slice(-mostOpen);
  return {
    task,
    changes: {
      last_outcome: 'enqueued',
      last_error: null,
      last_task_id: task.id,
      open_tasks: JSON.stringify(open),
    },
  };
}

/** Those of its tasks that are queued or running. */
export function unfinishedOf(reader: Reader, { open_tasks: ids }: ScheduleRow): string[] {
  const rows = reader.all(
    `SELECT id FROM tasks WHERE id IN (SELECT value FROM json_each(?))
       AND status IN ('queued', 'running') AND deleted_at IS NULL`,
    ids,
  );
  return rows.map(({ id }) => String(id));
}
