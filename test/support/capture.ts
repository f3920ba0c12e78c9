/** What a function writes to stdout and stderr, in the order of writing, and into what kind of stdout it writes. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Ended } from './commandLine';

export interface Written {
  to: 'stdout' | 'stderr';
  text: string;
}

/** @param terminal whether stdout passes for a terminal */
export async function capture(terminal: boolean, action: () => unknown): Promise<Written[]> {
  const written: Written[] = [];
  const restore = (['stdout', 'stderr'] as const).map((to) => {
    const stream = process[to];
    const { write, isTTY } = stream;
    stream.write = ((text: unknown) => written.push({ to, text: String(text) })) as unknown as typeof write;
    stream.isTTY = terminal;
    return () => Object.assign(stream, { write, isTTY });
  });
  try {
    await action();
  } finally {
    for (const each of restore) each();
  }
  return written;
}

/** All that was written to one of them. */
export function textOn(to: Written['to'], written: readonly Written[]): string {
  return written.flatMap((each) => (each.to === to ? each.text : [])).join('');
}

/**
 * What command lines write that run in this process, also at the same time: to each its own, for as long as this process
 * lives. What anything else writes goes where it went.
 */
export class SeparateOutput {
  private readonly outputs = new AsyncLocalStorage<Record<Written['to'], Buffer[]>>();

  constructor() {
    for (const to of ['stdout', 'stderr'] as const) {
      const stream = process[to];
      const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
      stream.write = (text: string | Uint8Array, ...more: unknown[]): boolean => {
        const output = this.outputs.getStore();
        if (output === undefined) return write(text, ...more);
        output[to].push(Buffer.from(text as string));
        const written = more.at(-1);
        if (typeof written === 'function') written();
        return true;
      };
    }
  }

  /** @param run gives its exit code */
  async of(run: () => Promise<number>): Promise<Ended> {
    const output: Record<Written['to'], Buffer[]> = { stdout: [], stderr: [] };
    const code = await this.outputs.run(output, run);
    const [stdout = '', stderr = ''] = [output.stdout, output.stderr].map((parts) =>
      Buffer.concat(parts).toString(),
    );
    return { code, stdout, stderr };
  }
}
