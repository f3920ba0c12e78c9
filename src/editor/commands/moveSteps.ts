/** Moving several rows by one place. Pure. */

import type { Move } from '../../core/queue';

export interface Step {
  id: string;
  move: Move;
}

/**
 * The moves that take the chosen tasks one place up or down. Neighbours stay neighbours, and a task at the end stays
 * there.
 * @param order ids of a stream's queued tasks in their order
 */
export function stepsFor(order: readonly string[], chosen: ReadonlySet<string>, by: -1 | 1): Step[] {
  const ids = by < 0 ? [...order] : [...order].reverse();
  const steps: Step[] = [];
  for (let index = 1; index < ids.length; index++) {
    const [ahead, id] = [ids[index - 1], ids[index]];
    if (ahead === undefined || id === undefined || !chosen.has(id) || chosen.has(ahead)) continue;
    steps.push({ id, move: by < 0 ? { before: ahead } : { after: ahead } });
    ids[index - 1] = id;
    ids[index] = ahead;
  }
  return steps;
}
