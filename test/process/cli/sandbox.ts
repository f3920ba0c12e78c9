/** A folder, a user folder, and the built `sparkq` run in them as a person or a script would run it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { RemoteQueue } from '../../../src/client/remote/remoteQueue';
import type { NewTask } from '../../../src/core/queue';
import { shellWord } from '../../../src/system/shellWords';
import { CommandLine, type Ended, type How, makePlace, type Started } from '../../support/commandLine';
import { removeFolder } from '../../support/folders';
import { makeQueue } from '../../support/makeQueue';
import { runHere, runsHere } from './ownProcess';

/** Of the queues that tests serve. */
export const token = 'secret-word';

export class Sandbox extends CommandLine {
  constructor(private readonly place = makePlace('cli')) {
    super(place.folder, place.home);
  }

  get root(): string {
    return this.place.root;
  }

  /** Runs a command: here if it only asks a queue, else as a program. Where the program matters, `start` it. */
  override run(args: readonly string[], how: How = {}): Promise<Ended> {
    const env = { ...this.env, ...how.env };
    const own = Object.keys(env).every((name) => name.startsWith('SPARKQ_'));
    const folder = how.cwd ?? this.folder;
    if (!own || how.input !== undefined || !runsHere(args, folder)) return super.run(args, how);
    return runHere(args, folder, { ...this.environment(), ...env });
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

  /** Runs a command that asks on a terminal, which util-linux makes, and answers it. */
  async onTerminal(answer: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
    const words = [process.execPath, path.resolve('dist/cli.js'), ...args].map((word) => shellWord(word));
    const child = spawn('script', ['-qec', words.join(' '), '/dev/null'], {
      cwd: this.folder,
      env: { ...process.env, SPARKQ_HOME: this.home, ...this.env },
    });
    let output = '';
    let asked = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (asked || !output.includes('[y/N]')) return;
      asked = true;
      child.stdin.write(`${answer}\n`);
    });
    const [code] = await once(child, 'close');
    return { code, output: output.replaceAll('\r', '') };
  }

  /** Makes the queue of the folder, with the session `work` and the stream `lane`; gives its storage folder. */
  makeQueue(): Promise<string> {
    return makeQueue(this.folder, this.home);
  }

  /** Makes the queue of the folder and serves it; `queue` then reaches it from within the test. */
  async serve(): Promise<{ server: Started; url: string; queue: RemoteQueue }> {
    await this.makeQueue();
    const server = this.start(['serve'], { env: { SPARKQ_TOKEN: token } });
    const [, url = ''] = await server.says(/^SparkQ server: (http:\/\/127\.0\.0\.1:\d+)\n/);
    return { server, url, queue: new RemoteQueue({ url, token, version: '0.0.0' }) };
  }

  async remove(): Promise<void> {
    await this.end();
    await removeFolder(this.root);
  }
}

/** A served queue that several tests share; each of them works in a stream of its own. */
export class ServedSandbox extends Sandbox {
  private open: { server: Started; url: string; queue: RemoteQueue } | null = null;
  private streams = 0;

  static async begin(): Promise<ServedSandbox> {
    const box = new ServedSandbox();
    box.open = await box.serve();
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
