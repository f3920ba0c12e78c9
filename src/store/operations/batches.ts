/** Batches as a whole: reading them, cancelling what is left of one, and retrying what failed. */

import { QueueError } from '../../core/errors';
import type { Batch, Page } from '../../core/model';
import type { BatchFilter, Mutation } from '../../core/queue';
import { checkPage } from '../../core/validation';
import type { SqlValue } from '../engine/database';
import { batchOf, needBatch, selectBatches } from '../rows/batchTable';
import type { Change, Context } from '../rows/change';
import { mutateInSteps, type Repeat } from '../rows/idempotency';
import { needStream, refuseEnded } from '../rows/streamTable';
import { selectTasks, type TaskRow } from '../rows/taskRow';
import { copyTask } from './copies';
import { requestCancel } from './taskEnd';

/** How many tasks one transaction changes, so that nobody waits long for it. */
const step = 100;

export const repeatBatch: Repeat<Batch> = {
  keep: ({ id }) => ({ row: id, fact: null }),
  again: (change, { row }) => batchOf(change.batch(String(row))),
};

export class Batches {
  constructor(private readonly context: Context) {}

  get(id: string): Promise<Batch> {
    return this.context.db.read((reader) => batchOf(needBatch(reader, id)));
  }

  async list(filter: BatchFilter = {}): Promise<Page<Batch>> {
    const { limit, offset } = checkPage(filter);
    return this.context.db.read((reader) => {
      const texts = ['TRUE'];
      const values: SqlValue[] = [];
      if (filter.stream !== undefined) {
        texts.push('stream_id = ?');
        values.push(needStream(reader, filter.stream).id);
      }
      if (filter.open) texts.push('queued + running > 0');
      const where = `WHERE ${texts.join(' AND ')}`;
      const rows = selectBatches(
        reader,
        `${where} ORDER BY seq DESC LIMIT ? OFFSET ?`,
        ...values,
        limit,
        offset,
      );
      const total = Number(reader.values(`SELECT count(*) FROM batches ${where}`, ...values)[0]?.[0]);
      return { items: rows.map(batchOf), total, limit, offset };
    });
  }

  async cancel(id: string, mutation?: Mutation): Promise<Batch> {
    return mutateInSteps(this.context, `cancel ${id.trim()}`, mutation, repeatBatch, async () => {
      const batch = await this.get(id);
      // First those that wait for it: they are not to start when it ends.
      await this.inSteps(({ tx }) => selectTasks(tx, waiters, batch.id, step), cancelOne);
      await this.inSteps(({ tx }) => selectTasks(tx, unfinished, batch.id, step), cancelOne);
      return this.get(batch.id);
    });
  }

  async retry(id: string, mutation?: Mutation): Promise<Batch> {
    return mutateInSteps(this.context, `retry ${id.trim()}`, mutation, repeatBatch, async () => {
      const { id: batch, last } = await this.context.change((change) => goOn(change, id));
      let from = 0;
      // Copies come after `last`: what fails again meanwhile is not retried twice.
      await this.inSteps(
        ({ tx }) => selectTasks(tx, failed, batch, from, last, step),
        (change, row) => {
          from = row.seq;
          copyTask(change, row);
        },
      );
      return this.get(batch);
    });
  }

  /** Does `work` to the rows that `find` gives, until it gives none. */
  private async inSteps(
    find: (change: Change) => TaskRow[],
    work: (change: Change, row: TaskRow) => void,
  ): Promise<void> {
    const some = (change: Change) => {
      const rows = find(change);
      for (const row of rows) work(change, row);
      return rows.length;
    };
    while ((await this.context.change(some)) > 0);
  }
}

const waiters =
  "WHERE after_batch = ? AND status = 'queued' AND deleted_at IS NULL AND open_after > 0 LIMIT ?";
/** The last first: one that waits for another is cancelled, and does not fail because of it. */
const unfinished = `WHERE batch_id = ? AND finished_at IS NULL AND deleted_at IS NULL AND cancel_requested = 0
  ORDER BY stream_id DESC, seq DESC LIMIT ?`;
const failed = `WHERE batch_id = ? AND seq > ? AND seq <= ? AND status = 'failed' AND failure_kind NOT IN ('cancelled', 'denied')
  AND copied = 0 AND deleted_at IS NULL ORDER BY seq LIMIT ?`;

function cancelOne(change: Change, row: TaskRow): void {
  // Cancelling another one may have ended it.
  const [now] = selectTasks(change.tx, 'WHERE id = ?', row.id);
  if (now === undefined || now.finished_at !== null) return;
  requestCancel(change, now);
}

/** Lets the tasks of a batch start again, and says which of its tasks is the last. */
function goOn(change: Change, reference: string): { id: string; last: number } {
  const { id } = needBatch(change.tx, reference);
  const batch = change.batch(id);
  if (batch.failed === 0 && batch.stopped_at === null) {
    throw new QueueError(
      'wrong_state',
      `Retry not allowed: no task of batch ${id} has failed`,
      `See: sparkq batch ${id}`,
    );
  }
  refuseEnded(change.streamById(batch.stream_id), 'Retry');
  change.tx.run('UPDATE batches SET failures = 0, stopped_at = NULL WHERE id = ?', id);
  change.wakeBatch(id);
  if (batch.stopped_at !== null) change.emitBatch('batch.updated', batchOf(change.batch(id)));
  return { id, last: Number(change.tx.values('SELECT max(seq) FROM tasks WHERE batch_id = ?', id)[0]?.[0]) };
}
