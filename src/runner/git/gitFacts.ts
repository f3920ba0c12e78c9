/** The state of the workspace in git. */

import { type Clock, systemClock } from '../../core/clock';
import type { GitFacts } from '../../core/model';
import { askGit } from './git';

/** An answer is reused for this long, milliseconds. */
const freshFor = 2_000;

export class GitReader {
  private last: { at: number; facts: Promise<GitFacts | null> } | null = null;

  constructor(
    private readonly workspace: string,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Null where there is no repository, no commit, no git, or no answer in time: git never holds up a task. */
  read(): Promise<GitFacts | null> {
    const now = this.clock.monotonic();
    if (!this.last || now - this.last.at > freshFor)
      this.last = { at: now, facts: readGitFacts(this.workspace) };
    return this.last.facts;
  }
}

async function readGitFacts(folder: string): Promise<GitFacts | null> {
  // Untracked files do not count as dirty: searching for them is slow, and scripts write their results to such files.
  const answer = await askGit(folder, ['status', '--porcelain=v2', '--branch', '--untracked-files=no']);
  return answer === null ? null : parseStatus(answer);
}

/** Parses the output of `git status --porcelain=v2 --branch`; null before the first commit. */
export function parseStatus(text: string): GitFacts | null {
  const lines = text.split('\n');
  const header = (name: string) => {
    const start = `# branch.${name} `;
    return lines.find((line) => line.startsWith(start))?.slice(start.length) ?? null;
  };
  const commit = header('oid');
  if (commit === null || commit === '(initial)') return null;
  const head = header('head');
  return {
    commit,
    branch: head === '(detached)' ? null : head,
    dirty: lines.some((line) => line !== '' && !line.startsWith('#')),
  };
}
