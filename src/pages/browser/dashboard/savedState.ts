/** What outlives the page: the span that was chosen. */

import { type RangeName, ranges } from '../../dashboard/dashboardState';

export interface SavedState {
  range: RangeName;
}

const usual: SavedState = { range: '24h' };

/** What was kept, if it makes sense. */
export function savedStateFrom(kept: unknown): SavedState {
  const range: unknown = typeof kept === 'object' && kept !== null ? Reflect.get(kept, 'range') : undefined;
  return isRange(range) ? { range } : usual;
}

function isRange(value: unknown): value is RangeName {
  return typeof value === 'string' && Object.hasOwn(ranges, value);
}
