/**
 * One step with a worktree, in a process that may be killed:
 * `node out/test/support/killed/worktreeStep.js STEP HOME WORKSPACE KEY ATTEMPT`. Exits with 1 where it is refused.
 */

import * as path from 'node:path';
import { QueueError } from '../../../src/core/errors';
import { silentLog } from '../../../src/core/log';
import { discard, restore } from '../../../src/runner/worktrees/discarding';
import { keepEnd, keepFolder } from '../../../src/runner/worktrees/keeping';
import { worktreeFor } from '../../../src/runner/worktrees/making';
import { merge } from '../../../src/runner/worktrees/merging';
import { listRecords } from '../../../src/runner/worktrees/records';

export const steps = ['make', 'keep', 'merge', 'patch', 'discard', 'restore', 'folder'] as const;
export type Step = (typeof steps)[number];

async function take([step, home, workspace, key, attempt]: string[]): Promise<void> {
  if (!home || !workspace || !key || !attempt) throw new Error('An argument is missing');
  const there = () => {
    const found = listRecords(home).find((record) => record.key === key);
    if (found) return found;
    throw new QueueError('not_found', 'There is none');
  };
  switch (step as Step) {
    case 'make': {
      const storage = path.join(home, 'storage');
      const wish = { home, key, title: key, storage, workspace, folder: workspace, base: null };
      await worktreeFor({ ...wish, working: key.endsWith('1'), filters: false });
      return;
    }
    case 'keep':
      await keepEnd(there().folder, key, Number(attempt), silentLog);
      return;
    case 'merge':
      await merge(there());
      return;
    case 'patch':
      await merge(there(), { patch: true });
      return;
    case 'discard':
      await discard(there(), 30);
      return;
    case 'restore':
      await restore(there());
      return;
    case 'folder':
      await keepFolder(workspace, key, `${attempt}-before`);
  }
}

if (process.argv[1]?.endsWith('worktreeStep.js'))
  take(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = QueueError.is(error) ? 1 : 2;
  });
