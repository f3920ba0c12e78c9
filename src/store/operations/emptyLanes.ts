/**
 * Deleting streams and sessions that hold nothing any more. Deleted tasks that could still be restored go with their
 * stream. A batch of it that has tasks on another stream belongs to that one from then on.
 */

import { QueueError } from '../../core/errors';
import type { Session } from '../../core/model';
import type { Mutation } from '../../core/queue';
import type { Reader } from '../engine/database';
import { batchOf, emptyBatch } from '../rows/batchTable';
import type { Change, Context } from '../rows/change';
import { firstVerdict, keyUse, mutateFor, repeatNothing } from '../rows/idempotency';
import { needSession } from '../rows/rows';
import { needStream, type StreamRow, selectStreams } from '../rows/streamTable';
import { streamView } from '../rows/streamView';
import type { Purge } from './purge';

export class EmptyLanes {
  constructor(
    private readonly context: Context,
    private readonly purge: Pick<Purge, 'removeDeletedOf'>,
  ) {}

  deleteStream(reference: string, mutation?: Mutation): Promise<void> {
    const streams = (reader: Reader) => [needStream(reader, reference)];
    return this.delete(`delete stream ${reference}`, mutation, streams, (change) => {
      deleteStreams(change, [change.needStream(reference)]);
    });
  }

  deleteSession(reference: string, mutation?: Mutation): Promise<void> {
    const streams = (reader: Reader) => streamsOf(reader, needSession(reader, reference));
    return this.delete(`delete session ${reference}`, mutation, streams, (change) => {
      const session = needSession(change.tx, reference);
      const rows = streamsOf(change.tx, session);
      deleteStreams(
        change,
        rows.map(({ id }) => change.streamById(id)),
      );
      change.tx.run('DELETE FROM sessions WHERE id = ?', session.id);
      change.emitSession('session.deleted', session);
    });
  }

  /** @param streamsIn those that are to be empty, as they are before anything is done */
  private async delete(
    operation: string,
    mutation: Mutation | undefined,
    streamsIn: (reader: Reader) => StreamRow[],
    work: (change: Change) => void,
  ): Promise<void> {
    const { db, clock } = this.context;
    const use = keyUse(mutation?.key, operation);
    const streams = await db.read((reader) => {
      // By now another one may have that name.
      if (use !== undefined && firstVerdict(reader, use, clock.now()) !== undefined) return [];
      return streamsIn(reader).map((row) => refuseFull(reader, row));
    });
    for (const { id } of streams) await this.purge.removeDeletedOf(id);
    return mutateFor(this.context, use, repeatNothing, work);
  }
}

function streamsOf(reader: Reader, { id }: Session): StreamRow[] {
  return selectStreams(reader, 'WHERE session_id = ?', id);
}

/** All of them are checked before the first goes. */
function deleteStreams(change: Change, rows: readonly StreamRow[]): void {
  for (const row of rows) {
    refuseFull(change.tx, row);
    refuseNeeded(change.tx, row);
  }
  for (const row of rows) deleteStream(change, row);
}

function deleteStream(change: Change, row: StreamRow): void {
  const { tx } = change;
  const stream = streamView(tx, change.context, row);
  tx.run(`DELETE FROM batches WHERE stream_id = ? AND ${emptyBatch}`, row.id);
  passOnBatches(change, row.id);
  tx.run('DELETE FROM failure_counts WHERE stream_id = ?', row.id);
  tx.run('DELETE FROM stream_counts WHERE stream_id = ?', row.id);
  tx.run('DELETE FROM streams WHERE id = ?', row.id);
  change.streamRemoved(row.id);
  change.emitStream('stream.deleted', stream);
}

/** Gives the batches of a stream to those streams where they have tasks, or where one waits for them. */
function passOnBatches(change: Change, streamId: string): void {
  const { tx } = change;
  const ids = tx.values('SELECT id FROM batches WHERE stream_id = ?', streamId).map(([id]) => String(id));
  for (const id of ids) {
    tx.run(
      `UPDATE batches SET stream_id = coalesce(
         (SELECT stream_id FROM tasks WHERE batch_id = batches.id ORDER BY seq LIMIT 1),
         (SELECT stream_id FROM tasks WHERE after_batch = batches.id ORDER BY seq LIMIT 1))
       WHERE id = ?`,
      id,
    );
    change.emitBatch('batch.updated', batchOf(change.batch(id)));
  }
}

/** @throws QueueError `wrong_state` for a stream that has tasks, or whose name a schedule has */
function refuseFull(reader: Reader, row: StreamRow): StreamRow {
  const { id, name, queued, running, succeeded, failed } = row;
  const tasks = queued + running + succeeded + failed;
  if (tasks > 0) {
    throw new QueueError(
      'wrong_state',
      `Delete not allowed: stream ${name} has ${tasks === 1 ? 'a task' : `${tasks} tasks`}`,
      `Delete or move what it has, see sparkq tasks --stream ${id}; or only end it: sparkq stream end ${id}`,
    );
  }
  const schedule = reader.get('SELECT id FROM schedules WHERE stream_id = ? ORDER BY seq LIMIT 1', id);
  if (schedule !== undefined) {
    throw new QueueError(
      'wrong_state',
      `Delete not allowed: schedule ${schedule.id} queues its task on stream ${name}`,
      `Try: sparkq schedule remove ${schedule.id}, or give it another stream: sparkq schedule edit ${schedule.id} --stream NAME`,
    );
  }
  return row;
}

/** What could be removed of its deleted tasks has been. */
function refuseNeeded(reader: Reader, { id, name }: StreamRow): void {
  const task = reader.get('SELECT id FROM tasks WHERE stream_id = ? LIMIT 1', id);
  if (task === undefined) return;
  throw new QueueError(
    'wrong_state',
    `Delete not allowed: stream ${name} has the deleted task ${task.id}, which a task of another stream needs`,
    'Try again when that one has finished, or can no longer be restored.',
  );
}
