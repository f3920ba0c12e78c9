/**
 * The files of one run in `runs/`, by which the process that wants a task done and the supervisor that does it speak
 * with each other. Each can be read at any moment.
 */

import * as path from 'node:path';

/** What the supervisor is asked to do. The file is readable by its owner alone: it holds the lease and the environment. */
export interface RunSpec {
  task: string;
  attempt: number;
  stream: string;
  /** The queue's folder. */
  storage: string;
  /** Program and arguments, passed on as they are; with `shell` one command line for the platform's shell. */
  file: string;
  args: readonly string[];
  shell: boolean;
  cwd: string;
  /** Set on top of what is inherited. */
  env: Readonly<Record<string, string>>;
  /** Names of variables that are inherited; null: all but the editor's own. */
  env_allow: readonly string[] | null;
  stdin: string;
  /** Wall-clock milliseconds when the time is up, and how long it may take at most whatever the clock does. */
  deadline: number;
  time_limit_ms: number;
  /** Bytes kept of each of stdout and stderr. */
  output_limit: number;
  kill_grace_ms: number;
  leave_background: boolean;
  /** Proves the claim to whoever reports the end. */
  lease: string;
  /** Regular expression on the output that means "come back later". */
  limited_pattern: string | null;
}

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessRef {
  pid: number;
  start_time: string | null;
  /** The space in which the number means something; a container has one of its own. */
  namespace: string | null;
}

/** The proof that a run has begun, or never will: created once, by whoever comes first. */
export interface RunRecord {
  supervisor: ProcessRef | null;
  /** The script, once it is started; it leads the process group of the same number. */
  script: ProcessRef | null;
  boot_id: string | null;
  /** Set by a host that found no record and gave the run up: a supervisor that comes late stops. */
  given_up?: true;
}

export type ExitReason = 'exited' | 'timeout' | 'cancelled' | 'could_not_start' | 'interrupted';

/** How the run ended. */
export interface ExitRecord {
  reason: ExitReason;
  code: number | null;
  signal: string | null;
  /** Wall-clock milliseconds. */
  started_at: number;
  ended_at: number;
  /** Bytes written by the script, those that were not kept included. */
  stdout_size: number;
  stderr_size: number;
  /** One sentence, where there is more to say than the code. */
  message: string | null;
  /** JSON text of the script's `::sparkq result ...::`. */
  result: string | null;
  progress: Progress | null;
}

export interface Progress {
  /** 0 to 100. */
  percent: number;
  message: string | null;
}

/** Where the files of one attempt are. */
export interface RunPaths {
  folder: string;
  spec: string;
  record: string;
  keeper: string;
  cancel: string;
  progress: string;
  exit: string;
}

export function runPaths(storage: string, task: string, attempt: number): RunPaths {
  const folder = path.join(storage, 'runs');
  const base = path.join(folder, `${task}-${attempt}`);
  return {
    folder,
    spec: `${base}.spec.json`,
    record: `${base}.json`,
    keeper: `${base}.keeper.json`,
    cancel: `${base}.cancel`,
    progress: `${base}.progress.json`,
    exit: `${base}.exit.json`,
  };
}

const fileName =
  /^(tsk_[0-9a-f]{12})-(\d+)\.(?:spec\.json|keeper\.json|progress\.json|exit\.json|json|cancel)$/;

/** The attempt that a file of `runs/` belongs to; null for any other file. */
export function runOfFile(name: string): { task: string; attempt: number } | null {
  const match = fileName.exec(name);
  return match?.[1] && match[2] ? { task: match[1], attempt: Number(match[2]) } : null;
}
