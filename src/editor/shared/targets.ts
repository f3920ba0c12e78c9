/** The targets that a command was given: rows of a view, plain objects or files. Pure. */

import type {
  BatchTarget,
  DoneTarget,
  FileTarget,
  NamedCommandTarget,
  ScheduleTarget,
  ScriptFolderTarget,
  ScriptTarget,
  SessionTarget,
  StreamTarget,
  TaskTarget,
} from '../../contributions';
import type { LifeStatus } from '../../core/model';

/** The ids of the given tasks: all selected rows if the clicked one is among them. */
export function taskIds(target?: unknown, selected?: unknown): string[] {
  return keysOf(target, selected, 'taskId');
}

export function streamIds(target?: unknown, selected?: unknown): string[] {
  return keysOf(target, selected, 'streamId');
}

/** The ids of the streams whose finished tasks are meant: rows of streams, or of their finished tasks. */
export function doneIn(target?: unknown, selected?: unknown): string[] {
  return [...new Set([...streamIds(target, selected), ...keysOf(target, selected, 'doneIn')])];
}

export function batchIds(target?: unknown, selected?: unknown): string[] {
  return keysOf(target, selected, 'batchId');
}

export function scheduleIds(target?: unknown, selected?: unknown): string[] {
  return keysOf(target, selected, 'scheduleId');
}

export function sessionIds(target?: unknown, selected?: unknown): string[] {
  return keysOf(target, selected, 'sessionId');
}

/** Of several selected rows, those that have not ended. */
export function activeOf<T extends { status: LifeStatus }>(rows: T[]): T[] {
  return rows.length > 1 ? rows.filter(({ status }) => status === 'active') : rows;
}

/** The names of sessions or streams, as a question says them. */
export function namesOf(rows: readonly { name: string }[]): string {
  return rows.map(({ name }) => name).join(', ');
}

/** The given scripts: paths relative to the workspace from the Scripts view, absolute paths of files. */
export function scriptPaths(target?: unknown, selected?: unknown): string[] {
  const files = keysOf(target, selected, 'fsPath');
  return files.length > 0 ? files : keysOf(target, selected, 'scriptPath');
}

/** The ids of the given named commands: rows of the Scripts view. */
export function namedCommandIds(target?: unknown, selected?: unknown): string[] {
  return keysOf(target, selected, 'namedCommand');
}

/** The given folders of scripts: rows of the Scripts view. */
export function scriptFolders(target?: unknown, selected?: unknown): string[] {
  return keysOf(target, selected, 'scriptFolder');
}

/** Whether what is opened leaves the focus where it is. */
export function isBackground(target: unknown): boolean {
  return typeof target === 'object' && target !== null && Reflect.get(target, 'preserveFocus') === true;
}

/** The view whose selection a keybinding means by `{ "selectionIn": VIEW }`. */
export function selectionTarget(target: unknown): string | undefined {
  return textOf(target, 'selectionIn');
}

type Key = keyof (TaskTarget &
  StreamTarget &
  DoneTarget &
  BatchTarget &
  SessionTarget &
  ScheduleTarget &
  ScriptTarget &
  ScriptFolderTarget &
  NamedCommandTarget &
  FileTarget);

/** VS Code passes the clicked row and all selected rows; the clicked row need not be selected. */
function keysOf(target: unknown, selected: unknown, key: Key): string[] {
  const clicked = textOf(target, key);
  if (clicked === undefined) return [];
  const all = Array.isArray(selected) ? selected.map((row) => textOf(row, key)) : [];
  const keys = all.filter((value) => value !== undefined);
  return keys.includes(clicked) ? [...new Set(keys)] : [clicked];
}

function textOf(row: unknown, key: string): string | undefined {
  const value: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, key) : undefined;
  return typeof value === 'string' ? value : undefined;
}
