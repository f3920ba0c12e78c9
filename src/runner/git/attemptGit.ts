/** The state of git around an attempt: what its files were before, and what has changed at its end. */

import { fromInstant } from '../../core/clock';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import type { Attempt, GitEnd } from '../../core/model';
import type { QueueOperations } from '../../core/queue';
import { readJson, replaceFile } from '../../system/wholeFiles';
import type { GitReader } from './gitFacts';
import { type Baseline, readBaseline } from './worktree';

export class AttemptGit {
  constructor(
    private readonly queue: Pick<QueueOperations, 'listAttempts'>,
    private readonly workspace: string,
    private readonly git: GitReader,
    private readonly log: Log,
  ) {}

  /** Records the state before a run, in a file of the run. A failure does not hold up the task. */
  async prepare(file: string): Promise<void> {
    try {
      const baseline = await readBaseline(this.workspace);
      if (baseline !== null) replaceFile(file, JSON.stringify(baseline));
    } catch (error) {
      this.log.debug(`The state of git before a run was not recorded: ${messageOf(error)}`);
    }
  }

  /** The state after a run. */
  async readEndOfRun(file: string): Promise<GitEnd | null> {
    try {
      return await this.git.readEnd(baselineOf(file));
    } catch (error) {
      this.log.error('The state of git after a run could not be read', error);
      return null;
    }
  }

  /** The state after an attempt of another worker, compared with the commit of its claim. */
  async readEnd(task: string, number: number): Promise<GitEnd | null> {
    const attempts = await this.queue.listAttempts(task);
    return this.git.readEnd(claimBaseline(attempts.find((attempt) => attempt.number === number)));
  }
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
