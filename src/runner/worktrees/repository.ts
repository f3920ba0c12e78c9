/** A repository in which something is kept, made or merged: git, with everything off that the repository starts. */

import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { cutText } from '../../core/cutText';
import { QueueError } from '../../core/errors';
import { oneLine } from '../../core/plainText';
import { namedPrograms, switchesOff } from '../git/git';
import { type GitAnswer, type GitStart, startGit } from '../git/startGit';

/** Checking out a large repository takes long; milliseconds. */
const patience = 10 * 60_000;

/** Worktrees lie deep in the user folder. Only git for Windows has this setting. */
const deep = ['-c', 'core.longpaths=true'];

/** Whatever is kept must be there after a power cut as well; an older git knows other names, and ignores these. */
const onDisk = ['-c', 'core.fsync=committed,reference', '-c', 'core.fsyncMethod=batch'];

/** Who keeps: no person, and nobody whose commits are signed. */
export const ownIdentity = {
  GIT_AUTHOR_NAME: 'SparkQ',
  GIT_AUTHOR_EMAIL: 'sparkq@localhost',
  GIT_COMMITTER_NAME: 'SparkQ',
  GIT_COMMITTER_EMAIL: 'sparkq@localhost',
};

type Options = Omit<GitStart, 'timeout'> & { timeout?: number; durable?: boolean };

export class Repository {
  private constructor(
    /** Where its files are. */
    readonly top: string,
    /** What all of its worktrees share. */
    readonly common: string,
    /** What git knows of this worktree. */
    readonly gitFolder: string,
    /** Null before the first commit. */
    readonly head: string | null,
    /** Whether its filters may run. */
    readonly filters: boolean,
    private readonly off: readonly string[],
  ) {}

  /**
   * The repository around a folder.
   * @param filters whether its filters may run: only where a person trusts it
   * @throws QueueError `conflict` that says why there is none
   */
  static async open(folder: string, filters = false): Promise<Repository> {
    const programs = await namedPrograms(folder);
    if (programs === null) throw await whyNone(folder);
    const off = switchesOff(filters ? { ...programs, filters: [] } : programs);
    const asked = ['rev-parse', '--show-toplevel', '--git-common-dir', '--absolute-git-dir', 'HEAD'];
    const answer = await startGit(folder, [...off, ...asked], { timeout: patience });
    const [top, common, gitFolder, head] = answer?.stdout.split('\n') ?? [];
    // Without a commit, git prints the others and fails.
    if (!top || !common || !gitFolder) throw await whyNone(folder, answer?.stderr);
    // Relative to the folder in the answers of some versions.
    const shared = await fs.realpath(path.resolve(folder, common));
    return new Repository(
      path.resolve(top),
      shared,
      gitFolder,
      answer?.code === 0 && head ? head : null,
      filters,
      off,
    );
  }

  /** Whatever git answers. @throws QueueError `unavailable` where it does not */
  async ask(args: readonly string[], { durable = false, ...options }: Options = {}): Promise<GitAnswer> {
    const all = [...this.off, ...deep, ...(durable ? onDisk : []), ...args];
    const answer = await startGit(this.top, all, { ...options, timeout: options.timeout ?? patience });
    if (answer === null || answer.code === null)
      throw new QueueError('unavailable', `git ${args[0]} in ${this.top} was not answered`);
    return answer;
  }

  /** What git prints. @throws QueueError `conflict` with git's own words where it fails */
  async run(args: readonly string[], options: Options = {}): Promise<string> {
    const answer = await this.ask(args, options);
    if (answer.code !== 0) throw failed(`git ${args[0]} in ${this.top}`, answer.stderr);
    return answer.stdout;
  }

  /** A line that git prints; null where it fails. */
  async line(...args: string[]): Promise<string | null> {
    const { code, stdout } = await this.ask(args);
    return code === 0 ? stdout.trimEnd() : null;
  }

  /** The id of the commit of that name; null where there is none. */
  commit(name: string): Promise<string | null> {
    return this.line('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`);
  }
}

function failed(what: string, words: string): QueueError {
  return new QueueError('conflict', `${what} failed: ${cutText(oneLine(words.trim()), 300)}`);
}

async function whyNone(folder: string, words?: string): Promise<QueueError> {
  const version = await startGit(folder, ['--version'], { timeout: patience });
  if (version === null) return new QueueError('conflict', 'git is not installed', 'Install it');
  const bare = await startGit(folder, ['rev-parse', '--is-bare-repository'], { timeout: patience });
  if (bare?.stdout.trim() === 'true')
    return new QueueError('conflict', `${folder} is a bare repository`, 'Work in one of its worktrees');
  if (bare?.code === 0) return failed(`git rev-parse in ${folder}`, words ?? 'its settings cannot be read');
  const said = cutText(oneLine(bare?.stderr.trim() ?? ''), 300);
  return new QueueError('conflict', `${folder} is in no git repository that can be used: ${said}`);
}
