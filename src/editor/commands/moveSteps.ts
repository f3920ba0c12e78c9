/** Moving rows by one place, together. Pure. */

import type { Move } from '../../core/queue';

export interface Step {
  id: string;
  move: Move;
}

/**
 * What moves the chosen tasks one place up or down. Those that stand next to each other stay so, and what is at the end
 * stays there.
 * @param order ids of the queued tasks of a stream as they stand
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
