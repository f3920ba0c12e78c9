/** Tasks that depend on other tasks. A task can only depend on older tasks, so there are no cycles. */

import type { AfterPolicy } from '../../core/model';
import type { Transaction } from '../engine/database';
import type { Change } from '../rows/change';
import { afterOf, selectTasks, type TaskRow } from '../rows/taskRow';
import { findTask, needTask, patchTask, taskView } from '../rows/taskTable';

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
  for (const given of ids) {
    const { id, status } = needTask(tx, given);
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
  for (const row of dependentsOf(change.tx, ended.id, 'open')) {
    const state = stateFor(ended.status, row.after_policy);
    change.tx.run(
      'UPDATE dependencies SET state = ? WHERE task_id = ? AND after_id = ?',
      state,
      row.id,
      ended.id,
    );
    if (!release(change, row, state === 'met')) failing.push(row);
  }
  return failing;
}

/**
 * Updates a queued task when something that it waits for has ended.
 * @param met whether it ended as the task's policy wants
 * @returns false if the task must fail because of it
 */
export function release(change: Change, row: TaskRow, met: boolean): boolean {
  if (!met && row.after_policy === 'fail') return false;
  const next = patchTask(change, row, { open_after: row.open_after - (met ? 1 : 0) });
  change.emitTask('task.updated', taskView(change, next));
  if (next.open_after === 0) change.wake(next.stream_id);
  return true;
}

/** Makes the tasks that are held because `failed` failed depend on its copy instead, including deleted ones. */
export function waitForCopy(change: Change, failed: string, copy: string): void {
  // The state of a deleted task was not updated at the failure.
  const waiting = change.tx.all(
    "SELECT task_id FROM dependencies WHERE after_id = ? AND policy = 'hold'",
    failed,
  );
  for (const { task_id } of waiting) {
    const [row] = selectTasks(change.tx, "WHERE id = ? AND status = 'queued'", String(task_id));
    if (row === undefined) continue;
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

/** The queued tasks whose dependency on `id` is in `state`. One by one: a join would start from all queued tasks. */
function dependentsOf(tx: Transaction, id: string, state: State): TaskRow[] {
  return tx
    .all('SELECT task_id FROM dependencies WHERE after_id = ? AND state = ?', id, state)
    .flatMap((row) => findTask(tx, String(row.task_id)) ?? [])
    .filter(({ status }) => status === 'queued');
}

export function stateFor(status: TaskRow['status'], policy: AfterPolicy): State {
  if (status === 'succeeded') return 'met';
  if (status !== 'failed') return 'open';
  return policy === 'run' ? 'met' : 'failed';
}
