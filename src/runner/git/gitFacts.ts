/** The state of the workspace in git. */

import { realpath } from 'node:fs/promises';
import { type Clock, systemClock } from '../../core/clock';
import type { GitEnd, GitFacts } from '../../core/model';
import { repositoryAround } from '../../system/folders';
import { askGit, type NamedPrograms, namedPrograms } from './git';
import { changesSince } from './gitChanges';
import type { Baseline } from './worktree';

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
    if (!this.last || now - this.last.at > freshFor) return this.readNow();
    return this.last.facts;
  }

  /** The state at the end of an attempt, with what has changed since then; never an earlier answer. */
  async readEnd(baseline: Baseline | null): Promise<GitEnd | null> {
    const programs = await programsIn(this.workspace);
    if (programs === null) return null;
    const [facts, changes] = await Promise.all([
      this.readNow(programs),
      baseline && changesSince(this.workspace, baseline, programs),
    ]);
    return facts && changes ? { ...facts, changes } : facts;
  }

  private readNow(programs?: NamedPrograms): Promise<GitFacts | null> {
    this.last = { at: this.clock.monotonic(), facts: readGitFacts(this.workspace, programs) };
    return this.last.facts;
  }
}

/**
 * The programs that git's settings name; null outside a repository as well, where git is not started: that takes longer
 * than all else that queueing a task takes.
 */
async function programsIn(folder: string): Promise<NamedPrograms | null> {
  const real = await realpath(folder).catch(() => null);
  return real !== null && repositoryAround(real) !== null ? namedPrograms(folder) : null;
}

async function readGitFacts(folder: string, known?: NamedPrograms): Promise<GitFacts | null> {
  // Untracked files do not count as dirty: searching for them is slow, and scripts write their results to such files.
  // Nor do changes inside submodules: git would start another git there, with that repository's filters.
  const statusArguments = [
    '-c',
    'status.relativePaths=true',
    'status',
    '--porcelain=v2',
    '--branch',
    '--no-ahead-behind',
    '--untracked-files=no',
    '--ignore-submodules=dirty',
  ];
  const programs = known ?? (await programsIn(folder));
  const answer = programs && (await askGit(folder, statusArguments, { programs }));
  const status = answer === null ? null : parseStatus(answer);
  if (programs === null || status === null) return null;
  const { commit, branch, changed, rewritten } = status;
  return { commit, branch, dirty: changed || (await haveChanged(folder, rewritten, programs)) };
}

interface Status {
  commit: string;
  branch: string | null;
  /** Whether something differs for certain. */
  changed: boolean;
  /** Files, as git quotes them, whose content on the disk differs: after the filter of a file it may not. */
  rewritten: readonly string[];
}

/** Parses the output of `git status --porcelain=v2 --branch`; null before the first commit. */
export function parseStatus(text: string): Status | null {
  const lines = text.split('\n');
  const header = (name: string) => {
    const start = `# branch.${name} `;
    return lines.find((line) => line.startsWith(start))?.slice(start.length) ?? null;
  };
  const commit = header('oid');
  if (commit === null || commit === '(initial)') return null;
  const head = header('head');
  const changes = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const rewritten = changes.flatMap((line) => rewrittenFile.exec(line)?.[2] ?? []);
  return {
    commit,
    branch: head === '(detached)' ? null : head,
    changed: rewritten.length < changes.length,
    rewritten,
  };
}

/** Nothing staged, the same mode: only the content on the disk differs. */
const rewrittenFile = /^1 \.M N\.\.\. (\d+) \1 \1 \S+ \S+ (.*)$/;

/** Whether any of the files has changed; null where only a filter could tell. */
async function haveChanged(
  folder: string,
  files: readonly string[],
  programs: NamedPrograms,
): Promise<boolean | null> {
  if (files.length === 0) return false;
  const input = files.map((file) => `${file}\n`).join('');
  const answer = await askGit(folder, ['check-attr', '--stdin', 'filter'], { programs, input });
  if (answer === null) return null;
  const values = answer.split('\n').flatMap((line) => /.*: filter: (.*)$/.exec(line)?.[1] ?? []);
  return values.some((value) => !programs.filters.includes(value)) || null;
}
