/** Where dropped rows go in the Queue view. Pure. */

import type { Task } from '../../../core/model';
import type { Move } from '../../../core/queue';
import type { QueueNode, StreamNode } from './queueNodes';

export interface DropTarget {
  streamId: string;
  /** The queued task that something was dropped on; undefined for the whole stream. */
  beside?: string;
  side: 'before' | 'after' | 'front' | 'back';
}

/**
 * Where a drop on this row goes: to the place of a queued task, behind a running task, or to the end of a stream.
 * Undefined where nothing can be dropped.
 * @param dragged ids of the dropped tasks, if any
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
  // Dropped where it came from: the person has changed their mind.
  if (dragged.includes(target.taskId)) return undefined;
  return { streamId, beside: target.taskId, side: comesFromAbove(target.parent, target, dragged) };
}

/** A row that is dragged down goes behind its target, which moves up to make room. */
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
 * The move that takes a task there.
 * @param before the task that was moved there last: this one goes behind it
 */
export function moveFor({ streamId: stream, beside, side }: DropTarget, before?: string): Move {
  if (before !== undefined) return { stream, after: before };
  return side === 'front' || side === 'back' ? { stream, to: side } : { stream, [side]: beside };
}

/** Tasks in the order of their rows. */
export function inOrder(tasks: readonly Task[]): Task[] {
  return [...tasks].sort((a, b) => a.stream_id.localeCompare(b.stream_id) || a.position - b.position);
}
