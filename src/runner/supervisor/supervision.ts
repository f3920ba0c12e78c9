/** Supervises one run, from the start of its script to the end of the last process that it started. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import type { Readable } from 'node:stream';
import { sleep } from '../../core/clock';
import { messageOf } from '../../core/errors';
import type { OutputName } from '../../core/queue';
import { OutputWriter } from '../../store/outputFiles';
import { isErrno } from '../../system/errno';
import { machineClock } from '../../system/machineClock';
import { createFile, replaceFile } from '../../system/wholeFiles';
import { readLastWord } from '../lastWord';
import { refOf } from '../liveness';
import { RunHold } from '../machine/runHold';
import { limitOf } from '../outcome';
import { readLastOutput } from '../outputTail';
import {
  type ExitRecord,
  exitWithoutScript,
  type RunPaths,
  type RunRecord,
  type RunSpec,
  type ScriptRef,
} from '../runFiles';
import { AgentWatch } from './agentWatch';
import { isWorthChecking, MergedOutput, refused, unchecked, withCheck } from './check';
import { childEnv, markerOf } from './childEnv';
import { type Directive, DirectiveFilter } from './directives';
import { hasLeftProcesses } from './leftProcesses';
import { countKilled, type LimitedCall, limitMemory, memoryNote } from './memoryLimit';
import { changedFiles, whyCheckChanged } from './pinnedFiles';
import { watchPresence } from './presence';
import { treeOf } from './processTree';
import { ProgressFile } from './progressFile';
import { SleepWatch } from './sleepWatch';
import { type StopReason, StopRequests } from './stopRequests';
import { leftText, type Tree, type TreeEnd } from './tree';

/** How long the script's pipes, and processes it left running, may outlive it, milliseconds. */
const backgroundGrace = 2_000;
/** On Windows it takes a program to list processes. */
const pollInterval = process.platform === 'win32' ? backgroundGrace : 100;
/** Between two tries to write a file to a full disk, milliseconds. */
const retryDelay = 1_000;
/** Space to free for the exit record on a full disk, bytes. */
const roomForRecord = 16 * 1024;

/** Runs what `spec` says and returns how it ended. The script's pid is added to the run's `record`. */
export async function supervise(spec: RunSpec, paths: RunPaths, record: RunRecord): Promise<ExitRecord> {
  const startedAt = Date.now();
  // Before the script exists, since it may end before the rest of this function has run.
  const stop = new StopRequests(spec, paths);
  const hold = spec.resources ? new RunHold(spec.resources, hasLeftProcesses) : null;
  try {
    await hold?.take(spec, stop.signal);
    const run: Run = { spec, paths, record, stop, hold };
    const exit = await superviseHeld(run, startedAt);
    if (!spec.afresh || !exit.agent?.lost_session || exit.reason !== 'exited') return exit;
    return await superviseHeld({ ...run, spec: { ...spec, ...spec.afresh, afresh: null } }, startedAt);
  } finally {
    stop.dispose();
    // What cannot be given back is free once this process has gone.
    await hold?.release().catch(() => {});
  }
}

/** The program, and what checks it. */
async function superviseHeld(run: Run, startedAt: number): Promise<ExitRecord> {
  const { spec, paths, stop } = run;
  if (stop.reason) return exitWithoutScript(stop.reason, 'Ended before the script was started.', startedAt);
  const { storage, task, attempt, output_limit: limit } = spec;
  const outputOf = (stream: OutputName) => new OutputWriter({ storage, task, attempt, stream, limit });
  const own = {
    stdout: outputOf('stdout'),
    stderr: outputOf('stderr'),
    progress: new ProgressFile(paths.progress),
  };
  const exit = await superviseProgram(run, startedAt, own, () => changedFiles(spec));
  if (!spec.check) return exit;
  const word = readLastWord(paths.word, spec.lease, () => {});
  const limited = word !== null && (await saysLimited(spec, exit));
  if (!isWorthChecking(exit, word, limited)) return unchecked(exit, spec.check);
  const problem = whyCheckChanged(spec.check);
  if (problem !== null) return refused(exit, spec.check, problem);
  own.progress.check();
  const check = { ...run, spec: { ...spec, ...spec.check, stdin: '', agent_run: null } };
  const output = new MergedOutput(outputOf('check'));
  const ended = await superviseProgram(check, Date.now(), { stdout: output, stderr: output, progress: null });
  return withCheck(exit, ended, spec.check);
}

