/** The built `sparkq`, run as a person or a script would run it. */

import {
  type ChildProcessWithoutNullStreams,
  type SpawnOptionsWithoutStdio,
  spawn,
} from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isErrno } from '../../src/system/errno';
import { underWine } from './windowsFiles';

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
  input?: string | Buffer;
}

/** A run of the program, which may go on. */
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

  /** What `pattern` finds in stdout, as soon as it is there; fails when the program ends before. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found) return found;
      const more = await Promise.race([
        once(this.child.stdout, 'data').then(() => true),
        this.exited.then(() => false),
      ]);
      if (!more && !pattern.test(this.stdout)) {
        throw new Error(`It ended without saying ${pattern}: ${this.stdout}${this.stderr}`);
      }
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.exited;
  }
}

/** The program in one folder, with one user folder. */
export class CommandLine {
  /** What each run gets besides. */
  readonly env: Record<string, string> = {};
  private readonly started: Started[] = [];

  constructor(
    readonly folder: string,
    readonly home: string,
  ) {}

  protected environment(): Record<string, string | undefined> {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(SPARKQ_|NO_COLOR)/.test(name));
    return { ...Object.fromEntries(inherited), SPARKQ_HOME: this.home, ...this.env };
  }

  /** Compiles WebAssembly the quick way: each command runs for a moment only. */
  start(args: readonly string[], { cwd, env, input }: How = {}): Started {
    const child = startNode(['--liftoff-only', program, ...args], {
      cwd: cwd ?? this.folder,
      env: { ...this.environment(), ...env },
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

  /** Writes a file of the folder; answers its path. */
  write(name: string, text: string): string {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  }

  read(name: string): string {
    return fs.readFileSync(path.join(this.folder, name), 'utf8');
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    const running = this.started.filter(({ child }) => child.exitCode === null && child.signalCode === null);
    await Promise.all(running.map((one) => one.stop('SIGKILL')));
  }
}

/** Under wine, a new process may die before its program has begun, which Node calls UNKNOWN: then another one is made. */
function startNode(
  args: readonly string[],
  options: SpawnOptionsWithoutStdio,
): ChildProcessWithoutNullStreams {
  for (let left = underWine ? 2 : 0; ; left--) {
    try {
      return spawn(process.execPath, args, options);
    } catch (error) {
      if (left === 0 || !isErrno(error, 'UNKNOWN')) throw error;
    }
  }
}

/** A new empty folder for a project, and the path of a user folder, below `root`. */
export function makePlace(purpose: string): { root: string; folder: string; home: string } {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), `sparkq-${purpose}-`)));
  const folder = path.join(root, 'project');
  fs.mkdirSync(folder);
  return { root, folder, home: path.join(root, 'home') };
}
