/** The states of a run that the dashboard distinguishes. */

import type { Run } from '../../core/model';

export const runStates = [
  'succeeded',
  'failed',
  'timeout',
  'couldNotStart',
  'interrupted',
  'cancelled',
  'limited',
  'released',
  'running',
] as const;
export type RunState = (typeof runStates)[number];

const stateByOutcome: Readonly<Record<NonNullable<Run['outcome']>, RunState>> = {
  succeeded: 'succeeded',
  error: 'failed',
  denied: 'cancelled',
  dependency: 'failed',
  timeout: 'timeout',
  could_not_start: 'couldNotStart',
  lost: 'interrupted',
  interrupted: 'interrupted',
  cancelled: 'cancelled',
  limited: 'limited',
  stalled: 'timeout',
  budget: 'failed',
  auth: 'couldNotStart',
  verify: 'failed',
  asked: 'released',
  superseded: 'released',
  released: 'released',
  abandoned: 'released',
};

export function stateOfRun({
  outcome,
  finished_at: finished,
}: Pick<Run, 'outcome' | 'finished_at'>): RunState {
  if (outcome !== null) return stateByOutcome[outcome];
  return finished === null ? 'running' : 'released';
}
