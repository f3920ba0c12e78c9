/** A host in a process of its own. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { EngineKind, Place } from './engine';

/** Adds so many tasks; without a number, works until none is left. */
export interface HostTask {
  enqueue?: number;
}

export interface HostReport {
  /** Milliseconds of each call. */
  times: number[];
  tasks: number;
  /** When the last call ended, milliseconds since 1970. */
  endedAt: number;
}

export class HostProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async start(kind: EngineKind, place: Place, callers: number): Promise<HostProcess> {
    const host = new HostProcess(
      fork(path.resolve('out/bench/postgres/hostChild.js'), [JSON.stringify([kind.name, place, callers])]),
    );
    await host.answer();
    return host;
  }

  async perform(task: HostTask): Promise<HostReport> {
    this.child.send(task);
    return (await this.answer()) as HostReport;
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    if (this.child.connected) this.child.send('close');
    await ended;
  }

  private async answer(): Promise<unknown> {
    const ended = new AbortController();
    const exit = once(this.child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`a host ended with ${code}`);
    });
    const [answer] = await Promise.race([once(this.child, 'message', { signal: ended.signal }), exit]);
    exit.catch(() => undefined);
    ended.abort();
    return answer;
  }
}
