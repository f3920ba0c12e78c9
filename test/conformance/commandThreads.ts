/**
 * Runs command lines, each in a thread of this process: the same program, without the start of Node. `Cli` starts it in the
 * folder and with the environment that they are to have.
 */

import path from 'node:path';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';

/** A command line, and its number. */
export type Order = readonly [number: number, argv: readonly string[]];

const program = path.resolve(__dirname, '..', '..', '..', 'dist', 'cli.js');

async function run([number, argv]: Order): Promise<void> {
  const worker = new Worker(program, { argv: [...argv], stdout: true, stderr: true });
  const exited = new Promise<number>((resolve, reject) => {
    worker.once('error', reject).once('exit', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([exited, text(worker.stdout), text(worker.stderr)]);
  process.send?.([number, { code, stdout, stderr }]);
}

process.on('message', (order: Order) => void run(order));
