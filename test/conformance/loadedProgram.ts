/**
 * Runs command lines in this process, which loads the program once: the same program, without the start of Node and of its
 * own. `Cli` starts it in the folder and with the environment that they are to have. They may run at the same time.
 */

import path from 'node:path';
import { SeparateOutput } from '../support/capture';

/** A command line, and its number. */
export type Order = readonly [number: number, argv: readonly string[]];

/** Thrown where the program would end its process. */
class Exit {
  constructor(readonly code: number) {}
}

const output = new SeparateOutput();
const { main } = require(
  path.resolve(__dirname, '..', '..', '..', 'dist', 'main.js'),
) as typeof import('../../src/cli/main');

process.exit = (code) => {
  throw new Exit(Number(code ?? 0));
};
// Each command line adds its own for signals.
process.setMaxListeners(0);

async function run([number, argv]: Order): Promise<void> {
  process.send?.([number, await output.of(() => exitCodeOf(argv))]);
}

async function exitCodeOf(argv: readonly string[]): Promise<number> {
  try {
    await main(argv);
    return 0;
  } catch (thrown) {
    if (thrown instanceof Exit) return thrown.code;
    throw thrown;
  }
}

process.on('message', (order: Order) => void run(order));
