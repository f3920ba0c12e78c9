/** Tasks that depend on other tasks. A task can only depend on older tasks, so there are no cycles. */

import type { AfterPolicy } from '../../core/model';
import type { Transaction } from '../engine/database';
import type { Change } from '../rows/change';
import { afterOf, selectTasks, type TaskRow } from '../rows/taskRow';
import { findTasks, needTasks, patchTask, taskView, taskViews } from '../rows/taskTable';

type State = 'open' | 'met' | 'failed';

export interface Dependencies {
  /** Each dependency once, in the given order. */
  states: { id: string; state: State }[];
  /** How many of them keep the task from starting. */
  open: number;
  /** The failed dependency that makes the task fail at once. */
  failedBy: string | null;
}

/** The states of a new task's dependencies. @throws QueueError `not_found` */
export function resolveDependencies(
  tx: Transaction,
  ids: readonly string[],
  policy: AfterPolicy,
): Dependencies {
  const states = new Map<string, State>();
  let failedBy: string | null = null;
  for (const { id, status } of needTasks(tx, ids)) {
    if (status === 'failed' && policy === 'fail') failedBy ??= id;
    states.set(id, stateFor(status, policy));
  }
  const list = [...states].map(([id, state]) => ({ id, state }));
  return { states: list, open: openOf(list), failedBy };
}

export function insertDependencies(
  tx: Transaction,
  id: string,
  policy: AfterPolicy,
  found: Dependencies,
): void {
  for (const { id: after, state } of found.states) {
    tx.run(
      'INSERT INTO dependencies (task_id, after_id, policy, state) VALUES (?, ?, ?, ?)',
      id,
      after,
      policy,
      state,
    );
  }
}

/** Updates the tasks that depend on `ended`, and returns those that must fail because of it. */
export function releaseDependents(change: Change, ended: TaskRow): TaskRow[] {
  const failing: TaskRow[] = [];
  const released: TaskRow[] = [];
  for (const row of dependentsOf(change.tx, ended.id, 'open')) {
    const state = stateFor(ended.status, row.after_policy);
    change.tx.run(
      'UPDATE dependencies SET state = ? WHERE task_id = ? AND after_id = ?',
      state,
      row.id,
      ended.id,
    );
    const next = release(change, row, state === 'met');
    if (next === null) failing.push(row);
    else released.push(next);
  }
  tellReleased(change, released);
  return failing;
}

/**
 * Updates a queued task when something that it waits for has ended.
 * @param met whether it ended as the task's policy wants
 * @returns the task as it is then; null if it must fail because of it
 */
export function release(change: Change, row: TaskRow, met: boolean): TaskRow | null {
  if (!met && row.after_policy === 'fail') return null;
  return patchTask(change, row, { open_after: row.open_after - (met ? 1 : 0) });
}

/** To be called once all that waited for the same have been updated. */
export function tellReleased(change: Change, rows: readonly TaskRow[]): void {
  for (const task of taskViews(change, rows)) change.emitTask('task.updated', task);
  for (const row of rows) if (row.open_after === 0) change.wake(row.stream_id);
}

/** Makes the tasks that are held because `failed` failed depend on its copy instead, including deleted ones. */
export function waitForCopy(change: Change, failed: string, copy: string): void {
  // The state of a deleted task was not updated at the failure.
  const waiting = change.tx.all(
    "SELECT task_id FROM dependencies WHERE after_id = ? AND policy = 'hold'",
    failed,
  );
  const ids = JSON.stringify(waiting.map(({ task_id }) => task_id));
  const queued = "WHERE id IN (SELECT value FROM json_each(?)) AND status = 'queued' ORDER BY seq";
  for (const row of waiting.length === 0 ? [] : selectTasks(change.tx, queued, ids)) {
    change.tx.run(
      "UPDATE dependencies SET after_id = ?, state = 'open' WHERE task_id = ? AND after_id = ?",
      copy,
      row.id,
      failed,
    );
    const after = afterOf(row).map((id) => (id === failed ? copy : id));
    const next = patchTask(change, row, { after_ids: JSON.stringify(after) });
    if (next.deleted_at === null) change.emitTask('task.updated', taskView(change, next));
  }
}

/** How many tasks a queued one still waits for, according to the rows of its dependencies. */
export function openDependenciesOf(tx: Transaction, id: string): number {
  const sql = "SELECT count(*) FROM dependencies WHERE task_id = ? AND state != 'met'";
  return Number(tx.values(sql, id)[0]?.[0]);
}

/** How many of these a task still waits for. */
export function openOf(states: readonly { state: State }[]): number {
  return states.filter(({ state }) => state !== 'met').length;
}

/** A queued task that depends on this one; null if there is none. */
export function liveDependent(tx: Transaction, id: string): string | null {
  return (dependentsOf(tx, id, 'open')[0] ?? dependentsOf(tx, id, 'failed')[0])?.id ?? null;
}

/** The queued tasks whose dependency on `id` is in `state`. In two steps: a join would start from all queued tasks. */
function dependentsOf(tx: Transaction, id: string, state: State): TaskRow[] {
  const found = tx.values('SELECT task_id FROM dependencies WHERE after_id = ? AND state = ?', id, state);
  const ids = found.map(([task]) => String(task));
  return findTasks(tx, ids).flatMap((row) => (row?.status === 'queued' ? [row] : []));
}

export function stateFor(status: TaskRow['status'], policy: AfterPolicy): State {
  if (status === 'succeeded') return 'met';
  if (status !== 'failed') return 'open';
  return policy === 'run' ? 'met' : 'failed';
}
