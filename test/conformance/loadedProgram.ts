/**
 * Runs command lines in this process, which loads the program once: the same program, without the start of Node and of its
 * own. `Cli` starts it in the folder and with the environment that they are to have. They may run at the same time.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import path from 'node:path';

/** A command line, and its number. */
export type Order = readonly [number: number, argv: readonly string[]];

/** What a command line has written. */
type Output = Record<'stdout' | 'stderr', Buffer[]>;

/** Thrown where the program would end its process. */
class Exit {
  constructor(readonly code: number) {}
}

const outputs = new AsyncLocalStorage<Output>();
const { main } = require(
  path.resolve(__dirname, '..', '..', '..', 'dist', 'main.js'),
) as typeof import('../../src/cli/main');

for (const name of ['stdout', 'stderr'] as const) {
  const stream = process[name];
  const write = stream.write.bind(stream) as (text: string | Uint8Array, written?: () => void) => boolean;
  stream.write = (text: string | Uint8Array, ...more: unknown[]) => {
    const output = outputs.getStore();
    const written = more.find((one) => typeof one === 'function') as (() => void) | undefined;
    if (output === undefined) return write(text, written);
    output[name].push(Buffer.from(text));
    written?.();
    return true;
  };
}
process.exit = (code) => {
  throw new Exit(Number(code ?? 0));
};
// Each command line adds its own for signals.
process.setMaxListeners(0);

async function run([number, argv]: Order): Promise<void> {
  const output: Output = { stdout: [], stderr: [] };
  let code = 0;
  try {
    await outputs.run(output, () => main(argv));
  } catch (thrown) {
    if (!(thrown instanceof Exit)) throw thrown;
    code = thrown.code;
  }
  const [stdout, stderr] = [output.stdout, output.stderr].map((parts) => Buffer.concat(parts).toString());
  process.send?.([number, { code, stdout, stderr }]);
}

process.on('message', (order: Order) => void run(order));
