/** What every command is given: the options they share, the queue, and ways to print its answer. */

import fs from 'node:fs';
import type { Command } from '@commander-js/extra-typings';
import { realPathOf } from '../client/registry';
import { QueueError } from '../core/errors';
import { taskJson } from '../core/exactJson';
import {
  type GitEnd,
  type GitFacts,
  isUnapproved,
  type Stream,
  type Task,
  type TaskAnswer,
  type TaskWarning,
} from '../core/model';
import type { ClaimRequest, Queue } from '../core/queue';
import { goneText } from '../core/refusals';
import { warningsToShow } from '../core/waiting';
import type { GitFolders } from '../runner/git/gitFolders';
import { shellWord } from '../system/shellWords';
import { findQueue, type QueueTarget } from './access/locate';
import { type OpenHow, openQueueFor } from './access/openQueue';
import { folderForQueue, registerFolder } from './access/registerFolder';
import { confirmOnTerminal } from './terminal/dialogue';
import { exitCodes } from './terminal/errors';
import { isObject } from './terminal/options';
import { stderrLog } from './terminal/stderrLog';
import { writeError, writeJson, writeOut } from './terminal/streams';

interface SharedOptions {
  json?: boolean;
  workspace?: string;
}

/** Cells of a terminal that does not say how wide it is. */
const usualWidth = 80;

export class CommandContext {
  /** The exit code, unless the command fails or is interrupted. */
  exitCode: number = exitCodes.done;
  private target: QueueTarget | undefined;
  private interrupted: ((exitCode: number) => void) | null = null;

