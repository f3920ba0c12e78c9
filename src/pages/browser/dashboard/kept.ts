/** What outlives the page: the span that was chosen. */

import { type RangeName, ranges } from '../../dashboardState';

export interface Kept {
  range: RangeName;
}

const usual: Kept = { range: '24h' };

/** What was kept, if it makes sense. */
export function keptOr(kept: unknown): Kept {
  const range: unknown = typeof kept === 'object' && kept !== null ? Reflect.get(kept, 'range') : undefined;
  return isRange(range) ? { range } : usual;
}

function isRange(value: unknown): value is RangeName {
  return typeof value === 'string' && Object.hasOwn(ranges, value);
}