/** Whether the output of a script matches the pattern of its tool. */
async function saysLimited(spec: RunSpec, exit: ExitRecord): Promise<boolean> {
  if (spec.limited_pattern === null || exit.agent !== undefined) return false;
  const last = await readLastOutput(spec.storage, spec.task, spec.attempt).catch(() => null);
  return last !== null && limitOf(exit, last, spec.limited_pattern, Date.now()) !== null;
}

/** What the program and its check have in common. */
interface Run {
  spec: RunSpec;
  paths: RunPaths;
  record: RunRecord;
  stop: StopRequests;
  hold: RunHold | null;
}

/** Where the output of a program goes. */
interface ProgramOutput {
  stdout: Output;
  stderr: Output;
  /** Its progress goes there; null: what it writes has no meaning. */
  progress: ProgressFile | null;
}

type Output = Pick<OutputWriter, 'append' | 'finish' | 'giveBack' | 'size'>;

/**
 * Starts a program of the run, and follows it to the end of the last process that it started.
 * @param changedBy what is not as it was approved
 */
async function superviseProgram(
  run: Run,
  startedAt: number,
  output: ProgramOutput,
  changedBy: () => string[] = () => [],
): Promise<ExitRecord> {
  const { spec, stop, hold } = run;
  const early = () =>
    stop.reason && exitWithoutScript(stop.reason, 'Ended before the script was started.', startedAt);
  let script: ChildProcess;
  const before = countKilled();
  const memory = spec.memory_max
    ? await limitMemory(spec, spec.memory_max, childEnv(spec, process.env))
    : null;
  // Asked for while the limit was tried.
  const stopped = early();
  if (stopped) return stopped;
  const changed = changedBy();
  if (changed.length > 0) {
    const exit = exitWithoutScript('could_not_start', 'Its files are not as they were approved.', startedAt);
    return { ...exit, changed };
  }
  try {
    letOthersGoFirst(spec.nice ?? null);
    script = await startScript({ ...spec, ...memory });
  } catch (error) {
    return exitWithoutScript('could_not_start', describeSpawnError(error, spec), startedAt);
  }
  const supervision = new Supervision(run, script, output, startedAt, { memory, before });
  const pid = script.pid;
  if (pid !== undefined) {
    recordScript(run, pid, supervision);
    hold?.note({ ...refOf(pid), started: supervision.started }).catch(() => {});
  }
  return supervision.end;
}

/** The script inherits it. Its supervisor has little to do. */
function letOthersGoFirst(nice: number | null): void {
  if (nice !== null && nice > os.getPriority()) os.setPriority(nice);
}

/** The script runs on even while its pid cannot be written: others then do not know it yet. */
function recordScript({ paths, record }: Run, pid: number, supervision: Supervision): void {
  const text = JSON.stringify({ ...record, script: { ...refOf(pid), started: supervision.started } });
  let ended = false;
  const end = () => {
    ended = true;
  };
  supervision.end.then(end, end);
  // Without a record the run is over in the queue, and must not get another.
  void retryUntilWritten(
    () => replaceFile(paths.record, text),
    () => !ended && fs.existsSync(paths.record),
  );
}

/** Calls `write` until it does not throw, for as long as `wanted`: a full disk may have room again soon. */
export async function retryUntilWritten(write: () => void, wanted: () => boolean): Promise<void> {
  while (wanted()) {
    try {
      write();
      return;
    } catch {
      await sleep(retryDelay);
    }
  }
}

async function startScript(spec: Omit<RunSpec, 'memory_max'>): Promise<ChildProcess> {
  const script = spawn(spec.file, spec.args, {
    cwd: spec.cwd,
    env: childEnv(spec, process.env),
    windowsVerbatimArguments: spec.verbatim,
    // A process group of its own can be ended as a whole.
    detached: process.platform !== 'win32',
    stdio: 'pipe',
    windowsHide: true,
  });
  await once(script, 'spawn');
  return script;
}

