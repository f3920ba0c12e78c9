/** What is special about tasks that one call enqueues together: their ids, the keys that name them, their refusals. */

import { createHash } from 'node:crypto';
import { QueueError } from '../../core/errors';
import { type IdKind, idPrefixes, isId } from '../../core/ids';
import type { EnqueuedMany, NewTaskOfMany } from '../../core/queue';
import { invalid } from '../../core/refusals';
import { requireText } from '../../core/validation';
import type { Repeat } from '../rows/idempotency';
import { taskNow } from '../rows/taskTable';

/** The ids of so many tasks of one call: all follow from the first, which is random, so that it stands for all. */
export function idsOfCall(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => (at === 0 ? first : idFor('task', `${first} ${at}`)));
}

/** The id of the one row that a text stands for. */
export function idFor(kind: IdKind, text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  return `${idPrefixes[kind]}_${digest.slice(0, 12)}`;
}

/** The id of the batch that a call makes: it follows from that of its first task. */
export function batchIdOfCall(first: string): string {
  return idFor('batch', `${first} batch`);
}

/** The first id and the number of tasks are kept. @param batch the one that the call names, if any */
export function repeatMany(batch: string | null): Repeat<EnqueuedMany> {
  return {
    keep: ({ tasks }) => ({ row: tasks[0]?.id ?? null, fact: tasks.length }),
    again: (change, { row, fact }) => ({
      tasks: idsOfCall(String(row), Number(fact)).map((id) => taskNow(change, id)),
      batch_id: batch ?? batchIdOfCall(String(row)),
      duplicate: true,
    }),
  };
}

/** The keys that name tasks within one call. */
export class Keys {
  private readonly places = new Map<string, number>();

  /** @throws QueueError `missing_field` for an empty key, `invalid_field` for one that is taken or looks like an id */
  constructor(tasks: readonly NewTaskOfMany[]) {
    tasks.forEach(({ key }, at) => {
      if (key === undefined) return;
      inTask(at, () => {
        const name = requireText('Key', key);
        if (isId(name)) throw invalid('key', name, 'A key must not look like an id.');
        if (this.places.has(name)) throw invalid('key', name, 'Give each task of the call another key.');
        this.places.set(name, at);
      });
    });
  }

  /**
   * What the task at a place waits for: places in the call, and ids of other tasks.
   * @throws QueueError `invalid_field` for the key of a task that is not before it
   */
  resolve(after: readonly string[], at: number): (string | number)[] {
    return after.map((given) => {
      const place = this.places.get(given.trim());
      if (place === undefined) return given;
      if (place < at) return place;
      throw invalid('after', given, 'List the task with that key before the one that waits for it.');
    });
  }
}

/** A key of its own would make "all or none" false. @throws QueueError `invalid_field` */
export function refuseOwnKey(task: NewTaskOfMany & { idempotency_key?: unknown }): void {
  const { idempotency_key: own } = task;
  if (own !== undefined) {
    throw invalid('idempotency_key', own, 'Give one Idempotency-Key for the whole call.');
  }
}

/** Says of a refusal which task of the call it is about: in the sentence, and as `index` from 0 in its details. */
export function inTask<T>(at: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!QueueError.is(error)) throw error;
    const { code, message, hint, details } = error;
    throw new QueueError(code, `${message} (task ${at + 1} of the call)`, hint, { ...details, index: at });
  }
}
