/** Where rows that are dropped on a row of the Queue view come to stand. Pure. */

import type { Task } from '../../../core/model';
import type { Move } from '../../../core/queue';
import type { QueueNode, StreamNode } from './queueNodes';

export interface DropTarget {
  streamId: string;
  /** The queued task that was dropped on; undefined for the whole stream. */
  beside?: string;
  side: 'before' | 'after' | 'front' | 'back';
}

/**
 * The place that a row stands for: a queued task gives up its own place, a running one that behind it, a stream the
 * one at its end. Undefined where nothing can be dropped.
 * @param dragged ids of the tasks that are dropped, if any
 */
export function dropTarget(
  target: QueueNode | undefined,
  dragged: readonly string[] = [],
): DropTarget | undefined {
  if (target?.kind === 'stream') {
    return target.stream.status === 'active' ? { streamId: target.streamId, side: 'back' } : undefined;
  }
  if (target?.kind !== 'task' || target.parent.kind !== 'stream') return undefined;
  const { streamId } = target.parent;
  if (target.task.status !== 'queued') return { streamId, side: 'front' };
  // Let go where it was taken up: that is how one changes one's mind.
  if (dragged.includes(target.taskId)) return undefined;
  return { streamId, beside: target.taskId, side: comesFromAbove(target.parent, target, dragged) };
}

/** A row that is dragged down goes behind the one that it is dropped on: that one moves up to make room. */
function comesFromAbove(
  stream: StreamNode,
  target: QueueNode,
  dragged: readonly string[],
): 'before' | 'after' {
  const rows = stream.children ?? [];
  const from = rows.findIndex((row) => row.kind === 'task' && dragged.includes(row.taskId));
  return from >= 0 && from < rows.indexOf(target) ? 'after' : 'before';
}

/**
 * What moves a task to the place.
 * @param before the one that was moved there last, which it comes behind
 */
export function moveFor({ streamId: stream, beside, side }: DropTarget, before?: string): Move {
  if (before !== undefined) return { stream, after: before };
  return side === 'front' || side === 'back' ? { stream, to: side } : { stream, [side]: beside };
}

/** Tasks in the order in which their rows stand. */
export function inOrder(tasks: readonly Task[]): Task[] {
  return [...tasks].sort((a, b) => a.stream_id.localeCompare(b.stream_id) || a.position - b.position);
}
