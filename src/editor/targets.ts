/** What a command was given: rows of a view, plain objects, files. Pure. */

import type { FileTarget, ScriptTarget, SessionTarget, StreamTarget, TaskTarget } from '../contributions';

/** The ids of the tasks that a command was given: all selected rows when the clicked one is among them. */
export function taskIds(target?: unknown, selected?: readonly unknown[]): string[] {
  return idsOf(target, selected, (row): row is TaskTarget => has(row, 'taskId')).map(({ taskId }) => taskId);
}

export function streamIds(target?: unknown, selected?: readonly unknown[]): string[] {
  return idsOf(target, selected, (row): row is StreamTarget => has(row, 'streamId')).map(
    ({ streamId }) => streamId,
  );
}

export function sessionIds(target?: unknown, selected?: readonly unknown[]): string[] {
  return idsOf(target, selected, (row): row is SessionTarget => has(row, 'sessionId')).map(
    ({ sessionId }) => sessionId,
  );
}

export type ScriptRow = ScriptTarget | FileTarget;

export function scriptRows(target?: unknown, selected?: readonly unknown[]): ScriptRow[] {
  return idsOf(target, selected, (row): row is ScriptRow => has(row, 'scriptPath') || has(row, 'fsPath'));
}

function idsOf<T>(
  target: unknown,
  selected: readonly unknown[] | undefined,
  fits: (row: unknown) => row is T,
): T[] {
  if (!fits(target)) return [];
  const rows = Array.isArray(selected) ? selected.filter(fits) : [];
  return rows.includes(target) ? rows : [target];
}

function has(row: unknown, key: string): boolean {
  return typeof row === 'object' && row !== null && key in row && typeof Reflect.get(row, key) === 'string';
}