function describeSpawnError(error: unknown, spec: RunSpec): string {
  if (isErrno(error, 'ENOENT')) {
    return fs.existsSync(spec.cwd)
      ? `The command "${spec.file}" was not found.`
      : `The working folder ${spec.cwd} does not exist.`;
  }
  if (isErrno(error, 'EACCES')) return `"${spec.file}" cannot be executed: permission denied.`;
  if (isErrno(error, 'E2BIG', 'ENAMETOOLONG'))
    return 'The arguments and the environment are too long for this system.';
  return `"${spec.file}" could not be started: ${messageOf(error)}`;
}

class Supervision {
  /** Resolves when the whole process tree is gone and the output is on disk. */
  readonly end: Promise<ExitRecord>;

  /** Between which times the script was started. */
  readonly started: ScriptRef['started'];

  private readonly tree: Tree;
  private result: string | null = null;
  private stop: StopReason | null = null;
  private ending: Promise<TreeEnd> | null = null;
  /** Suspending and continuing, one after the other. */
  private suspending: Promise<void> = Promise.resolve();
  private giveUp: () => void = () => {};
  /** Resolves if the script cannot be ended: it is not waited for any longer. */
  private readonly unending = new Promise<void>((resolve) => {
    this.giveUp = resolve;
  });
  private scriptEnded = false;
  /** Aborted by a request to stop: background processes get no grace then. */
  private readonly hurry = new AbortController();
  private outputError: string | null = null;
  private memoryNote: string | null = null;
  private readonly sleep = new SleepWatch();
  private readonly agent: AgentWatch | null;

  constructor(
    private readonly run: Run,
    private readonly script: ChildProcess,
    private readonly output: ProgramOutput,
    private readonly startedAt: number,
    private readonly memory: {
      /** Where a limit was asked for. */
      memory: LimitedCall | null;
      /** How many processes the kernel had killed for their memory. */
      before: number | null;
    },
  ) {
    this.started = { from: startedAt, until: Date.now() };
    this.tree = treeOf({
      root: script.pid ?? null,
      marker: markerOf(run.spec),
      started: this.started,
      isHeld: () => !this.scriptEnded,
    });
    const { agent_run: agent } = run.spec;
    const onAnswer = () => this.tellAnswer();
    this.agent = agent ? new AgentWatch(agent, () => this.endTree(), machineClock, onAnswer) : null;
    this.end = this.follow(once(script, 'exit'));
  }

  /** Others may wait for it: the rest of their account is over. */
  private tellAnswer(): void {
    const { spec, paths } = this.run;
    if (!spec.account) return;
    try {
      createFile(paths.answered, '');
    } catch {
      // Its end will say the same.
    }
  }

  private async follow(exit: Promise<unknown[]>): Promise<ExitRecord> {
    const { stdin, stdout, stderr } = this.script;
    const { agent, output, run } = this;
    const { progress } = output;
    const filter = progress && new DirectiveFilter((directive) => this.handle(directive, progress));
    const pumps = Promise.all([
      stdout ? this.pump(stdout, output.stdout, filter, (chunk) => agent?.push(chunk)) : null,
      stderr ? this.pump(stderr, output.stderr, null, () => agent?.stir()) : null,
    ]);
    void run.stop.requested.then((reason) => this.requestStop(reason));
    const endWatch = watchPresence(run.paths.suspend, (present) => this.setSuspended(present));
    // A script may not read its input.
    stdin?.on('error', () => {});
    stdin?.end(run.spec.stdin);

    await Promise.race([exit, this.unending]);
    this.scriptEnded = true;
    agent?.stop();
    this.memoryNote = this.sayOfMemory();
    this.sleep.stop();
    endWatch();
    // A check may follow, and looks for itself whether the run is suspended.
    run.stop.deadline.resume();
    const background = this.ending === null ? await this.endBackground(pumps) : null;
    const end = background ?? (await this.ending);
    stdout?.destroy();
    stderr?.destroy();
    await pumps;
    progress?.close();
    return this.exitRecord(background?.found ?? 0, end && leftText(end));
  }

  /** At once: the control group of the run goes with its last process. */
  private sayOfMemory(): string | null {
    const { memory, before } = this.memory;
    const { exitCode, signalCode } = this.script;
    // A shell says so of what it has called.
    const killed = this.stop === null && (signalCode === 'SIGKILL' || exitCode === 128 + 9);
    const events = memory?.events ?? null;
    const note = memoryNote({ events, limit: this.run.spec.memory_max ?? null, before }, killed);
    return [memory?.note, note].filter(Boolean).join(' ') || null;
  }

