/** Positions within a stream. */

import { QueueError } from '../../core/errors';
import type { Move } from '../../core/queue';
import { shellWord } from '../../system/shellWords';
import { type Change, positionGap } from '../rows/change';
import type { StreamRow } from '../rows/streamTable';
import type { TaskRow } from '../rows/taskRow';
import { needTask } from '../rows/taskTable';

/** The position in `stream` for a move; other tasks are spread where there is no gap between two. */
export function positionFor(change: Change, row: TaskRow, stream: StreamRow, move: Move): number {
  if (move.before !== undefined) return beside(change, row, stream, move.before, 'before');
  if (move.after !== undefined) return beside(change, row, stream, move.after, 'after');
  if (move.to === 'front') return frontPosition(change, stream.id, 1);
  return change.nextPosition(stream);
}

/** The first of so many positions, each `positionGap` from the next, before all that is queued in a stream. */
export function frontPosition(change: Change, streamId: string, count: number): number {
  return (edge(change, streamId, 'min') ?? positionGap) - count * positionGap;
}

function edge(change: Change, streamId: string, which: 'min' | 'max'): number | null {
  const found = change.tx.get(
    `SELECT ${which}(position) AS position FROM tasks
     WHERE stream_id = ? AND status = 'queued' AND deleted_at IS NULL`,
    streamId,
  )?.position;
  return typeof found === 'number' ? found : null;
}

function beside(
  change: Change,
  row: TaskRow,
  stream: StreamRow,
  reference: string,
  side: 'before' | 'after',
): number {
  const other = needTask(change.tx, reference);
  if (other.status !== 'queued' || other.stream_id !== stream.id) {
    throw new QueueError(
      'wrong_state',
      `Move ${side} ${other.id} not allowed: it is not queued on stream ${stream.name}`,
      `Try: a queued task of the stream, see sparkq tasks --stream ${shellWord(stream.name)} --status queued`,
    );
  }
  if (other.id === row.id) return row.position;
  return between(change, row, other, side, stream) ?? spread(change, row, other, side, stream);
}

/** A free position beside `other`; undefined if its neighbour is too close. */
function between(
  change: Change,
  row: TaskRow,
  other: TaskRow,
  side: 'before' | 'after',
  stream: StreamRow,
): number | undefined {
  const [comparison, order] = side === 'before' ? ['<', 'DESC'] : ['>', 'ASC'];
  const neighbour = change.tx.get(
    `SELECT position FROM tasks WHERE stream_id = ? AND status = 'queued' AND deleted_at IS NULL
       AND position ${comparison}= ? AND (position != ? OR seq ${comparison} ?) AND id != ?
     ORDER BY position ${order}, seq ${order} LIMIT 1`,
    other.stream_id,
    other.position,
    other.position,
    other.seq,
    row.id,
  )?.position;
  if (typeof neighbour !== 'number') {
    return side === 'before' ? other.position - positionGap : change.nextPosition(stream);
  }
  const middle = Math.floor((neighbour + other.position) / 2);
  return middle > Math.min(neighbour, other.position) && middle < Math.max(neighbour, other.position)
    ? middle
    : undefined;
}

/** Respaces the queued and running tasks of the stream, then returns the free position. */
function spread(
  change: Change,
  row: TaskRow,
  other: TaskRow,
  side: 'before' | 'after',
  stream: StreamRow,
): number {
  const base = edge(change, other.stream_id, 'min') ?? 0;
  change.tx.run(
    `UPDATE tasks SET position = ranked.position FROM (
       SELECT id, ? + row_number() OVER (ORDER BY position, seq) * ? AS position FROM tasks
       WHERE stream_id = ? AND status IN ('queued', 'running') AND deleted_at IS NULL
     ) AS ranked WHERE tasks.id = ranked.id`,
    base,
    positionGap,
    other.stream_id,
  );
  change.tx.run(
    `UPDATE stream_counts SET last_position = max(last_position,
       (SELECT max(position) FROM tasks WHERE stream_id = ? AND status IN ('queued', 'running')))
     WHERE stream_id = ?`,
    other.stream_id,
    other.stream_id,
  );
  change.forgetStreams();
  const moved = needTask(change.tx, other.id);
  return between(change, row, moved, side, stream) ?? moved.position;
}
