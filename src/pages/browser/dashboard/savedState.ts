/** What outlives the page: the selected range. */

import { type RangeName, ranges } from '../../dashboard/dashboardState';

export interface SavedState {
  range: RangeName;
}

const fallback: SavedState = { range: '24h' };

/** The saved state, or the default if it is not valid. */
export function savedStateFrom(saved: unknown): SavedState {
  const range: unknown =
    typeof saved === 'object' && saved !== null ? Reflect.get(saved, 'range') : undefined;
  return isRange(range) ? { range } : fallback;
}

function isRange(value: unknown): value is RangeName {
  return typeof value === 'string' && Object.hasOwn(ranges, value);
}
