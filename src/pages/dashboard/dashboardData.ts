/** What the dashboard shows, and where it gets it from: it does not know whether it is in an editor or in a browser. */

import type { Unsubscribe } from '../../core/events';
import type { LifeStatus, Run } from '../../core/model';

/** What a overview at the queue tells; read again whenever something has changed. */
export interface Overview {
  streams: StreamOverview[];
  queued: number;
  running: number;
  /** Failed tasks that nobody has looked at. */
  failedUnreviewed: number;
  /** The task that has been queued for the longest time, as far as the heads of the lanes tell. */
  longest: WaitingTask | null;
}

export interface StreamOverview {
  id: string;
  name: string;
  status: LifeStatus;
  queued: number;
}

export interface WaitingTask {
  taskId: string;
  name: string;
  stream: string;
  /** Milliseconds since 1970. */
  since: number;
  /** One sentence: why it has not started. */
  why: string;
}

export interface DashboardData extends Overview {
  runs: Run[];
  /** Older ones were left out, because there are so many. */
  more: boolean;
}

/** Something that happened, as far as the dashboard needs to know. */
export type DashboardChange =
  /** A run began or ended. */
  | { type: 'run'; run: Run }
  /** A run has ended, but how is not told. */
  | { type: 'ended'; taskId: string }
  | { type: 'deleted'; taskId: string }
  /** Counts or streams have changed. */
  | { type: 'counts' }
  /** Some changes may have been missed: read everything again. */
  | { type: 'reset' };

export interface DashboardSource {
  /** @param since milliseconds since 1970: runs that were under way then, or began later */
  load(since: number): Promise<DashboardData>;
  overview(): Promise<Overview>;
  onChange(listener: (changes: readonly DashboardChange[]) => void): Unsubscribe;
  /** Shows a task; absent where there is no place to show it. */
  openTask?(taskId: string): void;
}
