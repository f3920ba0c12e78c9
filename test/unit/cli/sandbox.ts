/** A folder, a user folder, and the built `sparkq` run in them as a person or a script would run it. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const program = path.resolve('dist/cli.js');

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

  /** Makes the queue, a session `work` and a stream `lane`. */
  async withStream(): Promise<void> {
    await this.ok('setup', '--yes');
    await this.ok('session', 'create', 'work');
    await this.ok('stream', 'create', 'lane', '--session', 'work');
  }

  /** Puts a prompt into `lane` and gives the task's id. */
  async task(...options: string[]): Promise<string> {
    const { id } = await this.json<{ id: string }>('enqueue', '-s', 'lane', '-t', 'llm-haiku', ...options);
    return id;
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
