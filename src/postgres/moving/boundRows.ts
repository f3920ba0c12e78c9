/**
 * A queue in files has but one host. On a server, whatever that host would run stays with it until somebody says
 * otherwise, and for good what needs something that is only there.
 */

import type { SqlValue } from '../../store/engine/database';
import { hasEnvironment } from '../../store/rows/hostRule';
import type { QueueTable } from './queueTables';

/** Changes a row of a table accordingly. @param host the id of the host with the files */
export function bindingTo(
  host: string,
  { name, columns }: QueueTable,
): (row: readonly SqlValue[]) => readonly SqlValue[] {
  const at = (column: string) => columns.indexOf(column);
  if (name === 'streams') {
    const runsOn = JSON.stringify({ hosts: [host] });
    return (row) => (row[at('runs_on')] === null ? row.with(at('runs_on'), runsOn) : row);
  }
  if (name !== 'tasks') return (row) => row;
  const [bound, payload, attempts] = ['bound_to', 'payload', 'attempts'].map(at) as [number, number, number];
  return (row) => {
    if (row[bound] !== null) return row;
    // What has begun may have left a worktree, or the session of an agent.
    const needed = Number(row[attempts]) > 0 || hasEnvironment({ payload: String(row[payload]) });
    return needed ? row.with(bound, host) : row;
  };
}
