/** What is to be done to the files of agents, so that it can be shown before it is done. */

import * as path from 'node:path';
import type { AgentFile } from './agentFile';
import type { AgentName } from './agentNames';
import type { SetupRecord } from './setupRecords';
import type { StartCommand } from './startCommand';

export interface SetupPlace {
  /** For the project, or for all projects of this user. */
  scope: 'project' | 'user';
  /** Real path of the project's folder. */
  folder: string;
  home: string;
  /** Where the agents' own variables are. */
  env: Readonly<Record<string, string | undefined>>;
  /** The user folder of SparkQ. */
  userFolder: string;
  start: StartCommand;
}

/**
 * What becomes of one agent's entry, skill or hooks; `kept`: removed for this agent, but another one uses it; `edited`: left,
 * because somebody else has changed it.
 */
export type SetupChange = 'written' | 'present' | 'removed' | 'kept' | 'edited' | 'absent';

export interface PlannedAgent {
  name: AgentName;
  change: SetupChange;
}

/** What is to be done to a file. */
export interface PlannedFile {
  read: AgentFile;
  agents: readonly PlannedAgent[];
  /** Null where the file is to be removed, or is not there. */
  after: string | null;
  /** Null if nothing is to be remembered. */
  record: SetupRecord | null;
}

/** Groups agents by what `fileOf` names for them: what shares a file is planned at once. */
export function byFile(
  { add, remove }: WantedAgents,
  fileOf: (name: AgentName) => string,
): (WantedAgents & { file: string })[] {
  const files = new Set([...add, ...remove].map(fileOf));
  return [...files].map((file) => {
    const isIn = (name: AgentName) => fileOf(name) === file;
    return { file, add: add.filter(isIn), remove: remove.filter(isIn) };
  });
}

/** Who is to be set up, and who no longer. */
export interface WantedAgents {
  add: readonly AgentName[];
  remove: readonly AgentName[];
}

/** The folder that is there anyway on the way to a file. */
export function baseOf({ scope, folder, home }: SetupPlace, file: string): AgentFile['base'] {
  if (scope === 'project') return folder;
  return file.startsWith(home + path.sep) ? home : path.dirname(file);
}
