/** What every command is given: the options that all commands share, a way to the queue, and a way to answer. */

import type { Command } from 'commander';
import type { GitFacts, Task } from '../core/model';
import type { Queue } from '../core/queue';
import { findQueue, type QueueTarget } from './access/locate';
import { type OpenHow, openQueueHere } from './access/openQueue';
import { CommandError, exitCodes } from './terminal/errors';
import { writeOut } from './terminal/streams';

interface SharedOptions {
  json?: boolean;
  workspace?: string;
}

export class CommandContext {
  /** What the program exits with when the command comes to its end. */
  exitCode: number = exitCodes.done;
  private target: QueueTarget | undefined;
  private interrupted: ((exitCode: number) => void) | null = null;

  constructor(
    private readonly program: Command,
    readonly env: NodeJS.ProcessEnv,
  ) {}

  /** From now on Ctrl-C and SIGTERM end the program with the exit codes that they stand for. */
  catchSignals(): void {
    process.on('SIGINT', () => this.stop(exitCodes.interrupted));
    process.on('SIGTERM', () => this.stop(exitCodes.terminated));
  }

  /** Whether one JSON value is wanted on stdout and nothing else. */
  get json(): boolean {
    return this.shared.json === true;
  }

  /** The folder that was named outright, if one was. */
  get workspace(): string | undefined {
    return this.shared.workspace ?? (this.env.SPARKQ_WORKSPACE || undefined);
  }

  private get shared(): SharedOptions {
    return this.program.opts<SharedOptions>();
  }

  /** Where the queue of this folder is. @throws CommandError with exit code 3 when there is none */
  find(): QueueTarget {
    this.target ??= findQueue(this.workspace, this.env, process.cwd());
    return this.target;
  }

  /** Opens the queue, does `action` with it, and closes it again. */
  async withQueue(action: (queue: Queue) => Promise<void>, how: OpenHow = {}): Promise<void> {
    const opened = await openQueueHere(this.find(), this.env, how);
    try {
      await action(opened.queue);
    } finally {
      await opened.close();
    }
  }

  /** The folder that the scripts of a queue belong to. @throws CommandError when it has none on this machine */
  async workspaceOf(queue: Queue): Promise<string> {
    const where = this.find();
    const workspace = 'storage' in where ? where.workspace : (await queue.status()).workspace;
    if (workspace !== null) return workspace;
    throw new CommandError('The queue belongs to no folder', {
      suggestion: 'Name the folder with --workspace',
    });
  }

  /** Where the queue's folder stands in git; undefined where it is no repository, or not on this machine. */
  async gitFacts(): Promise<GitFacts | undefined> {
    const where = this.find();
    if ('url' in where) return undefined;
    const { GitReader } = await import('../runner/git/gitFacts');
    return (await new GitReader(where.workspace).read()) ?? undefined;
  }

  /** Prints `value` for programs or `text` for people. */
  answer(value: unknown, text: string | readonly string[]): void {
    if (this.json) writeOut(`${JSON.stringify(value, null, 2)}\n`);
    else this.say(text);
  }

  /** Prints for people only. */
  say(text: string | readonly string[]): void {
    if (this.json) return;
    writeOut(`${typeof text === 'string' ? text : text.join('\n')}\n`);
  }

  /** Resolves at the next Ctrl-C or SIGTERM, which then do not end the program, with the exit code that they stand for. */
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

/** A task as `--json` prints it: with its payload parsed. */
export function taskJson(task: Task): Record<string, unknown> {
  const { payload_json, ...rest } = task;
  return { ...rest, payload: payload_json ?? task.payload };
}

/** Names by id, for tables. */
export function namesById(rows: readonly { id: string; name: string }[]): Map<string, string> {
  return new Map(rows.map(({ id, name }) => [id, name]));
}
