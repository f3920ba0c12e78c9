/** Says what the program of a check is when a run begins, so that the run cannot put another one in its place. */

import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { verifyOf } from '../core/config';
import { type Command, type CommandRequest, payloadOf, programPath } from './command/command';
import type { PayloadFiles } from './command/payloadFiles';
import { askGit } from './git/git';
import type { CheckCall } from './runFiles';

/**
 * The check of a run, with what its program must be where that is a file of the workspace. In a worktree, what is started
 * is its copy there, since a script may well find what it checks beside itself.
 * @param approved whether a person has agreed to that file: then it is no matter whether the run may build it
 */
export async function pinnedCheck(
  { check, cwd }: Command,
  { task, tool, folders }: CommandRequest,
  approved: boolean,
  files: PayloadFiles,
): Promise<CheckCall | null> {
  const name = verifyOf(task, tool)?.[0];
  const origin = check && name ? programPath(name, payloadOf(task), tool, folders) : null;
  if (!check || !name || origin === null) return check;
  const bytes = await files.read(origin).catch(() => null);
  if (bytes === null || (!approved && (await isIgnored(origin)))) return check;
  const hash = createHash('sha256').update(bytes).digest('hex');
  return { ...check, pin: { file: path.resolve(cwd, name), origin, hash } };
}

/** What git ignores is built, as a rule. */
async function isIgnored(file: string): Promise<boolean> {
  return (await askGit(path.dirname(file), ['check-ignore', '-q', path.basename(file)])) !== null;
}
