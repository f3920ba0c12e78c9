/** Calls the tool's `worktree_setup`, once in each worktree, before the first run in it. */

import type { ToolConfig } from '../core/config';
import { callProgram } from './callProgram';
import { commandOfWords } from './command/command';
import { CouldNotStart } from './command/payload';
import type { RunPlace } from './runFiles';
import { changeRecord, readRecord, whileWorktreeLocked } from './worktrees/records';

/** How long it may run, milliseconds: it may have to fetch all that a project depends on. */
const limit = 15 * 60_000;

/** @throws CouldNotStart where it fails; the next attempt calls it again */
export async function setUpWorktree(
  tool: ToolConfig | undefined,
  place: RunPlace | null,
  workspace: string,
): Promise<void> {
  const words = tool?.worktree_setup ?? null;
  if (words === null || place?.kind !== 'worktree') return;
  const record = readRecord(place.folder);
  if (record === null || record.set_up) return;
  const command = { ...(await commandOfWords(words, workspace, '')), cwd: place.folder };
  const env = { SPARKQ_WORKSPACE: workspace, SPARKQ_WORKTREE: place.folder };
  const failure = await callProgram(command, { env, limit });
  if (failure !== null)
    throw new CouldNotStart(`The worktree could not be set up: worktree_setup: ${failure}.`);
  await whileWorktreeLocked(place.folder, async () => changeRecord(place.folder, { set_up: true }));
}
