/**
 * The files of one run in `runs/`, through which the process that looks after the run and the supervisor that holds it
 * communicate. Each can be read at any moment.
 */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Needs, RunNote, Task } from '../core/model';
import { removeFile, tidy } from '../system/heldFiles';
import { readJson } from '../system/wholeFiles';
import type { AgentRecord, AgentStart } from './adapters/agentRun';

/** What the supervisor is to run. Only its owner can read the file: it holds the lease and the environment. */
export interface RunSpec {
  task: string;
  attempt: number;
  stream: string;
  /** The storage folder. */
  storage: string;
  /** Program and arguments, passed on as they are. */
  file: string;
  args: readonly string[];
  /** Whether the arguments are already quoted for Windows. */
  verbatim: boolean;
  cwd: string;
  /** Set on top of what is inherited. */
  env: Readonly<Record<string, string>>;
  /** Names of variables that are not inherited; a specification of an older program has none. */
  env_omit?: readonly string[];
  /** Names of variables that are inherited; null: all that are not withheld from every run. */
  env_allow: readonly string[] | null;
  stdin: string;
  /** Whether it is a run of an agent, so that what it queues is an agent's. */
  agent?: boolean;
  /** The agent whose events are read; null and missing: its output is no more than output. */
  agent_run?: AgentStart | null;
  /** What is run instead where the session that it goes on with is lost. */
  afresh?: AgentAfresh | null;
  /** When time is up: milliseconds of the machine's monotonic clock, which no jump of the wall clock moves. */
  deadline: number;
  /** Bytes kept of each of stdout and stderr. */
  output_limit: number;
  kill_grace_ms: number;
  leave_background: boolean;
  /** As of the tool; a specification of an older program has neither. */
  nice?: number | null;
  memory_max?: string | null;
  /** Where it works, and what is kept of that at its end; a specification of an older program does not say. */
  place?: RunPlace | null;
  /** Held from before the script is started; null and missing: it needs nothing of the machine. */
  resources?: RunResources | null;
  /** Proves the claim when the end is reported. */
  lease: string;
  /** The tool that runs it, where the account of the task's own rests; missing in a specification of an older program. */
  stand_in?: string | null;
  /** Whose limits the run shares; null and missing: a limit concerns the task alone. */
  account?: RunAccount | null;
  /** Regular expression on the output that means "come back later". */
  limited_pattern: string | null;
  /** Run after the program, if that has succeeded; null and missing: nothing checks it. */
  check?: CheckCall | null;
  /** Files that must be as they were approved, each by its SHA-256; a specification of an older program has none. */
  pinned?: readonly { path: string; file: string | null; hash: string }[];
}

/**
 * Where a run works: in a worktree of its own, or in a repository of which all is kept before and after it, or was to be:
 * then `unkept`.
 */
export type RunPlace = (
  | /** `from` is the repository, `base` the commit that the worktree began with. All are absolute paths. */
  { kind: 'worktree'; folder: string; from: string; base: string }
  | { kind: 'folder' | 'unkept'; folder: string }
) & {
  /** What is known at its start already; missing for nothing. */
  notes?: readonly RunNote[];
};

/** Whose limits a run shares. */
export interface RunAccount {
  /** The user folder. */
  home: string;
  name: string;
  /** As the tool names it; null: the agent's own default. */
  model: string | null;
}

/** How a run starts that was to go on with a session. */
export interface AgentAfresh extends Pick<RunSpec, 'file' | 'args' | 'verbatim' | 'stdin'> {
  agent_run: AgentStart;
}

/** The program that checks what a run did, and its arguments, passed on as they are. */
export interface CheckCall {
  file: string;
  args: readonly string[];
  verbatim: boolean;
  /** The command as people read it. */
  text: string;
  /** What its program must be; null and missing: nobody knows, or the run is to build it. */
  pin?: CheckPin | null;
}

export interface CheckPin {
  /** What is started. */
  file: string;
  /** The file that it must be the same as; of a run in a worktree, that of the workspace. */
  origin: string;
  /** SHA-256 of that when the run began. */
  hash: string;
}

/** What a run holds of the machine, by the entry of that name in the user folder. */
export interface RunResources {
  /** The user folder. */
  home: string;
  ticket: string;
  needs: Needs;
  /** Of the queue. */
  folder: string;
}

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessRef {
  pid: number;
  start_time: string | null;
  /** The namespace in which the pid is valid; a container has its own. */
  namespace: string | null;
}

/** A script, which may be recognized by when it was started: on Windows only a helper program knows more. */
export interface ScriptRef extends ProcessRef {
  /** Milliseconds since 1970. */
  started: { from: number; until: number };
}

/** Proof that a run has started, or never will: created once, by whichever process is first. */
export interface RunRecord {
  supervisor: ProcessRef | null;
  /** The script, once started; it leads the process group of the same number. */
  script: ScriptRef | null;
  boot_id: string | null;
  /** Set by a process that found no record and gave the run up: a supervisor that comes late stops. */
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
  /** Bytes that the script wrote, including those that were not kept. */
  stdout_size: number;
  stderr_size: number;
  /** One sentence where the code does not say everything. */
  message: string | null;
  /** JSON text of the script's `::sparkq result ...::`. */
  result: string | null;
  progress: Progress | null;
  /** How its check ended, or that it was not passed; none where nothing checks it, or it had failed before. */
  check?: CheckEnd;
  /** It was not started, because these files are not as they were approved: their paths in the payload. */
  changed?: readonly string[];
  /** What came of it, where it is an agent's. */
  agent?: AgentRecord;
}