  /** A run that is to end is not suspended any more. */
  private setSuspended(suspended: boolean): void {
    const { deadline } = this.run.stop;
    this.agent?.setSuspended(suspended);
    if (suspended) deadline.pause();
    const act = async () => {
      if (this.ending !== null || this.scriptEnded) return;
      if (suspended) await this.tree.suspend();
      else await this.tree.continue();
    };
    // A tree that could not be stopped, or not as a whole, must end all the same.
    this.suspending = this.suspending.then(act).catch(() => {});
    if (!suspended) deadline.resume();
  }

  private requestStop(reason: StopReason): void {
    this.hurry.abort();
    // An agent that has said how it ended has ended.
    if (this.scriptEnded || this.ending) return;
    this.stop = reason;
    this.endTree();
  }

  private endTree(): void {
    if (this.scriptEnded || this.ending) return;
    this.agent?.stop();
    this.ending = this.suspending.then(() => this.tree.end(this.run.spec.kill_grace_ms));
    this.ending.then(
      ({ left }) => {
        if (left.some((pid) => pid === this.script.pid)) this.giveUp();
      },
      () => this.giveUp(),
    );
  }

  /** A run ends with its script: other processes get a moment, then they are ended. Null where none are. */
  private async endBackground(pumps: Promise<unknown>): Promise<TreeEnd | null> {
    let timeIsUp = false;
    const up = sleep(backgroundGrace, undefined, this.hurry.signal).then(() => {
      timeIsUp = true;
    });
    const closed = await Promise.race([pumps.then(() => true), up.then(() => false)]);
    if (this.run.spec.leave_background) return null;
    while (!timeIsUp) {
      const members = await this.tree.members();
      // Where they cannot be known, only a pipe that one of them holds tells of it.
      if (members === null ? closed : members.length === 0) return null;
      await Promise.race([up, sleep(pollInterval)]);
    }
    return this.tree.end(this.run.spec.kill_grace_ms);
  }

  /** Reading waits for writing, so that memory use does not grow with the output. */
  private async pump(
    source: Readable,
    writer: Output,
    filter: DirectiveFilter | null,
    look: (chunk: Buffer) => void,
  ): Promise<void> {
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        look(chunk);
        await this.keep(writer, filter ? filter.push(chunk) : chunk);
      }
    } catch (error) {
      // Reading ends early when a background process holds the pipe open.
      if (!isErrno(error, 'ERR_STREAM_PREMATURE_CLOSE')) this.outputError ??= messageOf(error);
    }
    if (filter) await this.keep(writer, filter.end());
    await this.guard(() => writer.finish());
  }

  private async keep(writer: Output, bytes: Buffer): Promise<void> {
    if (bytes.length === 0 || this.outputError !== null) return;
    await this.guard(() => writer.append(bytes));
    if (this.outputError !== null) await this.guard(() => writer.giveBack(roomForRecord));
  }

  /** A full disk must not end the script: its output is still read, and the run says that it was not kept. */
  private async guard(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.outputError ??= messageOf(error);
    }
  }

  private handle(directive: Directive, progress: ProgressFile): void {
    if (directive.kind === 'progress') progress.report(directive.progress);
    else this.result = directive.json;
  }

  /**
   * @param background how many processes the script had left running
   * @param lives what is said of those that live on
   */
  private exitRecord(background: number, lives: string | null): ExitRecord {
    const notes: string[] = [];
    if (background > 0)
      notes.push(
        `Ended ${background} ${background === 1 ? 'process' : 'processes'} that the script left running.`,
      );
    if (lives !== null) notes.push(lives);
    if (this.memoryNote !== null) notes.push(this.memoryNote);
    const slept = this.sleep.note();
    if (slept !== null) notes.push(slept);
    if (this.outputError) notes.push(`Not all output could be kept: ${this.outputError}`);
    return {
      reason: this.stop ?? 'exited',
      code: this.script.exitCode,
      signal: this.script.signalCode,
      started_at: this.startedAt,
      ended_at: Date.now(),
      stdout_size: this.output.stdout.size,
      stderr_size: this.output.stderr.size,
      message: notes.length > 0 ? notes.join(' ') : null,
      result: this.result,
      progress: this.output.progress?.current ?? null,
      ...(this.agent && { agent: this.agent.finish(this.script.exitCode) }),
    };
  }
}
