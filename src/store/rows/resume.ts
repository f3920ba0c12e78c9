/** What the session of an agent is worth to the next attempt. */

import type { Resume } from '../../core/model';
import type { Reader } from '../engine/database';
import { type AttemptRow, asAttemptRow } from './rows';
import type { TaskRow } from './taskRow';

/** Attempts that ended before their work did, through no fault of what was done by then. */
const cutShort: readonly AttemptRow['outcome'][] = ['asked', 'limited', 'verify', 'interrupted'];

/** The session that the attempt before the present one has left; null unless it was cut short, with the tool of now. */
export function resumeOf(reader: Reader, row: TaskRow): Resume | null {
  if (row.attempts < 2) return null;
  const found = reader.get(
    `SELECT * FROM attempts WHERE task_id = ? AND number < ? AND outcome NOT IN ('released', 'abandoned')
     ORDER BY number DESC LIMIT 1`,
    row.id,
    row.attempts,
  );
  if (found === undefined) return null;
  const { number: attempt, outcome, agent_session: session, tool_name: tool } = asAttemptRow(found);
  if (session === null || !cutShort.includes(outcome) || (tool ?? row.tool_name) !== row.tool_name)
    return null;
  // Each attempt has what it has cost itself.
  const spent = reader.get(
    `SELECT sum(usage ->> 'cost_usd') AS cost FROM attempts WHERE task_id = ? AND number <= ? AND agent_session = ?`,
    row.id,
    attempt,
    session,
  );
  const cost = spent?.cost;
  return { session, attempt, cost_usd: typeof cost === 'number' ? cost : null };
}
