/** Why a queue is not moved. */

import { QueueError } from '../../core/errors';
import type { SqlValue } from '../../store/engine/database';

/** How many are named, and how many there must be to say that there are others. */
const few = 5;
export const enough = few + 1;

/** The runs and other claims of a queue; for `refuseRunning`. */
export const runningTasks = `
SELECT tasks.id, tasks.label, attempts.host_id FROM tasks
  LEFT JOIN attempts ON attempts.task_id = tasks.id AND attempts.lease = tasks.lease
  WHERE tasks.status = 'running' ORDER BY tasks.seq LIMIT ${enough}`;

/** @throws QueueError `conflict` */
export function refuseRunning(rows: readonly SqlValue[][]): void {
  if (rows.length === 0) return;
  const names = rows.map(
    ([id, label, host]) => `${id}${label ? ` (${label})` : ''}${host ? ` on ${host}` : ''}`,
  );
  throw new QueueError(
    'conflict',
    `Moving not allowed while tasks run: ${listOf(names)}`,
    'Wait until they have ended, or cancel them; pause the streams so that no others start.',
  );
}

/** The first few of them, and whether there are more. */
export function listOf(names: readonly string[]): string {
  return names.length > few ? `${names.slice(0, few).join(', ')} and others` : names.join(', ');
}
