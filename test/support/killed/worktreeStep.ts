/**
 * Steps with a worktree, in a process to which something may happen:
 * `node out/test/support/killed/worktreeStep.js STEP,STEP HOME WORKSPACE KEY ATTEMPT`. Exits with 1 where it is refused.
 */

import * as path from 'node:path';
import { systemClock } from '../../../src/core/clock';
import { QueueError } from '../../../src/core/errors';
import { silentLog } from '../../../src/core/log';
import { changesIn } from '../../../src/runner/worktrees/changes';
import { discard, prune, restore } from '../../../src/runner/worktrees/discarding';
import { keepEnd, keepFolder } from '../../../src/runner/worktrees/keeping';
import { worktreeFor } from '../../../src/runner/worktrees/making';
import { createBranch, merge } from '../../../src/runner/worktrees/merging';
import { listRecords } from '../../../src/runner/worktrees/records';
import { undo } from '../../../src/runner/worktrees/undoing';
import { isErrno } from '../../../src/system/errno';
import { faultyFiles } from './worktreeFaults';

const dayInMs = 24 * 60 * 60 * 1000;

export const steps = [
  'make',
  'keep',
  'look',
  'merge',
  'patch',
  'conflicts',
  'branch',
  'discard',
  'restore',
  'prune',
] as const;
/** Of a run in the folder itself: what lay there before it, and after it; undoing it. Pruning when all has expired. */
export type Step = (typeof steps)[number] | 'before' | 'after' | 'undo' | 'expire';

async function take(
  step: Step,
  [home, workspace, key, attempt]: readonly [string, string, string, string],
): Promise<void> {
  const there = () => {
    const found = listRecords(home).find((record) => record.key === key);
    if (found) return found;
    throw new QueueError('not_found', 'There is none');
  };
  switch (step) {
    case 'make': {
      const storage = path.join(home, 'storage');
      const wish = { home, key, title: key, storage, workspace, folder: workspace, base: null };
      const working = key.endsWith('1');
      await worktreeFor({
        ...wish,
        ...{ working, filters: false, attempt: { task: key, number: Number(attempt) } },
      });
      return;
    }
    case 'keep':
      await keepEnd(there().folder, key, Number(attempt), silentLog);
      return;
    case 'look':
      await changesIn(there());
      return;
    case 'merge':
    case 'patch':
    case 'conflicts':
      await merge(there(), { patch: step === 'patch', conflicts: step === 'conflicts' });
      return;
    case 'branch':
      await createBranch(there(), `mine/${attempt}`);
      return;
    case 'discard':
      await discard(there(), 30);
      return;
    case 'restore':
      await restore(there());
      return;
    case 'prune':
      await prune({ home, folders: [workspace], storages: [] }, 30);
      return;
    case 'expire':
      await prune({ home, folders: [workspace], storages: [] }, 30, {
        ...systemClock,
        now: () => systemClock.now() + 31 * dayInMs,
      });
      return;
    case 'before':
      await keepFolder(workspace, key, `${attempt}-before`);
      return;
    case 'after':
      await keepFolder(workspace, key, attempt);
      return;
    case 'undo':
      await undo(workspace, key, Number(attempt));
  }
}

async function main([names, home, workspace, key, attempt]: string[]): Promise<void> {
  if (!names || !home || !workspace || !key || !attempt) throw new Error('An argument is missing');
  faultyFiles(process.env.FILE_AT, process.env.HOW);
  for (const step of names.split(',')) await take(step as Step, [home, workspace, key, attempt]);
}

if (process.argv[1]?.endsWith('worktreeStep.js'))
  main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = QueueError.is(error) || isErrno(error, 'ENOSPC') ? 1 : 2;
  });
