/**
 * The archive of a queue on a server: a table that all hosts have, in place of files. A search reads the rows that may
 * match, and only then those of its page.
 */

import { toInstant } from '../../core/clock';
import { folded, parsed, separator } from '../../core/textSearch';
import {
  type Database,
  type FilesToAttach,
  isShared,
  type Reader,
  type SharedDatabase,
  type SqlValue,
  type Transaction,
} from '../engine/database';
import type { Archive, ArchiveLimits } from './archive';
import { type ArchivedTask, type LineKey, lineOf, parseLine } from './archivedTask';
import { archiveFolder } from './archiveFiles';
import { type ArchivePage, type ArchiveSearch, pageText } from './searchArchive';

/** What is done with an archive, wherever it is. */
export type TaskArchive = Pick<Archive, 'append' | 'search' | 'erase' | 'keepWithin' | 'files' | 'stop'>;

const day = 24 * 60 * 60 * 1000;
/** What has more than it may have is shortened to this part of it, so that not each purge has to. */
const shortened = 0.75;

/** The archive of a queue that hosts share; undefined for one with files. @param storage the folder of those */
export function sharedArchiveOf(db: Database, storage: string): TaskArchive | undefined {
  return isShared(db) ? new SharedArchive(db, archiveFolder(storage)) : undefined;
}

class SharedArchive implements TaskArchive {
  /** @param folder that of the files that it has not */
  constructor(
    private readonly db: SharedDatabase,
    private readonly folder: string,
  ) {}

  append(tasks: readonly ArchivedTask[]): Promise<void> {
    return this.db.aside((tx) => {
      for (const task of tasks) keepTask(tx, task);
    });
  }

  async search(search: ArchiveSearch): Promise<ArchivePage> {
    const { keys, last, tasks } = await this.db.read((reader) => {
      const { keys, last } = keysOf(reader, search);
      return { keys, last, tasks: tasksOf(reader, keys) };
    });
    const found = keys.flatMap(({ id }) => tasks.get(id) ?? []);
    return {
      tasks: found.map((task) => ({ ...task, payload_json: parsed(task.payload) })),
      last,
      damaged: [],
    };
  }

  erase(ids: readonly string[]): Promise<number> {
    return this.db.aside((tx) =>
      tx.run('DELETE FROM archived_tasks WHERE id IN (SELECT value FROM json_each(?))', JSON.stringify(ids)),
    );
  }

  keepWithin({ keepDays, bytes }: ArchiveLimits, now: number): Promise<void> {
    const until = toInstant(now - keepDays * day);
    return this.db.aside((tx) => {
      tx.run('DELETE FROM archived_tasks WHERE purged_at < ?', until);
      const size = Number(tx.get('SELECT sum(size) AS size FROM archived_tasks')?.size ?? 0);
      if (size <= bytes) return;
      tx.run(
        `DELETE FROM archived_tasks WHERE id IN (SELECT id FROM (
           SELECT id, sum(size) OVER (ORDER BY purged_at DESC, id DESC) AS upto FROM archived_tasks
         ) AS sized WHERE upto > ?)`,
        Math.floor(bytes * shortened),
      );
    });
  }

  /** Whoever backs up the server has it. */
  async files(): Promise<FilesToAttach> {
    return { folder: this.folder, names: [] };
  }

  /** A search ends with the connection. */
  stop(): void {}
}

const updated = [
  ...['finished_at', 'purged_at', 'stream_id', 'stream_name', 'status'],
  ...['payload', 'texts', 'size', 'line'],
];
export const archiveColumns: readonly string[] = ['id', ...updated];

/** Keeps a task, in place of what was kept of it before. */
export function keepTask(tx: Pick<Transaction, 'run'>, task: ArchivedTask): void {
  tx.run(
    `INSERT INTO archived_tasks (${archiveColumns.join(', ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET ${updated.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    ...archiveRow(task),
  );
}

/** The values of the columns. */
export function archiveRow(task: ArchivedTask): SqlValue[] {
  return [
    task.id,
    task.finished_at,
    task.purged_at,
    task.stream_id,
    task.stream_name,
    task.status,
    task.payload,
    [task.id, task.label, task.tool_name, task.result_summary, task.error].join(separator),
    lineOf(task).length,
    // The payload has a column of its own.
    lineOf({ ...task, payload: '' }),
  ];
}

/** The task of a row; undefined where it cannot be understood. */
export function taskOfRow(
  payload: SqlValue | undefined,
  line: SqlValue | undefined,
): ArchivedTask | undefined {
  const task = parseLine(String(line));
  return task && { ...task, payload: String(payload) };
}

/** @returns the tasks of the page, and the last of them if there are more */
function keysOf(reader: Reader, search: ArchiveSearch): { keys: LineKey[]; last: LineKey | null } {
  const { conditions, values } = conditionsOf(search);
  const rows = reader.values(
    `SELECT id, finished_at, size FROM archived_tasks WHERE ${conditions.join(' AND ')}
     ORDER BY finished_at DESC, id DESC LIMIT ?`,
    ...values,
    search.limit + 1,
  );
  const keys: LineKey[] = [];
  let text = 0;
  for (const [id, finished_at, size] of rows) {
    if (keys.length === search.limit || text >= pageText) return { keys, last: keys.at(-1) ?? null };
    keys.push({ id: String(id), finished_at: String(finished_at) });
    text += Number(size);
  }
  return { keys, last: null };
}

function conditionsOf({ q, script, since, stream, status, after }: ArchiveSearch): {
  conditions: string[];
  values: SqlValue[];
} {
  const conditions = ["finished_at >= ''"];
  const values: SqlValue[] = [];
  const add = (condition: string, ...of: SqlValue[]): void => {
    conditions.push(condition);
    values.push(...of);
  };
  if (since !== undefined) add('finished_at >= ?', since);
  if (after !== undefined) add('(finished_at, id) < (?, ?)', after.finished_at, after.id);
  if (status !== undefined) add('status = ?', status);
  if (stream !== undefined) add('(stream_name = ? OR stream_id = ?)', stream, stream);
  if (script !== undefined) add('is_of_script(?, payload)', script);
  if (q !== undefined) add('finds(?, payload, texts)', folded(q));
  return { conditions, values };
}

function tasksOf(reader: Reader, keys: readonly LineKey[]): Map<string, ArchivedTask> {
  const rows = reader.values(
    'SELECT id, payload, line FROM archived_tasks WHERE id IN (SELECT value FROM json_each(?))',
    JSON.stringify(keys.map(({ id }) => id)),
  );
  return new Map(
    rows.flatMap(([id, payload, line]) => {
      const task = taskOfRow(payload, line);
      return task === undefined ? [] : [[String(id), task]];
    }),
  );
}
