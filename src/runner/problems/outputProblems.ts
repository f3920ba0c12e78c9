/** Finds the problems in the captured output of an attempt, read page by page. Blocks: it is for a thread of its own. */

import fs from 'node:fs';
import path from 'node:path';
import { gapAt } from '../../core/outputGap';
import { plainText } from '../../core/plainText';
import { type OutputName, outputNames } from '../../core/queue';
import { ProblemFinder } from '../../scripts/problems/problemFinder';
import type { Problem, ProblemMatcher } from '../../scripts/problems/problemMatcher';
import { readOutput } from '../../store/outputFiles';

export interface ProblemSearch {
  /** The storage folder. */
  storage: string;
  task: string;
  attempt: number;
  matchers: readonly ProblemMatcher[];
  /** Absolute path of the workspace folder. */
  workspace: string;
  /** Where it ran: relative paths start there. */
  folder: string;
}

/** A problem whose file is an absolute path. */
export type PlacedProblem = Omit<Problem, 'base'>;

export interface FoundProblems {
  /** In the order of the output; each once. */
  problems: PlacedProblem[];
  /** Whether there were more than `mostProblems`. */
  cut: boolean;
}

/** More are of no use to anybody, and the Problems panel becomes slow. */
export const mostProblems = 1_000;
/** Bytes that are searched of each output, from its beginning. */
const mostBytes = 64 * 1024 * 1024;
const pageBytes = 1024 * 1024;
/** Characters of a line that are looked at: what comes after them is passed over. */
const longestLine = 64 * 1024;

export async function findInOutput(search: ProblemSearch): Promise<FoundProblems> {
  const places = new Places(search);
  const found = new Map<string, PlacedProblem>();
  for (const stream of outputNames) {
    const finder = new ProblemFinder(search.matchers);
    for await (const line of linesOf(search, stream)) {
      if (line === null) {
        finder.reset();
        continue;
      }
      const problem = finder.next(plainText(line));
      if (problem === null) continue;
      const { base, ...rest } = problem;
      const placed = { ...rest, file: places.fileOf(problem.file, base) };
      const key = JSON.stringify(placed);
      if (found.size >= mostProblems && !found.has(key)) return { problems: [...found.values()], cut: true };
      found.set(key, placed);
    }
  }
  return { problems: [...found.values()], cut: false };
}

/** The lines of an output; null where some are missing. */
async function* linesOf(
  { storage, task, attempt }: ProblemSearch,
  stream: OutputName,
): AsyncGenerator<string | null> {
  let rest = '';
  for (let offset = 0; offset < mostBytes; ) {
    const chunk = await readOutput(storage, task, attempt, { stream, offset, limit: pageBytes }, true);
    if (chunk.next_offset <= offset) break;
    const lines = (rest + chunk.text).split('\n');
    if (gapAt(offset, chunk) !== null) {
      // The lines at both ends of a gap are torn.
      lines.shift();
      yield null;
    }
    offset = chunk.next_offset;
    rest = (lines.pop() ?? '').slice(0, longestLine);
    for (const line of lines) yield line.slice(0, longestLine);
  }
  yield rest;
}

/** The absolute paths of the files that an output names. */
class Places {
  private readonly known = new Map<string, string>();

  constructor(private readonly search: Pick<ProblemSearch, 'workspace' | 'folder'>) {}

  /** @param base where else a relative path may start, relative to the workspace */
  fileOf(name: string, base: string | null): string {
    const key = `${base ?? ''}\0${name}`;
    const file = this.known.get(key) ?? this.find(name, base);
    this.known.set(key, file);
    return file;
  }

  private find(name: string, base: string | null): string {
    const here = path.resolve(this.search.folder, name);
    // A path of a network is not looked for: that alone would be a connection to whoever the output names.
    if (base === null || path.isAbsolute(name) || /^[\\/]{2}/.test(here)) return here;
    const there = path.resolve(this.search.workspace, base, name);
    return !fs.existsSync(here) && fs.existsSync(there) ? there : here;
  }
}
