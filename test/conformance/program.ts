/** The built `sparkq`, run as a person or a script would run it. */

import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Refusal } from './door';

const program = path.resolve('dist/cli.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface How {
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  /** Given on stdin, which then ends. */
  input?: string;
}

/** A run that goes on. */
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

  /** What `pattern` finds in stdout, as soon as it is there. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found) return found;
      const more = await Promise.race([
        once(this.child.stdout, 'data').then(() => true),
        this.exited.then(() => false),
      ]);
      if (!more && !pattern.test(this.stdout)) {
        assert.fail(`It ended without saying ${pattern}: ${this.stdout}${this.stderr}`);
      }
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.exited;
  }
}

/** The program in one folder, with one user folder. */
export class Cli {
  private readonly started: Started[] = [];

  constructor(
    readonly folder: string,
    readonly home: string,
  ) {}

  start(args: readonly string[], { cwd, env, input }: How = {}): Started {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(SPARKQ_|NO_COLOR)/.test(name));
    const child = spawn(process.execPath, [program, ...args], {
      cwd: cwd ?? this.folder,
      env: { ...Object.fromEntries(inherited), SPARKQ_HOME: this.home, ...env },
    });
    // It may have ended without reading.
    child.stdin.on('error', () => undefined).end(input ?? '');
    const started = new Started(child);
    this.started.push(started);
    return started;
  }

  run(args: readonly string[], how: How = {}): Promise<Ended> {
    return this.start(args, how).exited;
  }

  /** The stdout of a command that must succeed, and have nothing else to say. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    assert.equal(code, 0, `sparkq ${args.join(' ')}: ${stderr}${stdout}`);
    assert.equal(stderr, '');
    return stdout;
  }

  /** What a command answers with --json; null for nothing. @throws Refusal */
  async json(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.run([...args, '--json']);
    if (code !== 0) throw refusalOf({ code, stdout, stderr });
    assert.equal(stderr, '');
    return stdout === '' ? null : JSON.parse(stdout);
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    const running = this.started.filter(({ child }) => child.exitCode === null && child.signalCode === null);
    await Promise.all(running.map((one) => one.stop('SIGKILL')));
  }
}

/** The refusal that a run ended with; fails when it does not look like one. */
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
  private constructor(readonly root: string) {
    super(path.join(root, 'project'), path.join(root, 'home'));
  }

  static make(): Box {
    const box = new Box(fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'sparkq-conformance-'))));
    fs.mkdirSync(box.folder);
    return box;
  }

  /** Makes the queue, a session `work` and a stream `lane`. */
  async withStream(): Promise<void> {
    await this.ok('setup', '--yes');
    await this.ok('session', 'create', 'work');
    await this.ok('stream', 'create', 'lane', '--session', 'work');
  }

  /** Puts a task into `lane` and gives its id. */
  async task(...options: string[]): Promise<string> {
    const { id } = (await this.json('enqueue', '-s', 'lane', '-t', 'llm-haiku', ...options)) as {
      id: string;
    };
    return id;
  }

  write(name: string, text: string): void {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }

  read(name: string): string {
    return fs.readFileSync(path.join(this.folder, name), 'utf8');
  }

  async remove(): Promise<void> {
    await this.end();
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}
