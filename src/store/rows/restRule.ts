/** Which tasks the built-in runner does not start because the account of their tool rests. Outside workers are not held. */

import type { Accounts } from '../../accounts/accounts';
import type { Clock } from '../../core/clock';
import { type Config, type ConfigSource, canRun, toolOf } from '../../core/config';
import type { AccountRest } from '../../core/model';
import type { Reader } from '../engine/database';
import type { HostFacts } from './hostTable';
import type { TaskRow } from './taskRow';

/** What these views are derived from besides the rows. */
export interface Surroundings {
  clock: Clock;
  config: ConfigSource;
  /** Which tools rest; undefined where nobody knows. */
  accounts?: Pick<Accounts, 'restOf'>;
  /** Which host asks; undefined where hosts do not share the queue. */
  host?: HostFacts;
}

type Resting = Pick<TaskRow, 'id' | 'tool_name' | 'fall_back' | 'approved'>;

/** Why a task is not started; null where it may be, with its own tool or with the one that stands in for that. */
export function restOfTask(around: Surroundings, row: Resting): AccountRest | null {
  const rest = around.accounts?.restOf(row.tool_name, row.id) ?? null;
  return rest === null || standIn(around, row) !== null ? null : rest;
}

/**
 * The tool that runs a task while the account of its own rests; null where it runs with its own or not at all. What a
 * person has approved is a run with the task's own tool.
 */
export function standIn(around: Surroundings, row: Resting): string | null {
  const { accounts, config } = around;
  if (row.fall_back === 0 || row.approved !== null) return null;
  if (!accounts?.restOf(row.tool_name, row.id)) return null;
  return standInOf(around, config.current(), row.tool_name);
}

function standInOf({ accounts }: Surroundings, config: Config, tool: string): string | null {
  const other = toolOf(config, tool)?.fallback ?? null;
  return other !== null && canRun(config, other) && !accounts?.restOf(other) ? other : null;
}

/** The tools among which the built-in runner chooses: those that start any task, and those that start some. */
export interface StartingTools {
  all: string[];
  /** Only tasks that another tool may run. */
  fallBack: string[];
}

/** @param tools by default those of all queued tasks of the stream */
export function startingTools(
  reader: Reader,
  around: Surroundings,
  streamId: string,
  tools: readonly string[] = queuedTools(reader, streamId),
): StartingTools {
  const config = around.config.current();
  const rests = (tool: string) => Boolean(around.accounts?.restOf(tool));
  return {
    all: tools.filter((tool) => !rests(tool)),
    fallBack: tools.filter((tool) => rests(tool) && standInOf(around, config, tool) !== null),
  };
}

export function queuedTools(reader: Reader, streamId: string): string[] {
  const queued = "SELECT DISTINCT tool_name FROM tasks WHERE stream_id = ? AND status = 'queued'";
  return reader.values(queued, streamId).map(([name]) => String(name));
}
