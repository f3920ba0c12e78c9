/** Why a queue is not moved. */

import { QueueError } from '../../core/errors';
import type { Reader, SqlValue } from '../../store/engine/database';
import type { QueueTable } from './queueTables';

/** How many are named. */
export const few = 5;

/** The runs and other claims of a queue; for `refuseRunning`. */
export const runningTasks = `
SELECT tasks.id, tasks.label, attempts.host_id FROM tasks
  LEFT JOIN attempts ON attempts.task_id = tasks.id AND attempts.lease = tasks.lease
  WHERE tasks.status = 'running' ORDER BY tasks.seq LIMIT ${few + 1}`;

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

/**
 * PostgreSQL keeps no text with a NUL character in it.
 * @throws QueueError `invalid_field` that names the tasks with one
 */
export function refuseNul(reader: Reader, tables: readonly QueueTable[]): void {
  for (const { name, columns } of tables) {
    const id = ['task_id', 'id', 'name'].find((column) => columns.includes(column)) ?? columns[0];
    const any = columns.map((column) => `instr(${column}, char(0)) > 0`).join(' OR ');
    const rows = reader.values(`SELECT DISTINCT ${id} FROM ${name} WHERE ${any} LIMIT ${few + 1}`);
    if (rows.length === 0) continue;
    const found = columns.filter((column) =>
      reader.get(`SELECT 1 AS found FROM ${name} WHERE instr(${column}, char(0)) > 0 LIMIT 1`),
    );
    throw new QueueError(
      'invalid_field',
      `PostgreSQL keeps no NUL characters, and there are some in ${found.join(', ')} of ${name}: ${listOf(rows.map(([row]) => String(row)))}`,
      'Edit what has them, or delete it and run sparkq purge, then move the queue.',
    );
  }
}

/** The first few of them, and whether there are more. */
function listOf(names: readonly string[]): string {
  return names.length > few ? `${names.slice(0, few).join(', ')} and others` : names.join(', ');
}
