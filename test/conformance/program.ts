/** The built `sparkq`, held to what it promises of every answer. */

import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { CommandLine, type Ended, makePlace } from '../support/commandLine';
import { removeFolder } from '../support/folders';
import { makeQueue } from '../support/makeQueue';
import type { Order } from './commandThreads';
import { Refusal } from './door';

/** What stderr may say of a command that did what it was asked: what tasks for outside workers do to their stream. */
const notes = /^(?:Warning: .*\n(?:Suggestion: .*\n)?|Stream '.*': .*\n)*$/;

/** The words that decide what a command line does: its command and the names of its options. */
function shapeOf(args: readonly string[]): string {
  return args.filter((word, at) => at === 0 || word.startsWith('-') || /^[a-z]+$/.test(word)).join(' ');
}

/** The program in one folder, with one user folder. */
export class Cli extends CommandLine {
  /** The queue of the folder is served by another process: a command only asks it. */
  served = false;
  private readonly known = new Set<string>();
  private threads: ChildProcess | undefined;
  private readonly waiting = new Map<number, (ended: Ended) => void>();
  private orders = 0;

  /**
   * Runs a command line of a folder whose queue is served: the first of its shape as a person would, others like it in a
   * thread of one process, for which no Node has to start.
   */
  private runServed(args: readonly string[]): Promise<Ended> {
    const shape = shapeOf(args);
    if (!this.served || !this.known.has(shape)) {
      this.known.add(shape);
      return this.run(args);
    }
    this.threads ??= this.startThreads();
    const order: Order = [this.orders++, args];
    this.threads.send(order);
    return new Promise((resolve) => this.waiting.set(order[0], resolve));
  }

  private startThreads(): ChildProcess {
    const child = fork(path.join(__dirname, 'commandThreads.js'), {
      cwd: this.folder,
      env: this.environment(),
      execArgv: ['--liftoff-only'],
    });
    child.on('message', ([number, ended]: [number, Ended]) => this.waiting.get(number)?.(ended));
    return child;
  }

  override async end(): Promise<void> {
    this.threads?.kill('SIGKILL');
    await super.end();
  }

  /** The stdout of a command that must succeed, and have nothing else to say. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.runServed(args);
    assert.equal(code, 0, `sparkq ${args.join(' ')}: ${stderr}${stdout}`);
    assert.match(stderr, notes);
    return stdout;
  }

  /** What a command answers with --json; null for nothing. @throws Refusal */
  async json(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.runServed([...args, '--json']);
    if (code !== 0) throw refusalOf({ code, stdout, stderr });
    assert.equal(stderr, '');
    return stdout === '' ? null : JSON.parse(stdout);
  }
}

/** The refusal that a run ended with; fails if it is not one. */
export function refusalOf({ code, stdout, stderr }: Ended): Refusal {
  assert.equal(stdout, '', 'a refusal says nothing on stdout');
  const lines = stderr.trimEnd().split('\n');
  const shape = lines.map((line) => line.split(':')[0]).join();
  assert.match(shape, /^Error(,Valid options)?(,Suggestion)?$/, stderr);
  const [first = '', ...more] = lines;
  return new Refusal(first.slice('Error: '.length), { exit: code, hint: more.join('\n') });
}

/** The program in an empty folder with an empty user folder. */
export class Box extends Cli {
  private constructor(
    readonly root: string,
    folder: string,
    home: string,
  ) {
    super(folder, home);
  }

  static make(): Box {
    const { root, folder, home } = makePlace('conformance');
    return new Box(root, folder, home);
  }

  /** Makes the queue, a session `work` and a stream `lane`. */
  async withStream(): Promise<void> {
    await makeQueue(this.folder, this.home);
  }

  /** Puts a task into `lane` and gives its id. */
  async task(...options: string[]): Promise<string> {
    const { id } = (await this.json('enqueue', '-s', 'lane', '-t', 'llm-haiku', ...options)) as {
      id: string;
    };
    return id;
  }

  async remove(): Promise<void> {
    await this.end();
    removeFolder(this.root);
  }
}
