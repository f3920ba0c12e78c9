/** The messages between the extension and the dashboard in an editor tab. */

import type { DashboardChange, DashboardData, Overview } from './dashboardData';

export type FromDashboard =
  /** Milliseconds since 1970. */
  | { type: 'load'; id: number; since: number }
  | { type: 'overview'; id: number }
  | { type: 'openTask'; taskId: string };

export type ToDashboard =
  /** Confirms each message of the page at once. */
  | { type: 'received' }
  | { type: 'answer'; id: number; answer: DashboardData | Overview }
  /** With a sentence for the reader. */
  | { type: 'refused'; id: number; message: string }
  | { type: 'changes'; changes: readonly DashboardChange[] };
