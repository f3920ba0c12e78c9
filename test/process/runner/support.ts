/** Temporary folders, waiting for files and processes, and runs by the real supervisor. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type ExitRecord, type RunPaths, type RunSpec, runPaths } from '../../../src/runner/runFiles';
import { machineClock } from '../../../src/system/machineClock';

export const programs = path.resolve('dist');

/** Resolves with the file's text once it exists and `accept` is true of it. */
export function fileThere(file: string, accept = (text: string) => text !== ''): Promise<string> {
  return untilFile(file, () => {
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    return accept(text) ? text : null;
  });
}

/** Resolves once the file does not exist. */
export async function fileGone(file: string): Promise<void> {
  await untilFile(file, () => (fs.existsSync(file) ? null : ''));
}

/** Resolves with the first answer of `check` that is not null; asks again whenever the file's folder changes. */
function untilFile(file: string, check: () => string | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const again = () => {
      const answer = check();
      if (answer === null) return;
      watcher.close();
      resolve(answer);
    };
    const watcher = fs.watch(path.dirname(file), again);
    watcher.on('error', reject);
    again();
  });
}

/** Whether a process runs; a zombie does not. */
export function isLive(pid: number): boolean {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]$/.test(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] ?? '');
  } catch {
    return false;
  }
}

export const task = 'tsk_0123456789ab';

/** A specification that runs a line of bash in `folder`. */
export function bashSpec(folder: string, line: string, more: Partial<RunSpec> = {}): RunSpec {
  return {
    task,
    attempt: 1,
    stream: 'build',
    storage: folder,
    file: 'bash',
    args: ['-c', line],
    verbatim: false,
    cwd: folder,
    env: {},
    env_allow: null,
    stdin: '{}',
    deadline: machineClock.monotonic() + 60_000,
    output_limit: 1024 * 1024,
    kill_grace_ms: 300,
    leave_background: false,
    lease: 'secret',
    limited_pattern: null,
    ...more,
  };
}

export interface Supervised {
  paths: RunPaths;
  process: ChildProcess;
  /** The exit record, once the supervisor has ended; null when it left none. */
  ended: Promise<ExitRecord | null>;
}

/** Starts the real supervisor on a specification. */
export function supervise(spec: RunSpec, env: NodeJS.ProcessEnv = process.env): Supervised {
  const paths = runPaths(spec.storage, spec.task, spec.attempt);
  fs.writeFileSync(paths.spec, JSON.stringify(spec));
  return { paths, ...startSupervisor(paths, env) };
}

export function startSupervisor(
  paths: RunPaths,
  env: NodeJS.ProcessEnv = process.env,
): Omit<Supervised, 'paths'> {
  const child = spawn(process.execPath, [path.join(programs, 'supervise.js'), paths.spec], {
    stdio: 'ignore',
    env,
    detached: true,
  });
  const ended = once(child, 'exit').then(() =>
    fs.existsSync(paths.exit) ? (JSON.parse(fs.readFileSync(paths.exit, 'utf8')) as ExitRecord) : null,
  );
  return { process: child, ended };
}

export function outputOf(spec: RunSpec, stream: 'stdout' | 'stderr'): string {
  return fs.readFileSync(path.join(spec.storage, 'output', `${spec.task}-${spec.attempt}.${stream}`), 'utf8');
}

/** Resolves when all processes are in this state of `/proc`, such as `T` for stopped. */
export async function untilState(pids: readonly number[], state: string): Promise<void> {
  const stateOf = (pid: number) => / ([A-Z]) /.exec(fs.readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];
  while (!pids.every((pid) => stateOf(pid) === state)) await new Promise(setImmediate);
}
