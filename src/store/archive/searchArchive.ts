/** Searches the archive. It blocks while it reads, so it is for a thread of its own. */

import fs from 'node:fs';
import type { Instant } from '../../core/clock';
import type { HistoryTask } from '../../core/model';
import { finds, folded, isOfScript, parsed, separator } from '../../core/textSearch';
import { type ArchivedTask, type LineKey, parseLine } from './archivedTask';
import { type ArchiveFile, archiveName, monthOf, sortArchive } from './archiveFiles';
import { type Line, LineReader, scanFile } from './archiveLines';
import { rawCheck } from './rawCheck';

export interface ArchiveSearch {
  /** Text to find, ignoring case. */
  q?: string;
  /** A script by its path in the workspace, or the end of that. */
  script?: string;
  /** Only tasks that finished at this time or later. */
  since?: Instant;
  /** The name or the id of a stream. */
  stream?: string;
  status?: HistoryTask['status'];
  /** Only tasks that come after this one. */
  after?: LineKey;
  /** Most tasks to return. */
  limit: number;
}

export interface ArchivePage {
  /** Last finished first. */
  tasks: HistoryTask[];
  /** The last task, if there are more. */
  last: LineKey | null;
  /** Files with lines that are no task; half a line at the end is none. */
  damaged: string[];
}

/** A page ends with the task with which it has so many characters. */
export const pageText = 4 * 1024 * 1024;

export function searchArchive(folder: string, search: ArchiveSearch): ArchivePage {
  const damaged: string[] = [];
  const reader = new LineReader(folder);
  const tasks: HistoryTask[] = [];
  let text = 0;
  let last: LineKey | null = null;
  try {
    for (const line of findLines(folder, search, damaged)) {
      const json = reader.read(line);
      const task = parseLine(json);
      if (task === undefined || !matches(task, search)) continue;
      const full = tasks.length === search.limit || text >= pageText;
      if (full) {
        last = keyOf(tasks.at(-1));
        break;
      }
      tasks.push({ ...task, payload_json: parsed(task.payload) });
      text += json.length;
    }
  } finally {
    reader.close();
  }
  return { tasks, last, damaged };
}

/**
 * The last line of each task in question, last finished first. A month is read once all lines of later ones are taken:
 * as a task is purged after it has finished, the files of a month have no task that finished later.
 */
function* findLines(folder: string, search: ArchiveSearch, damaged: string[]): Generator<Line> {
  const { since = '', after } = search;
  const mayMatch = rawCheck(search);
  const inQuestion = (line: Line, read: () => string) =>
    line.finished_at >= since && (after === undefined || byFinish(after, line) < 0) && mayMatch(read());
  const ofLaterMonths = new Set<string>();
  let lines: Line[] = [];
  for (const [month, files] of latestFirst(sortArchive(namesIn(folder)))) {
    if (month < monthOf(since)) break;
    const ids: string[] = [];
    const byId = new Map<string, Line>();
    const visit = (line: Line, read: () => string) => {
      if (ofLaterMonths.has(line.id)) return;
      ids.push(line.id);
      if (inQuestion(line, read)) byId.set(line.id, line);
      else byId.delete(line.id);
    };
    for (const file of files) {
      let strays = 0;
      scanFile(folder, file, visit, ({ ended }) => {
        if (ended) strays += 1;
      });
      if (strays > 0) damaged.push(archiveName(file));
    }
    for (const id of ids) ofLaterMonths.add(id);
    lines = [...lines, ...byId.values()];
    lines.sort(byFinish);
    const earlier = lines.findIndex(({ finished_at }) => finished_at < month);
    const taken = earlier < 0 ? lines.length : earlier;
    yield* lines.slice(0, taken);
    lines = lines.slice(taken);
  }
  yield* lines;
}

/** The files of each month, the last month first. */
function latestFirst(files: readonly ArchiveFile[]): [month: string, files: ArchiveFile[]][] {
  const months = new Map<string, ArchiveFile[]>();
  for (const file of files) months.set(file.month, [...(months.get(file.month) ?? []), file]);
  return [...months].reverse();
}

function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

function byFinish(a: LineKey, b: LineKey): number {
  if (a.finished_at !== b.finished_at) return a.finished_at > b.finished_at ? -1 : 1;
  return a.id === b.id ? 0 : a.id > b.id ? -1 : 1;
}

function keyOf(task: LineKey | undefined): LineKey | null {
  return task === undefined ? null : { id: task.id, finished_at: task.finished_at };
}

function matches(task: ArchivedTask, { q, script, stream, status }: ArchiveSearch): boolean {
  if (status !== undefined && task.status !== status) return false;
  if (stream !== undefined && stream !== task.stream_name && stream !== task.stream_id) return false;
  if (script !== undefined && !isOfScript(script, task.payload)) return false;
  if (q === undefined) return true;
  const { id, label, tool_name, result_summary, error } = task;
  return finds(folded(q), task.payload, [id, label, tool_name, result_summary, error].join(separator));
}
