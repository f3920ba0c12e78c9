/** What the dashboard shows, and the interface it reads from, in an editor as in a browser. */

import type { Unsubscribe } from '../../core/events';
import type { LifeStatus, Run } from '../../core/model';

/** The current counts; read again whenever something has changed. */
export interface Overview {
  streams: StreamOverview[];
  queued: number;
  running: number;
  /** Failed tasks that have not been reviewed. */
  failedUnreviewed: number;
  /** The task that has waited longest, among the heads of the lanes. */
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
  /** Why it has not started, in a sentence. */
  why: string;
}

export interface DashboardData extends Overview {
  runs: Run[];
  /** Older runs were left out. */
  more: boolean;
}

/** A change of the queue that matters to the dashboard. */
export type DashboardChange =
  /** A run started or finished. */
  | { type: 'run'; run: Run }
  /** A run has finished, but the event does not say how. */
  | { type: 'ended'; taskId: string }
  | { type: 'deleted'; taskId: string }
  /** Counts or streams have changed. */
  | { type: 'counts' }
  /** Changes may have been missed: read everything again. */
  | { type: 'reset' };

export interface DashboardSource {
  /** @param since milliseconds since 1970: returns runs that were running then or started later */
  load(since: number): Promise<DashboardData>;
  overview(): Promise<Overview>;
  onChange(listener: (changes: readonly DashboardChange[]) => void): Unsubscribe;
  /** Shows a task; absent in a browser. */
  openTask?(taskId: string): void;
}
