import type { TaskAnswer } from '../../core/model';
import type { Queue } from '../../core/queue';

/** Queues a copy with a note on what to do better, and marks the task as reviewed but not accepted. */
export async function requeueForReview(
  queue: Queue,
  id: string,
  note: string | undefined,
): Promise<TaskAnswer> {
  const copy = await queue.requeue(id, { note });
  const { reviewed_at } = await queue.getTask(id);
  if (reviewed_at === null) await queue.reviewTask(id, { accepted: false });
  return copy;
}
