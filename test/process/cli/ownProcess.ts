/**
 * Runs commands of the built `sparkq` in the process of a test, many times cheaper than a program of their own. What a
 * command writes, its folder, and that it has no terminal go by the run that it belongs to; the test itself, and what it
 * runs meanwhile, see nothing of it.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Ended } from '../../support/commandLine';

interface Run {
  folder: string;
  stdout: Buffer[];
  stderr: Buffer[];
}

/** The commands that ask a queue something and end; the others make or run processes, read stdin, or look at this one. */
const asking = new Set(
  [
    'digest events history purge session stream pause resume schedule scripts tools stop reload backup',
    'add enqueue tasks task output wait edit move park unpark answer approve deny batch cancel suspend continue signal',
    'requeue undo review delete undelete peek claim heartbeat ask complete fail',
  ].flatMap((line) => line.split(' ')),
);

/** Whether a command line can run here: it asks a queue, and reads neither stdin nor a file of its folder. */
export function runsHere([command = '', ...more]: readonly string[], folder: string): boolean {
  if (!asking.has(command) || more.includes('-') || more.includes('--help')) return false;
  // A script is looked for in the folder of the queue; any other file in the one of the process.
  return !more.some((word, at) => more[at - 1] !== '--script' && existsSync(path.resolve(folder, word)));
}

export async function runHere(
  args: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  const { main, runs } = loadedProgram();
  const run: Run = { folder, stdout: [], stderr: [] };
  const code = await runs.run(run, async () => {
    const { program, context } = await main.buildProgram(env, args);
    return main.run(program, context, args);
  });
  return { code, stdout: Buffer.concat(run.stdout).toString(), stderr: Buffer.concat(run.stderr).toString() };
}

interface LoadedProgram {
  main: typeof import('../../../src/cli/main');
  runs: AsyncLocalStorage<Run>;
}

/** The program of this process. Test files run in it one after the other, each a bundle with its own modules. */
function loadedProgram(): LoadedProgram {
  const everywhere = globalThis as { sparkqLoaded?: LoadedProgram };
  if (everywhere.sparkqLoaded === undefined) {
    const runs = new AsyncLocalStorage<Run>();
    everywhere.sparkqLoaded = { main: require(path.resolve('dist/main.js')), runs };
    divertProcess(runs);
  }
  return everywhere.sparkqLoaded;
}

function divertProcess(runs: AsyncLocalStorage<Run>): void {
  const { cwd } = process;
  process.cwd = () => runs.getStore()?.folder ?? cwd();
  for (const to of ['stdout', 'stderr'] as const) {
    const stream = process[to];
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    const divert = (chunk: string | Uint8Array, ...more: unknown[]): boolean => {
      const run = runs.getStore();
      if (run === undefined) return write(chunk, ...more);
      run[to].push(Buffer.from(chunk as string));
      const done = more.at(-1);
      if (typeof done === 'function') done();
      return true;
    };
    stream.write = divert;
  }
  for (const stream of [process.stdin, process.stdout, process.stderr]) {
    const { isTTY } = stream;
    Object.defineProperty(stream, 'isTTY', { get: () => runs.getStore() === undefined && isTTY });
  }
}
