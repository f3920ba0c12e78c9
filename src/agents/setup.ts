/** Sets agents up: plans what to do to each file, so that it can be shown, and then does it to all or to none. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { QueueError } from '../core/errors';
import type { Agent } from './agent';
import {
  type AgentFile,
  byteOrderMark,
  readAgentFile,
  removeEmptyFolders,
  writeAgentFile,
} from './agentFile';
import type { AgentName } from './agentNames';
import { agents } from './agents';
import { isRecord, Unreadable, valueAt } from './formats/format';
import {
  byFile,
  type PlannedAgent,
  type PlannedFile,
  type SetupChange,
  type SetupPlace,
  type WantedAgents,
} from './plan';
import { type SetupRecord, SetupRecords, undone, undoOf } from './setupRecords';
import { planSkills } from './skill';

/**
 * Plans one call. What is removed loses its skill as well.
 * @param skill whether who is added gets the skill, too
 * @throws QueueError if a file of it cannot be read or must not be written
 */
export function planSetup(place: SetupPlace, { add, remove }: WantedAgents, skill = false): PlannedFile[] {
  const wanted = { add: [...new Set(add)], remove: [...new Set(remove)] };
  const entries = byFile(wanted, (name) => fileOf(place, name)).map((one) =>
    planFile(place, one.add, one.remove),
  );
  return [...entries, ...planSkills(place, { add: skill ? wanted.add : [], remove: wanted.remove })];
}

/** Does what was planned. If one file cannot be written, those before it are changed back. @throws QueueError */
export function carryOut(place: SetupPlace, plan: readonly PlannedFile[]): void {
  const records = new SetupRecords(place.userFolder);
  const done: (() => void)[] = [];
  try {
    for (const planned of plan) done.push(carryOutOne(planned, records));
  } catch (error) {
    for (const undo of done.reverse()) undo();
    throw error;
  }
}

/** The agents whose entry is in their file as setup writes it; of a file that cannot be read, none. */
export function agentsSetUp(place: SetupPlace, names: readonly AgentName[]): AgentName[] {
  return names.filter((name) => {
    try {
      return stateOf(place, name) === 'same';
    } catch (error) {
      if (QueueError.is(error)) return false;
      throw error;
    }
  });
}

/** How the entry of an agent stands: as setup writes it, in some other way, or not at all. @throws QueueError */
export function stateOf(place: SetupPlace, name: AgentName): 'same' | 'different' | 'absent' {
  const { text, found, record } = look(place, name);
  if (text === null || found === undefined) return 'absent';
  if (record !== null && !record.agents.includes(name)) return 'absent';
  return says(found, agents[name].entry(place.start)) ? 'same' : 'different';
}

/** The file of an agent. */
export function fileOf(place: SetupPlace, name: AgentName): string {
  return locate(place, agents[name]).file;
}

function planFile(place: SetupPlace, add: readonly AgentName[], remove: readonly AgentName[]): PlannedFile {
  const [name] = [...add, ...remove] as [AgentName];
  const { read, text, found, record } = look(place, name);
  const users = [...new Set([...(record?.agents ?? []), ...add])].filter((one) => !remove.includes(one));
  const isThere = found !== undefined;
  const left: SetupChange = users.length > 0 ? 'kept' : 'removed';
  const forAgents = (added: SetupChange): PlannedAgent[] => [
    ...add.map((one) => ({ name: one, change: added })),
    ...remove.map((one) => ({ name: one, change: isThere ? left : ('absent' as const) })),
  ];
  if (add.length > 0) {
    const same = says(found, agents[name].entry(place.start));
    const { after, record: rest } = same ? keep(read, record) : put(place, name, read, text, record);
    const planned = forAgents(same ? 'present' : 'written');
    return { read, agents: planned, after, record: { ...rest, file: read.file, agents: users } };
  }
  const unchanged = { read, agents: forAgents('absent'), after: read.text };
  if (!isThere) return { ...unchanged, record: null };
  if (users.length > 0) return { ...unchanged, record: record && { ...record, agents: users } };
  return { ...unchanged, after: take(place, name, read, text ?? '', record), record: null };
}

type Changed = Pick<PlannedFile, 'after'> & { record: Omit<SetupRecord, 'agents' | 'file'> };

function keep(read: AgentFile, record: SetupRecord | null): Changed {
  const { kept, made, undo } = record ?? nothingMade;
  return { after: read.text, record: { kept, made, undo } };
}

/** What is remembered of an entry that was there before setup came. */
const nothingMade = { kept: Number.MAX_SAFE_INTEGER, made: { file: false, folders: [] }, undo: null };

