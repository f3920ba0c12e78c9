/** A folder, a user folder, and the built `sparkq` run in them as a person or a script would run it. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NewTask } from '../../../src/core/queue';
import { RemoteQueue } from '../../../src/server/remoteQueue';

const program = path.resolve('dist/cli.js');
/** For tests that start many programs: a machine may be busy. Milliseconds. */
export const slow = 60_000;
/** Of the queues that tests serve. */
export const token = 'secret-word';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface How {
  /** Given on stdin, which then ends; nothing by default. */
  input?: string;
  env?: Record<string, string>;
  cwd?: string;
}

/** A program that runs on. */
export class Started {
  stdout = '';
  stderr = '';
  readonly exited: Promise<Ended>;

  constructor(readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exited = once(child, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** Resolves with what `pattern` found in stdout as soon as it is there; fails when the program ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found) return found;
      const more = await Promise.race([
        once(this.child.stdout, 'data').then(() => true),
        this.exited.then(() => false),
      ]);
      if (!more && !pattern.test(this.stdout))
        throw new Error(`It ended without saying ${pattern}: ${this.stdout}${this.stderr}`);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.exited;
  }
}

export class Sandbox {
  readonly root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'sparkq-cli-')));
  readonly folder = path.join(this.root, 'project');
  readonly home = path.join(this.root, 'home');
  private readonly started: Started[] = [];

  constructor() {
    fs.mkdirSync(this.folder);
  }

  start(args: readonly string[], { input, env, cwd }: How = {}): Started {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(SPARKQ_|NO_COLOR)/.test(name));
    const child = spawn(process.execPath, [program, ...args], {
      cwd: cwd ?? this.folder,
      env: { ...Object.fromEntries(inherited), SPARKQ_HOME: this.home, ...env },
    });
    child.stdin.end(input ?? '');
    const started = new Started(child);
    this.started.push(started);
    return started;
  }

  run(args: readonly string[], how: How = {}): Promise<Ended> {
    return this.start(args, how).exited;
  }

  /** Runs a command that must succeed, and gives its stdout. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`sparkq ${args.join(' ')} exited ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Runs a command with --json that must succeed, and gives what it answered. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, '--json')) as T;
  }

  /** Makes the queue of the folder and serves it; `queue` then reaches it from within the test. */
  async serve(): Promise<{ server: Started; url: string; queue: RemoteQueue }> {
    await this.ok('setup', '--yes');
    const server = this.start(['serve'], { env: { SPARKQ_TOKEN: token } });
    const [, url = ''] = await server.says(/^SparkQ server: (http:\/\/127\.0\.0\.1:\d+)\n/);
    return { server, url, queue: new RemoteQueue({ url, token, version: '0.0.0' }) };
  }

  write(name: string, text: string): string {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  }

  read(name: string): string {
    return fs.readFileSync(path.join(this.folder, name), 'utf8');
  }

  async remove(): Promise<void> {
    for (const one of this.started) {
      if (one.child.exitCode === null && one.child.signalCode === null) await one.stop('SIGKILL');
    }
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

/** A served queue that several tests share; each of them works in a stream of its own. */
export class ServedSandbox extends Sandbox {
  private open: { server: Started; url: string; queue: RemoteQueue } | null = null;
  private streams = 0;

  static async begin(): Promise<ServedSandbox> {
    const box = new ServedSandbox();
    box.open = await box.serve();
    await box.queue.createSession({ name: 'work' });
    return box;
  }

  private get opened(): { server: Started; url: string; queue: RemoteQueue } {
    if (this.open === null) throw new Error('The sandbox is not served');
    return this.open;
  }

  get queue(): RemoteQueue {
    return this.opened.queue;
  }

  get server(): Started {
    return this.opened.server;
  }

  get url(): string {
    return this.opened.url;
  }

  /** The name of a new stream of the session `work`. */
  async lane(instructions?: string): Promise<string> {
    this.streams += 1;
    const { name } = await this.queue.createStream({
      session: 'work',
      name: `lane${this.streams}`,
      instructions,
    });
    return name;
  }

  /** The id of a new task; queued. */
  async task(stream: string, more: Partial<NewTask> = {}): Promise<string> {
    const { task } = await this.queue.enqueue({ stream, tool_name: 'llm-haiku', ...more });
    return task.id;
  }

  /** The id of a new task that somebody works on. */
  async running(stream: string): Promise<string> {
    const id = await this.task(stream);
    await this.queue.claimTask(id);
    return id;
  }

  override async remove(): Promise<void> {
    await this.open?.queue.close();
    await super.remove();
  }
}
