/** Searches the archive. It blocks while it reads, so it is for a thread of its own. */

import fs from 'node:fs';
import type { Instant } from '../../core/clock';
import type { HistoryTask } from '../../core/model';
import { finds, folded, isOfScript, parsed, separator } from '../../core/textSearch';
import { type ArchivedTask, type LineKey, parseLine } from './archivedTask';
import { archiveName, monthOf, sortArchive } from './archiveFiles';
import { type Line, LineReader, scanFile } from './archiveLines';

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
const pageText = 4 * 1024 * 1024;

export function searchArchive(folder: string, search: ArchiveSearch): ArchivePage {
  const { lines, damaged } = findLines(folder, search);
  const reader = new LineReader(folder);
  const tasks: HistoryTask[] = [];
  let text = 0;
  let last: LineKey | null = null;
  try {
    for (const line of lines) {
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

/** The last line of each task in question, last finished first. */
function findLines(
  folder: string,
  { since = '', after }: ArchiveSearch,
): { lines: Line[]; damaged: string[] } {
  const byId = new Map<string, Line>();
  const damaged: string[] = [];
  for (const file of sortArchive(namesIn(folder))) {
    // A task is purged after it has finished.
    if (file.month < monthOf(since)) continue;
    let strays = 0;
    scanFile(
      folder,
      file,
      (line) => byId.set(line.id, line),
      ({ ended }) => {
        if (ended) strays += 1;
      },
    );
    if (strays > 0) damaged.push(archiveName(file));
  }
  const lines = [...byId.values()].filter(
    (line) => line.finished_at >= since && (after === undefined || byFinish(after, line) < 0),
  );
  return { lines: lines.sort(byFinish), damaged };
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
