/** Writes the skill, where each agent looks for such files, and removes it. */

import * as path from 'node:path';
import { QueueError } from '../core/errors';
import type { Agent } from './agent';
import { type AgentFile, readAgentFile } from './agentFile';
import { agents } from './agents';
import { byFile, type PlannedAgent, type PlannedFile, type SetupPlace, type WantedAgents } from './plan';
import { SetupRecords, undone, undoOf } from './setupRecords';
import { skillName, skillText } from './skillText';

/**
 * Plans what becomes of the skill; where there is none to remove, nothing.
 * @throws QueueError `conflict` for a file in its place that setup did not write
 */
export function planSkills(place: SetupPlace, wanted: WantedAgents): PlannedFile[] {
  return byFile(wanted, (name) => skillFileOf(place, agents[name])).flatMap((one) => planSkill(place, one));
}

/** The file of the skill of an agent. */
function skillFileOf({ scope, folder, home, env }: SetupPlace, agent: Agent): string {
  const skills =
    scope === 'project' ? path.join(folder, agent.projectSkills) : agent.userSkills({ home, env });
  return path.join(skills, skillName, 'SKILL.md');
}

function planSkill(place: SetupPlace, { file, add, remove }: WantedAgents & { file: string }): PlannedFile[] {
  const base = place.scope === 'project' ? place.folder : baseIn(place.home, file);
  const read = readAgentFile(file, base);
  const record = read.text === null ? null : new SetupRecords(place.userFolder).read(file);
  const users = [...new Set([...(record?.agents ?? []), ...add])].filter((one) => !remove.includes(one));
  const isOurs =
    read.text === null ||
    read.text === skillText ||
    (record !== null && undone(read.text, record) !== undefined);
  const planned = (change: PlannedAgent['change']) => [...add, ...remove].map((name) => ({ name, change }));
  if (add.length > 0) {
    if (!isOurs) throw notOurs(file);
    const made = record?.made ?? { file: read.text === null, folders: [] };
    return [
      {
        read,
        agents: planned(read.text === skillText ? 'present' : 'written'),
        after: skillText,
        record: { file, agents: users, kept: 0, made, undo: undoOf('', skillText) },
      },
    ];
  }
  if (read.text === null) return [];
  const stays = (change: 'kept' | 'edited', left = record): PlannedFile[] => [
    { read, agents: planned(change), after: read.text, record: left },
  ];
  if (!isOurs) return record === null ? [] : stays('edited', null);
  if (users.length > 0 && record !== null) return stays('kept', { ...record, agents: users });
  return [{ read, agents: planned('removed'), after: null, record: null }];
}

function baseIn(home: string, file: string): AgentFile['base'] {
  return file.startsWith(home + path.sep) ? home : path.dirname(file);
}

function notOurs(file: string): QueueError {
  return new QueueError(
    'conflict',
    `${file} is not as setup writes it`,
    'Move it away, then try again: nothing was changed in any file',
    { file },
  );
}
