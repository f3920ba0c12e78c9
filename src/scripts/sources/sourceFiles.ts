/** Which files name something to run, by their paths. Pure. */

import { parentOf } from '../paths';
import type { SourceName } from './namedCommand';

/** Where VS Code keeps the tasks of a workspace: there only, and whether or not git ignores it. */
export const tasksFile = '.vscode/tasks.json';

/** The names of such files. Of several in one folder, their program reads the first one here. */
const fileNames: Readonly<Record<Exclude<SourceName, 'vscode'>, readonly string[]>> = {
  npm: ['package.json'],
  make: ['GNUmakefile', 'makefile', 'Makefile'],
  just: ['justfile', '.justfile'],
  task: ['yml', 'yaml', 'dist.yml', 'dist.yaml'].flatMap((end) => [`Taskfile.${end}`, `taskfile.${end}`]),
};

interface Kind {
  source: SourceName;
  /** Of the files of one source in one folder, that with the lowest rank counts. */
  rank: number;
}

const kinds = new Map(
  (['npm', 'make', 'just', 'task'] as const).flatMap((source) =>
    fileNames[source].map((name, rank): [string, Kind] => [name, { source, rank }]),
  ),
);

/** What names things to run in a file with this path, relative to the workspace; null for any other file. */
export function sourceKindOf(relative: string): Kind | null {
  if (relative === tasksFile) return { source: 'vscode', rank: 0 };
  const fileName = relative.slice(relative.lastIndexOf('/') + 1);
  // just finds its file in any case.
  return kinds.get(/^\.?justfile$/i.test(fileName) ? fileName.toLowerCase() : fileName) ?? null;
}

/** The files that their programs read, of all that there are: one for each source and folder. */
export function filesThatCount(files: Iterable<string>): string[] {
  const best = new Map<string, { file: string; rank: number }>();
  for (const file of files) {
    const kind = sourceKindOf(file);
    if (kind === null) continue;
    const place = `${kind.source}:${parentOf(file)}`;
    const known = best.get(place);
    if (known === undefined || kind.rank < known.rank) best.set(place, { file, rank: kind.rank });
  }
  return [...best.values()].map(({ file }) => file);
}
