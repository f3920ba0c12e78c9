/** Where the runs of a task work: what may be asked for, and that a task goes on where it began. */

import { type Config, mayHaveWorktree, worktreeOf } from '../../core/config';
import { QueueError } from '../../core/errors';
import { type Origin, type WorktreeKind, worktreeKinds } from '../../core/model';
import { checkChoice } from '../../core/validation';
import type { Reader } from '../engine/database';
import type { Context } from './change';
import type { StreamRow } from './streamTable';
import type { TaskRow } from './taskRow';

type Placed = Pick<TaskRow, 'id' | 'tool_name' | 'worktree' | 'began_in'>;
type Lane = Pick<StreamRow, 'name' | 'worktree'>;

export function checkWorktree(kind: WorktreeKind | null): WorktreeKind | null {
  return kind === null ? null : checkChoice('worktree', kind, worktreeKinds);
}

/** Where the next run of a task works. @param tool that is to run it */
export function workingIn(
  reader: Reader,
  { config }: Context,
  row: Placed,
  stream: Lane,
  tool = row.tool_name,
): WorktreeKind {
  const began = begunIn(reader, row);
  return began ?? worktreeOf(config.current(), { tool_name: tool, worktree: row.worktree }, stream.worktree);
}

/** Where the runs of a task have worked so far; null before the first one. A claim that was undone is none. */
function begunIn(reader: Reader, { id, began_in: kind }: Placed): WorktreeKind | null {
  if (kind === null) return null;
  const run = reader.get(
    "SELECT 1 FROM attempts WHERE task_id = ? AND coalesce(outcome, '') NOT IN ('released', 'abandoned') LIMIT 1",
    id,
  );
  return run === undefined ? null : kind;
}

/** @throws QueueError `wrong_state` for a task that has begun elsewhere */
export function refuseBegun(reader: Reader, row: Placed): void {
  const began = begunIn(reader, row);
  if (began === null || row.worktree === began) return;
  throw new QueueError(
    'wrong_state',
    `Task ${row.id} has begun with worktree ${began}, and goes on there`,
    'Cancel it, and requeue it: the copy can be changed.',
  );
}

/** @throws QueueError where a task may not work where it says */
export function refuseWorktree(
  config: Config,
  { tool_name: tool, worktree: kind }: Pick<TaskRow, 'tool_name' | 'worktree'>,
  stream: Lane,
  origin: Origin | undefined,
): void {
  if (kind === null) return;
  if (kind !== 'none' && !mayHaveWorktree(config, tool))
    throw new QueueError(
      'invalid_field',
      `Invalid worktree: ${kind}: only agents work in one, and ${tool} is none that runs here`,
      'Leave "worktree" out, or name the tool of an agent.',
    );
  const usual = worktreeOf(config, { tool_name: tool, worktree: null }, stream.worktree);
  if (origin?.kind === 'agent' && kind === 'none' && usual !== 'none')
    throw new QueueError(
      'forbidden',
      `An agent may not take a task out of its worktree: on stream ${stream.name}, ${tool} has worktree ${usual}`,
      'Leave "worktree" out, or ask the person who runs the queue.',
    );
}
