/** Runs that stand still: a suspended one keeps its claim, and its time does not pass. */

import { fromInstant, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { TaskAnswer } from '../../core/model';
import type { Mutation } from '../../core/queue';
import { wrongState } from '../../core/refusals';
import { canSuspendProcesses } from '../../system/processes';
import type { Context } from '../rows/change';
import { mutate } from '../rows/idempotency';
import type { TaskRow } from '../rows/taskRow';
import { needTask, patchTask, repeatTask, taskView } from '../rows/taskTable';
import { nextDueAt } from './leases';

export class Suspension {
  constructor(private readonly context: Context) {}

  async suspend(id: string, mutation?: Mutation): Promise<TaskAnswer> {
    return mutate(this.context, `suspend ${id}`, mutation, repeatTask, (change) => {
      const row = needTask(change.tx, id);
      demandSuspendable(row);
      if (row.suspended_at !== null) return taskView(change, row);
      const task = taskView(change, patchTask(change, row, { suspended_at: change.now, due_at: null }));
      change.emitTask('task.updated', task);
      return task;
    });
  }

  async continue(id: string, mutation?: Mutation): Promise<TaskAnswer> {
    return mutate(this.context, `continue ${id}`, mutation, repeatTask, (change) => {
      const row = needTask(change.tx, id);
      if (row.status !== 'running') throw wrongState('Continue', row.status, `sparkq task ${row.id}`);
      if (row.suspended_at === null) return taskView(change, row);
      const stoodStill = Math.max(0, change.ms - fromInstant(row.suspended_at));
      const later = (instant: string | null) => instant && toInstant(fromInstant(instant) + stoodStill);
      const next = {
        ...row,
        suspended_at: null,
        deadline: later(row.deadline),
        lease_until: later(row.lease_until),
      };
      const dueAt = nextDueAt(next);
      const { suspended_at, deadline, lease_until } = next;
      const patch = { suspended_at, deadline, lease_until, due_at: toInstant(dueAt) };
      const task = taskView(change, patchTask(change, row, patch));
      change.due(dueAt);
      change.emitTask('task.updated', task);
      return task;
    });
  }
}

function demandSuspendable(row: TaskRow): void {
  if (row.status !== 'running') throw wrongState('Suspend', row.status, `sparkq task ${row.id}`);
  if (row.cancel_requested === 1) throw wrongState('Suspend', 'stopping', `sparkq task ${row.id}`);
  if (row.supervised === 0) {
    throw new QueueError(
      'wrong_state',
      `Task ${row.id} is run by an outside worker, whose processes SparkQ does not know`,
      `Ask the worker to stop: sparkq cancel ${row.id}`,
    );
  }
  if (!canSuspendProcesses) {
    throw new QueueError(
      'wrong_state',
      'Windows cannot suspend the processes of a run',
      `End it instead: sparkq cancel ${row.id}`,
    );
  }
}
