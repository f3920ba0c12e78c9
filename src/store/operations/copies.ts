/** Copies of finished tasks, which run again under new ids. */

import { newId } from '../../core/ids';
import type { Task } from '../../core/model';
import type { Transaction } from '../engine/database';
import type { Change } from '../rows/change';
import { hasEnvironment } from '../rows/hostRule';
import { refuseEnded } from '../rows/streamTable';
import { afterOf, type TaskRow } from '../rows/taskRow';
import { findTask, insertTask, taskView } from '../rows/taskTable';
import { insertDependencies, resolveDependencies, waitForCopy } from './dependencies';

/** Copies a finished task to the back of its stream. In its batch, the copy takes the place of one that failed. */
export function copyTask(change: Change, old: TaskRow, note: string | null = null): Task {
  const stream = change.streamById(old.stream_id);
  refuseEnded(stream, 'Requeue');
  const { stream_id, tool_name, task_class, payload, timeout, kill_after, label, max_attempts } = old;
  const { batch_id, batch_limited, needs, verify, fall_back, worktree } = old;
  const behind = change.tailOf(stream.id);
  const after = old.failure_kind === 'dependency' ? retriedDependencies(change.tx, old) : [];
  const found = after.length === 0 ? undefined : resolveDependencies(change.tx, after, old.after_policy);
  const copy = insertTask(change, {
    id: newId('task'),
    stream_id,
    tool_name,
    task_class,
    payload,
    timeout,
    kill_after,
    label,
    max_attempts,
    position: change.nextPosition(stream),
    retry_of: old.id,
    note,
    batch_id,
    batch_limited,
    needs,
    verify,
    fall_back,
    worktree,
    // The same work stays that of who made it; with a note, it is that of who copies it.
    created_by: note === null ? old.created_by : (change.context.db.person ?? null),
    // Its environment is still that host's; what it has done there, it does anew.
    bound_to: hasEnvironment(old) ? old.bound_to : null,
    ...(found && {
      after_ids: JSON.stringify(after),
      after_policy: old.after_policy,
      open_after: found.open,
    }),
  });
  if (found) insertDependencies(change.tx, copy.id, old.after_policy, found);
  if (old.status === 'failed') {
    waitForCopy(change, old.id, copy.id);
    if (batch_id !== null && old.copied === 0) standIn(change, old);
  }
  const task = taskView(change, copy, behind);
  change.emitTask('task.requeued', task);
  change.wake(stream.id);
  return task;
}

/** The failed task counts in its batch no more. Nothing that is answered of it changes. */
function standIn(change: Change, old: TaskRow): void {
  change.tx.run('UPDATE tasks SET copied = 1 WHERE id = ?', old.id);
  change.replaced(old, { ...old, copied: 1 });
}

/** The unfinished copies of the tasks that it waited for. */
function retriedDependencies(tx: Transaction, old: TaskRow): string[] {
  return afterOf(old).flatMap((id) => {
    const copy = tx.get('SELECT id FROM tasks WHERE retry_of = ? ORDER BY seq DESC LIMIT 1', id);
    const row = copy && findTask(tx, String(copy.id));
    return row && row.finished_at === null ? [row.id] : [];
  });
}
