/** The built `sparkq`, held to what it promises of every answer. */

import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { CommandLine, type Ended, type How, makePlace } from '../support/commandLine';
import { removeFolder } from '../support/folders';
import { makeQueue } from '../support/makeQueue';
import { Refusal } from './door';
import type { Order } from './loadedProgram';

/** What stderr may say of a command that did what it was asked: what tasks for outside workers do to their stream. */
const notes = /^(?:Warning: .*\n(?:Suggestion: .*\n)?|Stream '.*': .*\n)*$/;

/** The command that a command line names, with its subcommand; undefined for the one that dist/cli.js answers itself. */
function commandOf(args: readonly string[]): string | undefined {
  if (args.length === 1 && args[0] === 'status') return undefined;
  const [command = '', next = ''] = args.filter((word) => word !== '--json');
  return /^[a-z]+$/.test(next) ? `${command} ${next}` : command;
}

/** The program in one folder, with one user folder. */
export class Cli extends CommandLine {
  private readonly known = new Set<string>();
  private loaded: ChildProcess | undefined;
  private readonly waiting = new Map<number, (ended: Ended) => void>();
  private orders = 0;

  /**
   * Runs the first command line of a command as a person would, others in one process that keeps the program loaded, since
   * most of what a start costs is loading.
   */
  protected runQuickly(args: readonly string[]): Promise<Ended> {
    const command = commandOf(args);
    if (command === undefined || !this.known.has(command)) {
      if (command !== undefined) this.known.add(command);
      return this.start(args).exited;
    }
    this.loaded ??= this.load();
    const order: Order = [this.orders++, args];
    const ended = new Promise<Ended>((resolve) => this.waiting.set(order[0], resolve));
    this.loaded.send(order);
    return ended;
  }

  private load(): ChildProcess {
    const child = fork(path.join(__dirname, 'loadedProgram.js'), {
      cwd: this.folder,
      env: this.environment(),
      execArgv: ['--liftoff-only'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.on('message', ([number, ended]: [number, Ended]) => {
      this.waiting.get(number)?.(ended);
      this.waiting.delete(number);
    });
    child.once('exit', (code) => {
      for (const end of this.waiting.values()) end({ code, stdout: '', stderr: 'The loaded program ended' });
    });
    return child;
  }

  override async end(): Promise<void> {
    if (this.loaded?.kill('SIGKILL')) await once(this.loaded, 'exit');
    await super.end();
  }

  /** The stdout of a command that must succeed, and have nothing else to say. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.runQuickly(args);
    assert.equal(code, 0, `sparkq ${args.join(' ')}: ${stderr}${stdout}`);
    assert.match(stderr, notes);
    return stdout;
  }

  /** What a command answers with --json; null for nothing. @throws Refusal */
  async json(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.runQuickly([...args, '--json']);
    if (code !== 0) throw refusalOf({ code, stdout, stderr });
    assert.equal(stderr, '');
    return stdout === '' ? null : JSON.parse(stdout);
  }
}

/** The program in the folder of a queue that is served. */
export class ServedCli extends Cli {
  /** What is given an environment, a folder or stdin has a process of its own. */
  override run(args: readonly string[], how: How = {}): Promise<Ended> {
    return how.cwd || how.env || how.input ? super.run(args, how) : this.runQuickly(args);
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
    await removeFolder(this.root);
  }
}