function put(
  place: SetupPlace,
  name: AgentName,
  read: AgentFile,
  text: string | null,
  record: SetupRecord | null,
): Changed {
  const { format, entry } = agents[name];
  const mark = markOf(read.text);
  // What setup has written before is written anew on what was there before that.
  const undoneText = record && read.text !== null ? undone(read.text, record) : undefined;
  const base = undoneText === undefined ? (text ?? '') : withoutMark(undoneText);
  const { content, path: parts } = contentOf(read.file, agents[name], base);
  const after = mark + readably(read.file, () => format.put(base, parts, entry(place.start)));
  const known = parts.findIndex((_, index) => valueAt(content, parts.slice(0, index + 1)) === undefined);
  const isOlder = record !== null && undoneText === undefined;
  return {
    after,
    record: {
      kept: isOlder ? record.kept : known < 0 ? parts.length : known,
      made: record?.made ?? { file: read.text === null, folders: [] },
      undo: isOlder ? null : undoOf(undoneText ?? read.text ?? '', after),
    },
  };
}

function take(
  place: SetupPlace,
  name: AgentName,
  read: AgentFile,
  text: string,
  record: SetupRecord | null,
): string | null {
  const agent = agents[name];
  const made = record?.made.file === true;
  const before = record && undone(read.text ?? '', record);
  if (typeof before === 'string') return made ? null : before;
  const { path: parts } = contentOf(read.file, agent, text);
  // As it is in a copy of the project where somebody else has set it up.
  if (text === agent.format.put('', agent.path({}), agent.entry(place.start))) return null;
  const rest = readably(read.file, () => agent.format.take(text, parts, record?.kept ?? parts.length));
  if (made && isEmpty(rest)) return null;
  return markOf(read.text) + rest;
}

function isEmpty(text: string): boolean {
  return /^\s*(?:\{\s*\}\s*)?$/.test(text);
}

function carryOutOne({ read, after, record }: PlannedFile, records: SetupRecords): () => void {
  const { file, text } = read;
  const earlier = records.read(file);
  const folders = after === text ? [] : writeAgentFile(read, after);
  const restore = () => {
    if (after !== text) writeAgentFile({ ...read, text: after }, text);
    if (text === null) removeEmptyFolders(folders);
    if (earlier) records.write(earlier);
    else records.forget(file);
  };
  try {
    if (record === null) records.forget(file);
    else
      records.write({ ...record, made: { ...record.made, folders: [...record.made.folders, ...folders] } });
    if (after === null) removeEmptyFolders(earlier?.made.folders ?? []);
  } catch (error) {
    restore();
    throw error;
  }
  return restore;
}

interface Look {
  read: AgentFile;
  /** Without a byte order mark. */
  text: string | null;
  found: unknown;
  record: SetupRecord | null;
}

function look(place: SetupPlace, name: AgentName): Look {
  const { file, base } = locate(place, agents[name]);
  const read = readAgentFile(file, base, place.scope === 'user' ? 0o600 : undefined);
  const text = read.text === null ? null : withoutMark(read.text);
  const { content, path: parts } = contentOf(file, agents[name], text ?? '');
  const found = valueAt(content, parts);
  // Of an entry that somebody has taken out, nothing is known any more.
  const record = found === undefined ? null : new SetupRecords(place.userFolder).read(file);
  return { read, text, found, record };
}

function locate({ scope, folder, home, env }: SetupPlace, agent: Agent): { file: string; base: string } {
  const candidates =
    scope === 'project'
      ? agent.projectFiles.map((name) => path.join(folder, name))
      : agent.userFiles({ home, env });
  const [usual = ''] = candidates;
  const file = candidates.find((one) => fs.lstatSync(one, { throwIfNoEntry: false })) ?? usual;
  if (scope === 'project') return { file, base: folder };
  const isBelow = file.startsWith(home + path.sep);
  return { file, base: isBelow ? home : path.dirname(file) };
}

/** What a text says, and where our entry is or would be in it. @throws QueueError `conflict` for one that cannot be read */
function contentOf(file: string, agent: Agent, text: string): { content: unknown; path: readonly string[] } {
  const content = text.trim() === '' ? {} : readably(file, () => agent.format.parse(text));
  return { content, path: agent.path(content) };
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

/** Whether an entry says what ours does, whatever else it says. */
function says(found: unknown, entry: Readonly<Record<string, unknown>>): boolean {
  return (
    isRecord(found) && Object.entries(entry).every(([name, value]) => isDeepStrictEqual(found[name], value))
  );
}

function markOf(text: string | null): string {
  return text?.startsWith(byteOrderMark) ? byteOrderMark : '';
}

function withoutMark(text: string): string {
  return text.slice(markOf(text).length);
}
