/** How many tasks there are, as every view shows it: rows, badge, status bar, tooltips and dashboard. Pure. */

import type { TaskCounts } from './model';

/** Tasks of all streams count, those of ended ones and of ended sessions included; deleted tasks never do. */
export interface ShownCounts {
  queued: number;
  running: number;
  /** Failures that wait for a review; a cancelled task never does. */
  failed: number;
  /** Successes that wait for a review. */
  succeeded: number;
  /** All that have ended, reviewed and cancelled ones included. */
  finished: number;
}

export function shownCounts(counts: TaskCounts): ShownCounts {
  return {
    queued: counts.queued,
    running: counts.running,
    failed: counts.failed_unreviewed,
    succeeded: counts.unreviewed - counts.failed_unreviewed,
    finished: counts.succeeded + counts.failed,
  };
}
