/** Sets agents up: plans what to do to each file, so that it can be shown, and then does it to all or to none. */

import { QueueError } from '../core/errors';
import { removeEmptyFolders, writeAgentFile } from './agentFile';
import type { AgentName } from './agentNames';
import { agents } from './agents';
import { entryFileOf, entryOf } from './entry';
import { entryAndHooksOf, planHooks } from './hooks';
import { type InsertState, planInsert, stateOfInsert } from './insert';
import { byFile, type PlannedFile, type SetupPlace, type WantedAgents } from './plan';
import { SetupRecords } from './setupRecords';
import { planSkills } from './skill';

/**
 * Plans one call. What is removed loses its skill and its hooks as well.
 * @param skill whether who is added gets the skill, too
 * @param hooks whether who is added gets hooks, too
 * @throws QueueError if a file of it cannot be read or must not be written
 */
export function planSetup(
  place: SetupPlace,
  { add, remove }: WantedAgents,
  skill = false,
  hooks = false,
): PlannedFile[] {
  const wanted = { add: [...new Set(add)], remove: [...new Set(remove)] };
  const entries = byFile(wanted, (name) => fileOf(place, name)).map((one) => {
    const [name] = [...one.add, ...one.remove] as [AgentName];
    const insert = entryAndHooksOf(place, name, hooks || one.remove.length > 0);
    return planInsert(place, { ...one, insert });
  });
  const { remove: removed } = wanted;
  return [
    ...entries,
    ...planSkills(place, { add: skill ? wanted.add : [], remove: removed }),
    ...planHooks(place, { add: hooks ? wanted.add : [], remove: removed }),
  ];
}

/** Does what was planned. If one file cannot be written, those before it are changed back. @throws QueueError */
export function carryOut(place: SetupPlace, plan: readonly PlannedFile[]): void {
  const records = new SetupRecords(place.userFolder);
  const done: CarriedOut[] = [];
  try {
    for (const planned of plan) done.push(carryOutOne(planned, records));
    // Only now: what one of them made, another may have used until now.
    const emptied = new Set(done.flatMap(({ folders }) => folders));
    removeEmptyFolders([...emptied].sort((a, b) => a.length - b.length));
  } catch (error) {
    for (const { restore } of done.reverse()) restore();
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

/** How the entry of an agent stands. @throws QueueError */
export function stateOf(place: SetupPlace, name: AgentName): InsertState {
  const insert = entryOf(agents[name], place.start);
  return stateOfInsert(place, name, { file: fileOf(place, name), insert });
}

/** The file of an agent. */
export function fileOf(place: SetupPlace, name: AgentName): string {
  return entryFileOf(place, agents[name]);
}

interface CarriedOut {
  /** Changes it back. */
  restore(): void;
  /** Folders that setup had made for it, if the file is gone. */
  folders: readonly string[];
}

function carryOutOne({ read, after, record }: PlannedFile, records: SetupRecords): CarriedOut {
  const { file, text } = read;
  const earlier = records.read(file);
  const made = after === text ? [] : writeAgentFile(read, after);
  const restore = () => {
    if (after !== text) writeAgentFile({ ...read, text: after }, text);
    if (text === null) removeEmptyFolders(made);
    if (earlier) records.write(earlier);
    else records.forget(file);
  };
  try {
    if (record === null) records.forget(file);
    else records.write({ ...record, made: { ...record.made, folders: [...record.made.folders, ...made] } });
  } catch (error) {
    restore();
    throw error;
  }
  return { restore, folders: after === null ? (earlier?.made.folders ?? []) : [] };
}
