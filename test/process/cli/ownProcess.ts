/**
 * Runs commands of the built `sparkq` in the process of a test, many times cheaper than a program of their own. What a
 * command writes, its folder, and that it has no terminal go by the run that it belongs to; the test itself, and what it
 * runs meanwhile, see nothing of it.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SeparateOutput } from '../../support/capture';
import type { Ended } from '../../support/commandLine';

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

export function runHere(args: readonly string[], folder: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const { main, output, folders } = loadedProgram();
  return output.of(() =>
    folders.run(folder, async () => {
      const { program, context } = await main.buildProgram(env, args);
      return main.run(program, context, args);
    }),
  );
}

interface LoadedProgram {
  main: typeof import('../../../src/cli/main');
  output: SeparateOutput;
  /** The folder of the run. */
  folders: AsyncLocalStorage<string>;
}

/** The program of this process. Test files run in it one after the other, each a bundle with its own modules. */
function loadedProgram(): LoadedProgram {
  const everywhere = globalThis as { sparkqLoaded?: LoadedProgram };
  everywhere.sparkqLoaded ??= {
    main: require(path.resolve('dist/main.js')),
    output: new SeparateOutput(),
    folders: foldersOfRuns(),
  };
  return everywhere.sparkqLoaded;
}

/** What has a folder is in that, and has no terminal. */
function foldersOfRuns(): AsyncLocalStorage<string> {
  const folders = new AsyncLocalStorage<string>();
  const { cwd } = process;
  process.cwd = () => folders.getStore() ?? cwd();
  for (const stream of [process.stdin, process.stdout, process.stderr]) {
    const { isTTY } = stream;
    Object.defineProperty(stream, 'isTTY', { get: () => folders.getStore() === undefined && isTTY });
  }
  return folders;
}
