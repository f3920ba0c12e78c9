/** Why `sparkq watch --once` found nothing to run. */

import { QueueError } from '../../../core/errors';
import type { Task, WaitingReason } from '../../../core/model';
import type { Queue } from '../../../core/queue';
import { whyWaitingHere } from '../../../core/waiting';

export type IdleReason =
  | { code: 'no_stream' | 'no_tasks'; values: { stream: string } }
  /** Of the first task in line. */
  | (WaitingReason & { task_id?: string });

/** The reason as data, and the line that says it. */
export async function whyIdle(queue: Queue, name: string): Promise<{ reason: IdleReason; text: string }> {
  try {
    const stream = await queue.getStream(name);
    const { items, total } = await queue.listTasks({
      stream: stream.id,
      status: 'queued',
      order: 'position',
      limit: 1,
    });
    const [first] = items;
    if (first === undefined) return nothing('no_tasks', name, `No queued tasks in stream '${name}'`);
    // What stands in the way besides a worker: one was here until now.
    const { waiting, waiting_reason } = whyWaitingHere(first, stream, { present: true }, Date.now());
    const reason = { ...(waiting_reason ?? { code: 'next', values: {} }), task_id: first.id };
    return { reason, text: `Nothing to run in stream '${name}'. ${inLine(first, total)}: ${waiting}` };
  } catch (error) {
    if (!QueueError.is(error, 'not_found')) throw error;
    return nothing('no_stream', name, `No stream '${name}' yet`);
  }
}

function nothing(code: 'no_stream' | 'no_tasks', stream: string, text: string) {
  return { reason: { code, values: { stream } }, text };
}

function inLine({ id }: Task, total: number): string {
  return total === 1 ? `Task ${id}` : `First of ${total} tasks, ${id}`;
}
