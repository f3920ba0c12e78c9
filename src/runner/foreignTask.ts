/** Tasks of somebody else, on a queue that persons share. */

import { QueueError } from '../core/errors';
import type { Task } from '../core/model';
import type { Queue } from '../core/queue';

/**
 * Whether somebody else than the person of this host decided what a task starts.
 * @param home the user folder, whose `machine.yml` may have changed since the claim; undefined where nobody is accepted
 * @throws QueueError `not_ready` where that person is not accepted
 */
export async function isForeign(
  queue: Pick<Queue, 'status'>,
  home: string | undefined,
  { id, created_by: person }: Pick<Task, 'id' | 'created_by'>,
): Promise<boolean> {
  if (person === null || person === (await queue.status()).person) return false;
  const { readHostFacts } = await import('../config/hostFacts');
  if (home !== undefined && readHostFacts(home).accept.includes(person)) return true;
  throw new QueueError(
    'not_ready',
    `Task ${id} was not started: this host does not accept tasks of ${person}`,
  );
}