export interface CheckEnd {
  /** The command as people read it. */
  text: string;
  code: number | null;
  signal: string | null;
  /** Why it could not be started; null where it was. */
  problem: string | null;
  /** It is not what it was when the run began. */
  changed?: true;
}

/** The exit record of a run that has no script to say anything of. */
export function exitWithoutScript(
  reason: ExitReason,
  message: string,
  startedAt: number = Date.now(),
): ExitRecord {
  return {
    reason,
    code: null,
    signal: null,
    started_at: startedAt,
    ended_at: Date.now(),
    stdout_size: 0,
    stderr_size: 0,
    message,
    result: null,
    progress: null,
  };
}

export interface Progress {
  /** 0 to 100; null: as it was. */
  percent: number | null;
  message: string | null;
  /** Its program has succeeded, and what checks it is at work. */
  checking?: true;
}

/** Where the files of one attempt are. */
export interface RunPaths {
  folder: string;
  spec: string;
  record: string;
  keeper: string;
  cancel: string;
  /** There while the run is to stand still. */
  suspend: string;
  progress: string;
  /** There once the model of an agent has answered, where others may wait for that. */
  answered: string;
  /** What the run says of its end itself. */
  word: string;
  exit: string;
  /** What the workspace's files were in git before the start. */
  git: string;
  /** What came of the tasks that it waited for. */
  parents: string;
}

export function runPaths(storage: string, task: string, attempt: number): RunPaths {
  const folder = runsFolder(storage);
  const base = path.join(folder, `${task}-${attempt}`);
  return {
    folder,
    spec: `${base}.spec.json`,
    record: `${base}.json`,
    keeper: `${base}.keeper.json`,
    cancel: `${base}.cancel`,
    suspend: `${base}.suspend`,
    progress: `${base}.progress.json`,
    answered: `${base}.answered`,
    word: `${base}.word.json`,
    exit: `${base}.exit.json`,
    git: `${base}.git.json`,
    parents: `${base}.parents.json`,
  };
}

export function runsFolder(storage: string): string {
  return path.join(storage, 'runs');
}

/** What a program needs of the environment of a run to be bound to it. */
export const boundVariables = [
  'SPARKQ_STORAGE',
  'SPARKQ_TASK_ID',
  'SPARKQ_ATTEMPT',
  'SPARKQ_RUN_PROOF',
] as const;

/** What shows that a process belongs to a run, and does not let it end the claim as the lease would. */
export function proofOf(lease: string): string {
  return createHash('sha256').update(`run ${lease}`).digest('hex').slice(0, 32);
}

/** Names one attempt: `tsk_0123456789ab-1`. */
export function runKey(task: Pick<Task, 'id' | 'attempts'>): string {
  return `${task.id}-${task.attempts}`;
}

/** The key of the attempt that a file of `runs/` belongs to; null for any other file. */
export function runOfFile(name: string): string | null {
  return /^(tsk_[0-9a-f]{12}-\d+)\./.exec(name)?.[1] ?? null;
}

/** How long a run that has been claimed may take to write its next file; milliseconds. */
export const startTimeout = 5_000;

/**
 * Removes the files of a run that is over, and drafts of them. The specification goes first: a supervisor that starts
 * after the record has gone must not find one. The keeper's name goes last: until then nobody takes the run over.
 */
export function removeRunFiles(storage: string, task: string, attempt: number): void {
  const { folder, spec, record, keeper } = runPaths(storage, task, attempt);
  removeFile(spec);
  // A process that is still about to start the run must find the record by which it was given up.
  const givenUp = readJson<RunRecord>(record)?.given_up === true;
  for (const name of filesOfRuns(storage)) {
    const file = path.join(folder, name);
    const stays = file === keeper || (file === record && givenUp);
    if (!stays && runOfFile(name) === `${task}-${attempt}`) removeFile(file);
  }
  removeFile(keeper);
}

/** The names of all files of runs. */
export function filesOfRuns(storage: string): string[] {
  const folder = runsFolder(storage);
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

/** The runs that files of `runs/` belong to, each once. */
export function runsOf(names: readonly string[]): Pick<Task, 'id' | 'attempts'>[] {
  const keys = new Set(names.map(runOfFile).filter((key) => key !== null));
  return [...keys].map((key) => {
    const dash = key.lastIndexOf('-');
    return { id: key.slice(0, dash), attempts: Number(key.slice(dash + 1)) };
  });
}

/** Whether a run that is over has left files, other than the record by which it was given up. */
export function hasLeftFiles({ folder, record }: RunPaths): boolean {
  const key = runOfFile(path.basename(record));
  const names = fs.readdirSync(folder).filter((name) => runOfFile(name) === key);
  const [only] = names;
  if (names.length === 1 && only === path.basename(record))
    return readJson<RunRecord>(record)?.given_up !== true;
  return names.length > 0;
}

/** The files of a run that is over may still have to stop a supervisor that comes late; milliseconds. */
const keepFilesFor = 24 * 60 * 60 * 1000;

/** Removes the files of runs that ended more than a day ago, except for those whose keys are given. */
export function removeOldRunFiles(storage: string, keep: ReadonlySet<string>): void {
  for (const name of filesOfRuns(storage)) {
    const key = runOfFile(name);
    if (key === null || keep.has(key)) continue;
    const file = path.join(runsFolder(storage), name);
    const facts = fs.statSync(file, { throwIfNoEntry: false });
    if (facts && Date.now() - facts.mtimeMs > keepFilesFor) tidy(file, () => removeFile(file));
  }
}
