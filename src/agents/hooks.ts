/** Writes the hooks, where an agent has such, and removes them. */

import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { AgentHooks } from './agent';
import { readAgentFile } from './agentFile';
import type { AgentName } from './agentNames';
import { agents } from './agents';
import { entryFileOf, entryOf } from './entry';
import { isRecord, valueAt } from './formats/format';
import { json, putItem, takeItems } from './formats/json';
import { hookNames, isHookCommand } from './hookCommand';
import { type Insert, type InsertState, planInsert, stateOfInsert, together } from './insert';
import { planOwnFile } from './ownFile';
import { baseOf, type PlannedFile, type SetupPlace, type WantedAgents } from './plan';
import type { StartCommand } from './startCommand';

/**
 * Plans what becomes of the hooks that have a file of their own; of an agent that has none known, and where there are
 * none to remove, nothing.
 */
export function planHooks(place: SetupPlace, { add, remove }: WantedAgents): PlannedFile[] {
  return [
    ...add.flatMap((name) => planHooksOf(place, name, { add: [name], remove: [] })),
    ...remove.flatMap((name) => planHooksOf(place, name, { add: [], remove: [name] })),
  ];
}

/** How the hooks of an agent stand, and where; null where none are known. @throws QueueError */
export function hooksStateOf(
  place: SetupPlace,
  name: AgentName,
): { file: string; state: InsertState } | null {
  const { hooks } = agents[name];
  if (hooks === undefined) return null;
  const file = hooksFileOf(place, hooks);
  if (hooks.head === undefined)
    return { file, state: stateOfInsert(place, name, { file, insert: itemsOf(hooks, place.start) }) };
  const { text } = readAgentFile(file, baseOf(place, file));
  if (text === null) return { file, state: 'absent' };
  return { file, state: text === textOf(hooks, place.start) ? 'same' : 'different' };
}

/**
 * What setup writes into the file of the entry: with the hooks, if they are in it, too.
 * @param wanted whether they are to come or to go; else they stay where they are there
 */
export function entryAndHooksOf(place: SetupPlace, name: AgentName, wanted: boolean): Insert {
  const agent = agents[name];
  const entry = entryOf(agent, place.start);
  const file = entryFileOf(place, agent);
  const { hooks } = agent;
  if (hooks === undefined || hooksFileOf(place, hooks) !== file) return entry;
  const items = itemsOf(hooks, place.start);
  const isWanted = wanted || stateOfInsert(place, name, { file, insert: items }) !== 'absent';
  return isWanted ? together(entry, items) : entry;
}

function planHooksOf(place: SetupPlace, name: AgentName, wanted: WantedAgents): PlannedFile[] {
  const { hooks } = agents[name];
  if (hooks === undefined) return [];
  const file = hooksFileOf(place, hooks);
  if (file === entryFileOf(place, agents[name])) return [];
  if (hooks.head !== undefined) return planOwnFile(place, { file, ...wanted }, textOf(hooks, place.start));
  const planned = planInsert(place, { file, ...wanted, insert: itemsOf(hooks, place.start) });
  return planned.agents.some(({ change }) => change === 'absent') ? [] : [planned];
}

function hooksFileOf({ scope, folder, home, env }: SetupPlace, hooks: AgentHooks): string {
  return scope === 'project' ? path.join(folder, hooks.projectFile) : hooks.userFile({ home, env });
}

/** What a file says that is all ours. */
function textOf({ head, events, item }: AgentHooks, start: StartCommand): string {
  const lists = hookNames.map((hook) => [events[hook], [item(hook, start)]]);
  return json.put('', [], { ...head, hooks: Object.fromEntries(lists) });
}

/** Our items in lists that others have items in, too. */
function itemsOf({ events, item }: AgentHooks, start: StartCommand): Insert {
  const all = hookNames.map((hook) => ({ path: ['hooks', events[hook]], ours: item(hook, start) }));
  const listAt = (content: unknown, at: readonly string[]): readonly unknown[] => {
    const list = valueAt(content, at);
    return Array.isArray(list) ? list : [];
  };
  const take = (text: string, kept?: number) =>
    all.reduce((now, { path: at }) => takeItems(withoutGrouped(now, at), at, isOurs, kept), text);
  return {
    parse: json.parse,
    stateIn(content) {
      const found = all.map((one) => listAt(content, one.path).filter(hasOurs));
      if (found.every((items) => items.length === 0)) return 'absent';
      const same = all.every(({ ours }, index) => isDeepStrictEqual(found[index], [ours]));
      return same ? 'same' : 'different';
    },
    known(content) {
      if (valueAt(content, ['hooks']) === undefined) return 0;
      return all.every((one) => valueAt(content, one.path) !== undefined) ? 2 : 1;
    },
    put: (text) =>
      all.reduce((now, { path: at, ours }) => putItem(now, at, ours), text.trim() === '' ? text : take(text)),
    take,
  };
}

/** The commands of a group. */
function commandsIn(item: unknown): readonly unknown[] {
  return isRecord(item) && Array.isArray(item.hooks) ? item.hooks : [];
}

function isOurCommand(command: unknown): boolean {
  return isRecord(command) && isHookCommand(command.command);
}

function isOurs(item: unknown): boolean {
  const commands = commandsIn(item);
  return commands.length > 0 && commands.every(isOurCommand);
}

function hasOurs(item: unknown): boolean {
  return commandsIn(item).some(isOurCommand);
}

/** Without commands of ours that somebody has put into a group with others. */
function withoutGrouped(text: string, at: readonly string[]): string {
  const groups = valueAt(json.parse(text), at);
  if (!Array.isArray(groups)) return text;
  return groups.reduce<string>(
    (now, group, index) =>
      hasOurs(group) && !isOurs(group) ? takeItems(now, [...at, index, 'hooks'], isOurCommand) : now,
    text,
  );
}
