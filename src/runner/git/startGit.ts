/** Starts git in a folder, tied to nothing that a program which started us has said of a repository. */

import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { mergeVariables } from '../../system/environment';
import { findOnPath, noCurrentFolder } from '../../system/programs';
import { isRepositoryVariable } from './repositoryVariables';

const maxOutput = 64 * 1024 * 1024;

export interface GitAnswer {
  /** Null where it was ended by a signal, or took too long. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface GitStart {
  /** For git's stdin. */
  input?: string | Buffer;
  /** The file to use as git's index. */
  index?: string;
  /** Milliseconds. */
  timeout: number;
  /** `latin1` keeps names and contents byte for byte. */
  encoding?: 'utf8' | 'latin1';
  env?: Readonly<Record<string, string>>;
}

/** What git answers; null where it is not installed, cannot be started, or prints more than anybody can read. */
export async function startGit(
  folder: string,
  args: readonly string[],
  { input = '', index, timeout, encoding = 'utf8', env = {} }: GitStart,
): Promise<GitAnswer | null> {
  const git = await findOnPath(process.platform === 'win32' ? 'git.exe' : 'git');
  if (git === null) return null;
  return new Promise((resolve) => {
    const running = spawn(git, ['-C', folder, ...args], {
      // Not the folder that is asked about: git starts programs of its own by name.
      cwd: path.dirname(process.execPath),
      windowsHide: true,
      timeout,
      env: mergeVariables(gitEnv(process.env), env, index === undefined ? {} : { GIT_INDEX_FILE: index }),
    });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    let bytes = 0;
    running.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxOutput) running.kill();
      else out.push(chunk);
    });
    running.stderr.on('data', (chunk: Buffer) => {
      if (errors.length < 100) errors.push(chunk);
    });
    running.on('error', () => resolve(null));
    running.on('close', (code) => {
      const [stdout, stderr] = [out, errors].map((chunks) => Buffer.concat(chunks).toString(encoding));
      resolve(bytes > maxOutput ? null : { code, stdout: stdout ?? '', stderr: stderr ?? '' });
    });
    // Git may end before it has read everything.
    running.stdin.on('error', () => {});
    running.stdin.end(input);
  });
}

function gitEnv(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.entries(own).filter(([name]) => !isRepositoryVariable(name));
  return mergeVariables(Object.fromEntries(inherited), noCurrentFolder, {
    // Takes no lock that would get in the way of the user's own git.
    GIT_OPTIONAL_LOCKS: '0',
    // A partial clone would fetch what is missing, with programs that the repository names. The second is for older git.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: '',
  });
}
