/** What `ps` says of processes, on systems without `/proc`. */

import { type ExecFileOptions, execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

export interface PsProcess {
  pid: number;
  parent: number;
  group: number;
  /** It has ended, but its parent has not waited for it yet. */
  zombie: boolean;
  /** When it started, to the second; the same text at every look. */
  started: string;
}

const program = '/bin/ps';
/** The last has blanks. Some systems take what follows a `=` for the header, up to the end of the argument. */
const columns = ['pid', 'ppid', 'pgid', 'stat', 'lstart'].flatMap((name) => ['-o', `${name}=`]);
/** Milliseconds. */
const timeout = 5_000;

/** Times are written as the locale and the time zone say. */
function options(): ExecFileOptions & { encoding: 'utf8' } {
  return { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }, timeout };
}

/** One process; null where there is none, or `ps` does not answer, as in a sandbox. */
export function psProcess(pid: number): PsProcess | null {
  try {
    const text = execFileSync(program, [...columns, '-p', String(pid)], {
      ...options(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return parsePs(text).find((found) => found.pid === pid) ?? null;
  } catch {
    return null;
  }
}

/**
 * All processes of all users.
 * @throws Error where `ps` fails, or prints no list
 */
export async function psProcesses(): Promise<PsProcess[]> {
  const { stdout } = await promisify(execFile)(program, ['-ax', ...columns], {
    ...options(),
    maxBuffer: 64 * 1024 * 1024,
  });
  const all = parsePs(stdout);
  // This process is always among them.
  if (!all.some(({ pid }) => pid === process.pid)) throw new Error('ps printed no list');
  return all;
}

/** Parses what `ps` prints with our columns; other lines are passed over. */
export function parsePs(text: string): PsProcess[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, group, state = '', started = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*)$/.exec(line) ?? [];
    if (pid === undefined) return [];
    return [
      {
        pid: Number(pid),
        parent: Number(parent),
        group: Number(group),
        zombie: state.startsWith('Z'),
        started: started.trim(),
      },
    ];
  });
}
