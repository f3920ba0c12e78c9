/** A purged task as a line of JSON. */

import type { HistoryTask } from '../../core/model';

/** What a line has. */
export type ArchivedTask = Omit<HistoryTask, 'payload_json'>;

/** What is known of a line without reading all of it. */
export interface LineKey {
  id: string;
  finished_at: string;
}

/** Bytes that contain the key of a line that `lineOf` has written. */
export const keyBytes = 128;

const keyShape = /^\{"id":"(tsk_[0-9a-f]{12})","finished_at":"([0-9TZ:.-]{20,40})"[,}]/;

/** With its end. The key comes first. */
export function lineOf({ id, finished_at, ...rest }: ArchivedTask): string {
  return `${JSON.stringify({ id, finished_at, ...rest })}\n`;
}

/** The key, if `start` begins like a line that `lineOf` has written. */
export function keyAtStart(start: string): LineKey | undefined {
  const [, id, finished_at] = keyShape.exec(start) ?? [];
  return id === undefined || finished_at === undefined ? undefined : { id, finished_at };
}

/** The task of a line; undefined if it is none, as half a line is. */
export function parseLine(line: string): ArchivedTask | undefined {
  try {
    const task: unknown = JSON.parse(line);
    return isArchived(task) ? task : undefined;
  } catch {
    return undefined;
  }
}

function isArchived(task: unknown): task is ArchivedTask {
  if (typeof task !== 'object' || task === null) return false;
  const { id, finished_at, payload } = task as Partial<Record<keyof ArchivedTask, unknown>>;
  return typeof id === 'string' && typeof finished_at === 'string' && typeof payload === 'string';
}
