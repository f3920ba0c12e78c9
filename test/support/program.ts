import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

type Said = Record<string, unknown>;

/** A program of the tests in a process of its own, which prints one JSON value a line. */
export class Program {
  readonly said: Said[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly ended: Promise<unknown>;

  private constructor(readonly child: ChildProcess) {
    this.ended = once(child, 'close');
    if (child.stdout === null) throw new Error('no stdout');
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.said.push(JSON.parse(line) as Said);
      for (const look of this.waiting) look();
    });
  }

  static start(file: string, ...args: string[]): Program {
    return new Program(spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** What it says under `key`, now or later. */
  async hears(key: string): Promise<unknown> {
    for (;;) {
      const found = this.said.find((one) => key in one);
      if (found !== undefined) return found[key];
      await this.more();
    }
  }

  /** Waits until it has said `count` things under `key`; answers all of them. */
  async hearsMany(key: string, count: number): Promise<unknown[]> {
    for (;;) {
      const found = this.said.flatMap((one) => (key in one ? [one[key]] : []));
      if (found.length >= count) return found;
      await this.more();
    }
  }

  tell(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Sends a signal; resolves at once. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Kills it and waits for its end. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private more(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
    });
  }
}
