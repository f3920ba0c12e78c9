/** The state of git around an attempt: what its files were before, and what has changed at its end. */

import { realpath } from 'node:fs/promises';
import * as path from 'node:path';
import { fromInstant } from '../../core/clock';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import type { Attempt, GitEnd, RunNote, Task } from '../../core/model';
import type { QueueOperations } from '../../core/queue';
import { pathInside } from '../../system/paths';
import { readJson, replaceFile } from '../../system/wholeFiles';
import type { RunPlace } from '../runFiles';
import type { GitFolders } from './gitFolders';
import { type Baseline, readBaseline } from './worktree';

export class AttemptGit {
  constructor(
    private readonly queue: Pick<QueueOperations, 'listAttempts'>,
    private readonly folders: GitFolders,
    private readonly log: Log,
  ) {}

  /** Records the state before a run, in a file of the run. A failure does not hold up the task. */
  async prepare(file: string, task: Task, place: RunPlace | null = null): Promise<void> {
    try {
      const home = this.folders.folderOf(task.payload_json);
      // All that is in a worktree is of its task.
      const baseline: Baseline | null =
        place?.kind === 'worktree'
          ? { commit: place.base, files: [], since: null, folder: await inWorktree(home, place) }
          : await readBaseline(home);
      if (baseline !== null) replaceFile(file, JSON.stringify(baseline));
    } catch (error) {
      this.log.debug(`The state of git before a run was not recorded: ${messageOf(error)}`);
    }
  }

  /** The state after a run. @param notes that go with it */
  async readEndOfRun(file: string, task: Task, notes: readonly RunNote[]): Promise<GitEnd | null> {
    try {
      const baseline = baselineOf(file);
      const folder = baseline?.folder ?? this.folders.folderOf(task.payload_json);
      const end = await this.folders.at(folder).readEnd(baseline);
      return end !== null && notes.length > 0 ? { ...end, notes } : end;
    } catch (error) {
      this.log.error('The state of git after a run could not be read', error);
      return null;
    }
  }

  /** The state after a task's current attempt by another worker, compared with the commit of its claim. */
  async readEnd({ id, attempts: number, payload_json: payload }: Task): Promise<GitEnd | null> {
    const attempts = await this.queue.listAttempts(id);
    const attempt = attempts.find((one) => one.number === number);
    return this.folders.of(payload).readEnd(claimBaseline(attempt));
  }
}

/** Where a folder of the repository is in its worktree. */
async function inWorktree(
  folder: string,
  { folder: top, from }: { folder: string; from: string },
): Promise<string> {
  return path.join(top, pathInside(from, await realpath(folder)) ?? '');
}

/** What was recorded before a run; null if nothing was. */
export function baselineOf(file: string): Baseline | null {
  return readJson<Baseline>(file);
}

/** An attempt without a record is compared with the commit of its claim. */
export function claimBaseline(attempt: Attempt | undefined): Baseline | null {
  if (!attempt?.git) return null;
  return { commit: attempt.git.commit, files: [], since: fromInstant(attempt.started_at) };
}
