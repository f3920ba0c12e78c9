/** What came of a run, as far as it is drawn apart from others. */

import type { Run } from '../core/model';

export const looks = [
  'succeeded',
  'failed',
  'timeout',
  'couldNotStart',
  'interrupted',
  'cancelled',
  'limited',
  'givenBack',
  'running',
] as const;
export type Look = (typeof looks)[number];

const lookByOutcome: Readonly<Record<NonNullable<Run['outcome']>, Look>> = {
  succeeded: 'succeeded',
  error: 'failed',
  dependency: 'failed',
  timeout: 'timeout',
  could_not_start: 'couldNotStart',
  lost: 'interrupted',
  interrupted: 'interrupted',
  cancelled: 'cancelled',
  limited: 'limited',
  superseded: 'givenBack',
  released: 'givenBack',
};

export function lookOf({ outcome, finished_at: finished }: Pick<Run, 'outcome' | 'finished_at'>): Look {
  if (outcome !== null) return lookByOutcome[outcome];
  return finished === null ? 'running' : 'givenBack';
}
