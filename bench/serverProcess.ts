/** A server in a process of its own, and what it says of itself. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Milliseconds; `own` is what the process itself worked meanwhile, and did not wait for a processor. */
export interface Delay {
  p50: number;
  p99: number;
  longest: number;
  ownP99: number;
  ownLongest: number;
}

export interface ProcessReport {
  /** Bytes of resident memory. */
  rss: number;
  /** How late the event loop was since the last report, milliseconds. */
  delay: Delay;
}

/** `serverChild.ts` in a process of its own. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string, string>,
    readonly url: string,
  ) {}

  static async start(...args: string[]): Promise<ServerProcess> {
    const program = path.resolve('out/bench/serverChild.js');
    const child = spawn(process.execPath, ['--expose-gc', program, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (!child.stdout) throw new Error('the server has no output');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value: url } = await lines.next();
    return new ServerProcess(child, lines, String(url));
  }

  /** Bytes of resident memory, after what could be collected was. */
  async memory(): Promise<number> {
    return (await this.ask<ProcessReport>('collect')).rss;
  }

  /** How the process has been since the last report. */
  report(): Promise<ProcessReport> {
    return this.ask('report');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  kill(): Promise<unknown> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    return gone;
  }

  async stop(): Promise<void> {
    this.child.stdin?.end();
    await once(this.child, 'exit');
  }

  private async ask<T>(question: 'collect' | 'report'): Promise<T> {
    this.child.stdin?.write(`${question}\n`);
    return JSON.parse((await this.lines.next()).value) as T;
  }
}
