/** Tells of what begins to wait for approval: once for each plan. Does not depend on VS Code. */

import { Coalescer } from '../../core/coalescer';
import type { QueueEvent } from '../../core/events';
import { isUnapproved, type Task } from '../../core/model';

/** Milliseconds within which the tasks of a plan come, and those are approved that need no person. */
const together = 400;

/** The events with which a task may begin to wait. */
const beginnings: ReadonlySet<QueueEvent['type']> = new Set<QueueEvent['type']>([
  'task.created',
  'task.requeued',
  'task.updated',
]);

export class UnapprovedPlans {
  /** Those to tell of. */
  private fresh = new Map<string, Task>();
  private readonly told = new Set<string>();
  private readonly telling = new Coalescer(() => this.tellAll(), { delay: together });

  /** @param tell is called with the tasks of a plan, or with one that is in none */
  constructor(private readonly tell: (tasks: readonly Task[]) => void) {}

  take({ type, task }: QueueEvent): void {
    if (!task) return;
    if (!isUnapproved(task) || task.deleted_at !== null) {
      this.fresh.delete(task.id);
      this.told.delete(task.id);
    } else if (this.fresh.has(task.id)) this.fresh.set(task.id, task);
    else if (beginnings.has(type) && !this.told.has(task.id)) {
      this.fresh.set(task.id, task);
      this.telling.request();
    }
  }

  dispose(): void {
    this.telling.stop();
  }

  private async tellAll(): Promise<void> {
    const plans = new Map<string, Task[]>();
    for (const task of this.fresh.values()) {
      const plan = task.batch_id ?? task.id;
      plans.set(plan, [...(plans.get(plan) ?? []), task]);
      this.told.add(task.id);
    }
    this.fresh = new Map();
    for (const tasks of plans.values()) this.tell(tasks);
  }
}