  constructor(
    private readonly program: Command,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  /** From now on Ctrl+C and SIGTERM end the program with their exit codes. */
  catchSignals(): void {
    process.on('SIGINT', () => this.stop(exitCodes.interrupted));
    process.on('SIGTERM', () => this.stop(exitCodes.terminated));
  }

  /** Whether to print one JSON value on stdout and nothing else. */
  get json(): boolean {
    return this.shared.json === true;
  }

  /** Cells of the terminal that stdout is; null where it is none. */
  get terminalWidth(): number | null {
    return process.stdout.isTTY === true ? process.stdout.columns || usualWidth : null;
  }

  /** The folder that the caller names, if any. */
  get workspace(): string | undefined {
    return this.shared.workspace ?? (this.env.SPARKQ_WORKSPACE || undefined);
  }

  private get shared(): SharedOptions {
    return this.program.opts();
  }

  /** Where the queue is that the command means. @throws QueueError `unavailable` when there is none */
  find(): QueueTarget {
    this.target ??= findQueue(this.workspace, this.env, process.cwd);
    return this.target;
  }

  /**
   * Where the queue is; where there is none, one is made for this folder, or the repository around it, if a person on the
   * terminal agrees.
   * @throws QueueError `unavailable` when there is none
   */
  async findOrMake(): Promise<QueueTarget> {
    try {
      return this.find();
    } catch (error) {
      // A folder that was moved, or came with a queue, has one: who wants that says so with another command.
      if (!QueueError.is(error, 'unavailable') || error.details !== undefined) throw error;
      const folder = realPathOf(this.workspace ?? folderForQueue(process.cwd()));
      if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
      if (!(await confirmOnTerminal(`There is no queue here. Make one for ${folder}?`, true))) throw error;
      this.target = await registerFolder(folder, this.env);
      return this.target;
    }
  }

  /** Opens the queue, does `action` with it, and closes it again. */
  async withQueue(action: (queue: Queue) => Promise<void>, how: OpenHow = {}): Promise<void> {
    const opened = await openQueueFor(this.find(), this.env, how);
    try {
      await action(opened.queue);
    } finally {
      await opened.close();
    }
  }

  /** Changes one task, then prints its row, or what was done with it. */
  async changeTask(
    change: (queue: Queue) => Promise<TaskAnswer>,
    done: string | ((task: Task) => string),
  ): Promise<void> {
    await this.withQueue(async (queue) => {
      const answer = await change(queue);
      this.answerTask(answer, (task) => `Task ${task.id} ${typeof done === 'string' ? done : done(task)}`);
    });
  }

  /**
   * Prints the row of a task that was changed, or what was done with it; of one that is gone, that it is.
   * @param more what programs get besides the row
   */
  answerTask(
    task: TaskAnswer,
    text: (task: Task) => string,
    more: Readonly<Record<string, unknown>> = {},
  ): void {
    if (task.status === undefined) {
      this.answer({ ...task, ...more }, goneText(task.id));
      return;
    }
    this.warn([task]);
    this.answer({ ...taskJson(task), ...more }, text(task));
  }

  /** The folder that the queue belongs to, asking its owner only if need be. @throws QueueError when it has none */
  async findWorkspace(): Promise<string> {
    const target = this.find();
    if ('workspace' in target) return target.workspace;
    let workspace: string | null = null;
    await this.withQueue(async (queue) => {
      ({ workspace } = await queue.status());
    });
    if (workspace !== null) return workspace;
    throw new QueueError('not_found', 'The queue has no folder on this machine', 'Name one with --workspace');
  }

  /**
   * The git state of the queue's folder, or of the one that the task of a payload comes from; undefined if it is no
   * repository, or not on this machine.
   */
  async gitFacts(payload?: unknown): Promise<GitFacts | undefined> {
    const folders = await this.gitFolders();
    return (await folders?.of(payload).read()) ?? undefined;
  }

  /** The git states that a claim is made with: of the queue's folder, and of others that tasks come from. */
  async gitAtClaim(): Promise<Pick<ClaimRequest, 'git' | 'git_elsewhere'>> {
    const folders = await this.gitFolders();
    const [git, elsewhere = []] = await Promise.all([this.gitFacts(), folders?.readOthers()]);
    return { git, ...(elsewhere.length > 0 ? { git_elsewhere: elsewhere } : {}) };
  }

  /** The same at the end of a task's current attempt. */
  async gitAtEnd(queue: Queue, task: Task): Promise<GitEnd | undefined> {
    const folders = await this.gitFolders();
    if (folders === undefined) return undefined;
    const { AttemptGit } = await import('../runner/git/attemptGit');
    const git = new AttemptGit(queue, folders, stderrLog(this.env, 'warn'));
    return (await git.readEnd(task)) ?? undefined;
  }

  /** Undefined for a queue that is not on this machine. */
  private async gitFolders(): Promise<GitFolders | undefined> {
    const target = this.find();
    if ('url' in target) return undefined;
    const [{ GitFolders }, { Registry }, { userFolder }] = await Promise.all([
      import('../runner/git/gitFolders'),
      import('../client/registry'),
      import('../client/userFolder'),
    ]);
    const registry = new Registry(userFolder(this.env));
    return new GitFolders(target.workspace, () => registry.otherFolders(target.workspace));
  }

  /** Prints `value` for programs or `text` for people. */
  answer(value: unknown, text: string | readonly string[]): void {
    if (this.json) writeJson(value, 2);
    else this.say(text);
  }

  /**
   * Says on stderr what is worth knowing about queued tasks that were accepted all the same, each thing once, and that
   * they wait for approval; for programs, their rows say it.
   */
  warn(tasks: readonly Task[]): void {
    if (this.json) return;
    for (const warning of warningsToShow(tasks)) writeError(warningLines(warning));
    const [held, ...others] = tasks.filter(isUnapproved);
    if (held === undefined) return;
    const what = others.length === 0 ? `Task ${held.id} waits` : `${others.length + 1} tasks wait`;
    const name = others.length === 0 ? held.id : (held.batch_id ?? held.id);
    writeError(
      `${what} until a person approves ${others.length === 0 ? 'it' : 'them'}.\nSuggestion: sparkq approve ${name}\n`,
    );
  }

  /** Says on stderr which streams the built-in runner is stuck on; for programs, their rows say it. */
  noteStuck(streams: readonly Stream[]): void {
    if (this.json) return;
    for (const { name, waiting } of streams) if (waiting) writeError(`Stream '${name}': ${waiting}\n`);
  }

  /** Prints a list: as an array for programs, as lines for people, or as `none` when it is empty. */
  answerList(rows: readonly unknown[], none: string, lines: () => readonly string[]): void {
    this.answer(rows, rows.length === 0 ? none : lines());
  }

  /** Prints for people only. */
  say(text: string | readonly string[]): void {
    if (this.json) return;
    writeOut(`${typeof text === 'string' ? text : text.join('\n')}\n`);
  }

  /** Resolves with the exit code of the next Ctrl+C or SIGTERM, which then do not end the program by themselves. */
  untilStopped(): Promise<number> {
    return new Promise((resolve) => {
      this.interrupted = resolve;
    });
  }

  private stop(exitCode: number): void {
    if (this.interrupted === null) process.exit(exitCode);
    this.interrupted(exitCode);
  }
}

function warningLines({ code, message, values }: TaskWarning): string {
  const line = `Warning: ${message}\n`;
  if (code !== 'blocks_stream' || values.stream === undefined) return line;
  const stream = shellWord(values.stream);
  const named = values.stream.startsWith('-')
    ? `--skip-unrunnable -- ${stream}`
    : `${stream} --skip-unrunnable`;
  return `${line}Suggestion: let other tasks pass it: sparkq stream edit ${named}\n`;
}

/** Names by id, for tables. */
export function namesById(rows: readonly { id: string; name: string }[]): Map<string, string> {
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The prompt of a task's payload; empty when it has none. */
export function promptOf({ payload_json: payload }: Task): string {
  return isObject(payload) && typeof payload.prompt === 'string' ? payload.prompt : '';
}
