/** Something of ours in a file of an agent, next to what others have there. */

import { isDeepStrictEqual } from 'node:util';
import { QueueError } from '../core/errors';
import { type AgentFile, byteOrderMark, readAgentFile } from './agentFile';
import type { AgentName } from './agentNames';
import { Unreadable } from './formats/format';
import {
  baseOf,
  type PlannedAgent,
  type PlannedFile,
  type SetupChange,
  type SetupPlace,
  type WantedAgents,
} from './plan';
import { type SetupRecord, SetupRecords, undone, undoOf } from './setupRecords';

/** As setup writes it, in some other way, or not at all. */
export type InsertState = 'same' | 'different' | 'absent';

/** Its functions are given what a text says, or the text without a byte order mark; all may throw `Unreadable`. */
export interface Insert {
  parse(text: string): unknown;
  stateIn(content: unknown): InsertState;
  /** How many parts of the path to it are there. */
  known(content: unknown): number;
  /** The text with it; of an empty text, one with nothing else. */
  put(text: string): string;
  /** The text without it. @param kept how many parts of the path to it stay even if nothing is left in them */
  take(text: string, kept: number): string;
}

/** A file, and who wants it to have the insert or no longer. */
export interface WantedInsert extends WantedAgents {
  file: string;
  insert: Insert;
}

/** Plans what becomes of an insert. @throws QueueError `conflict` for a file that cannot be read or must not be written */
export function planInsert(place: SetupPlace, { file, insert, add, remove }: WantedInsert): PlannedFile {
  const { read, text, state, record } = look(place, file, insert);
  const users = [...new Set([...(record?.agents ?? []), ...add])].filter((one) => !remove.includes(one));
  const isThere = state !== 'absent';
  const left: SetupChange = users.length > 0 ? 'kept' : 'removed';
  const forAgents = (added: SetupChange): PlannedAgent[] => [
    ...add.map((name) => ({ name, change: added })),
    ...remove.map((name) => ({ name, change: isThere ? left : ('absent' as const) })),
  ];
  if (add.length > 0) {
    const same = state === 'same';
    const { after, record: rest } = same ? keep(read, record) : put(insert, read, text, record);
    const planned = forAgents(same ? 'present' : 'written');
    return { read, agents: planned, after, record: { ...rest, file: read.file, agents: users } };
  }
  const unchanged = { read, agents: forAgents('absent'), after: read.text };
  if (!isThere) return { ...unchanged, record: null };
  if (users.length > 0) return { ...unchanged, record: record && { ...record, agents: users } };
  return { ...unchanged, after: take(insert, read, text ?? '', record), record: null };
}

/** How the insert of one agent stands. @throws QueueError `conflict` for a file that cannot be read */
export function stateOfInsert(
  place: SetupPlace,
  name: AgentName,
  { file, insert }: Pick<WantedInsert, 'file' | 'insert'>,
): InsertState {
  const { state, record } = look(place, file, insert);
  return record !== null && !record.agents.includes(name) ? 'absent' : state;
}

/** Whether a value says what ours does, whatever else it says. */
export function says(
  found: Readonly<Record<string, unknown>>,
  ours: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(ours).every(([name, value]) => isDeepStrictEqual(found[name], value));
}

/** Several inserts of one file as one. What is there as it should be stays. */
export function together(first: Insert, ...more: readonly Insert[]): Insert {
  const all = [first, ...more];
  const put = (text: string, one: Insert) =>
    text.trim() !== '' && one.stateIn(one.parse(text)) === 'same' ? text : one.put(text);
  return {
    parse: first.parse,
    stateIn(content) {
      const [state = 'absent', ...others] = new Set(all.map((one) => one.stateIn(content)));
      return others.length === 0 ? state : 'different';
    },
    known: (content) => Math.min(...all.map((one) => one.known(content))),
    put: (text) => all.reduce(put, text),
    take: (text, kept) => all.reduce((now, one) => one.take(now, kept), text),
  };
}

type Changed = Pick<PlannedFile, 'after'> & { record: Omit<SetupRecord, 'agents' | 'file'> };

function keep(read: AgentFile, record: SetupRecord | null): Changed {
  const { kept, made, undo } = record ?? nothingMade;
  return { after: read.text, record: { kept, made, undo } };
}

/** What is remembered of an insert that was there before setup came. */
const nothingMade = { kept: Number.MAX_SAFE_INTEGER, made: { file: false, folders: [] }, undo: null };

function put(insert: Insert, read: AgentFile, text: string | null, record: SetupRecord | null): Changed {
  const mark = markOf(read.text);
  // What setup has written before is written anew on what was there before that.
  const undoneText = record && read.text !== null ? undone(read.text, record) : undefined;
  const base = undoneText === undefined ? (text ?? '') : withoutMark(undoneText);
  const content = contentOf(read.file, insert, base);
  const after = mark + readably(read.file, () => insert.put(base));
  const isOlder = record !== null && undoneText === undefined;
  return {
    after,
    record: {
      kept: isOlder ? record.kept : insert.known(content),
      made: record?.made ?? { file: read.text === null, folders: [] },
      undo: isOlder ? null : undoOf(undoneText ?? read.text ?? '', after),
    },
  };
}

function take(insert: Insert, read: AgentFile, text: string, record: SetupRecord | null): string | null {
  const made = record?.made.file === true;
  const before = record && undone(read.text ?? '', record);
  if (typeof before === 'string') return made ? null : before;
  // As it is in a copy of the project where somebody else has set it up.
  if (text === insert.put('')) return null;
  const kept = record?.kept ?? Number.MAX_SAFE_INTEGER;
  const rest = readably(read.file, () => insert.take(text, kept));
  if (made && isEmpty(rest)) return null;
  return markOf(read.text) + rest;
}

function isEmpty(text: string): boolean {
  return /^\s*(?:\{\s*\}\s*)?$/.test(text);
}

interface Look {
  read: AgentFile;
  /** Without a byte order mark. */
  text: string | null;
  state: InsertState;
  record: SetupRecord | null;
}

function look(place: SetupPlace, file: string, insert: Insert): Look {
  const read = readAgentFile(file, baseOf(place, file), place.scope === 'user' ? 0o600 : undefined);
  const text = read.text === null ? null : withoutMark(read.text);
  const state = insert.stateIn(contentOf(file, insert, text ?? ''));
  // Of an insert that somebody has taken out, nothing is known any more.
  const record = state === 'absent' ? null : new SetupRecords(place.userFolder).read(file);
  return { read, text, state, record };
}

function contentOf(file: string, insert: Insert, text: string): unknown {
  return text.trim() === '' ? {} : readably(file, () => insert.parse(text));
}

function readably<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const { line, column, problem } = error;
    throw new QueueError(
      'conflict',
      `${file}, line ${line}, column ${column}: ${problem}`,
      'Mend it, then try again: nothing was changed in any file',
      { file, line, column },
    );
  }
}

function markOf(text: string | null): string {
  return text?.startsWith(byteOrderMark) ? byteOrderMark : '';
}

function withoutMark(text: string): string {
  return text.slice(markOf(text).length);
}
