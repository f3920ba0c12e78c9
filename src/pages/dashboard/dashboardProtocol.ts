/** What the dashboard in an editor tab and the extension say to each other. */

import type { DashboardChange, DashboardData, Overview } from './dashboardData';

export type FromDashboard =
  /** Milliseconds since 1970. */
  | { type: 'load'; id: number; since: number }
  | { type: 'overview'; id: number }
  | { type: 'openTask'; taskId: string };

export type ToDashboard =
  /** At once for each message of the page: somebody is there. */
  | { type: 'received' }
  | { type: 'answer'; id: number; answer: DashboardData | Overview }
  /** With a sentence for the person. */
  | { type: 'refused'; id: number; message: string }
  | { type: 'changes'; changes: readonly DashboardChange[] };
