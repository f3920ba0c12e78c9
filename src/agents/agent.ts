/** What setting up an agent takes to know about it. Each has a file of its own: these facts change often. */

import path from 'node:path';
import type { Format } from './formats/format';
import { type HookName, hookTimeout } from './hookCommand';
import type { StartCommand } from './startCommand';

/** Name of our entry in the files of every agent. */
export const entryName = 'sparkq';

export interface UserPlace {
  home: string;
  env: Readonly<Record<string, string | undefined>>;
}

export interface Agent {
  /** As people call it. */
  title: string;
  format: Format;
  /** Relative to the project's folder. The first that exists is used, else the first. */
  projectFiles: readonly string[];
  /** Absolute, likewise. */
  userFiles(place: UserPlace): readonly string[];
  /** The folder of skills in a project, relative to it. */
  projectSkills: string;
  /** The user's folder of skills, absolute. */
  userSkills(place: UserPlace): string;
  /** Where our entry is in the file, its name included. @param content what the file contains */
  path(content: unknown): readonly string[];
  /** What our entry says. */
  entry(start: StartCommand): Readonly<Record<string, unknown>>;
  /** Undefined where setup knows of none. */
  hooks?: AgentHooks;
}

/** Where hooks of an agent are written, and how: a JSON file, with a list for each event below `hooks`. */
export interface AgentHooks {
  /** Relative to the project's folder. */
  projectFile: string;
  /** Absolute. */
  userFile(place: UserPlace): string;
  /** What the file says besides, where it is read beside those of others and so is all ours. */
  head?: Readonly<Record<string, unknown>>;
  /** The names of the events. */
  events: Readonly<Record<HookName, string>>;
  /** What our item of a list says. */
  item(hook: HookName, start: StartCommand): Readonly<Record<string, unknown>>;
}

/** The form that Claude Code has, and others have taken from it. @param line how the command is named in it */
export function groupedHooks(
  line: (hook: HookName, start: StartCommand) => Readonly<Record<string, string>>,
): Pick<AgentHooks, 'events' | 'item'> {
  return {
    events: { 'session-start': 'SessionStart', stop: 'Stop' },
    item: (hook, start) => ({
      hooks: [{ type: 'command', ...line(hook, start), timeout: hookTimeout }],
    }),
  };
}

/** The form that most agents have taken from one another. */
export const commonForm = {
  path: () => ['mcpServers', entryName],
  entry: ({ command, args, env }: StartCommand) => ({ command, args, ...(env && { env }) }),
} satisfies Partial<Agent>;

/** Where most agents look for skills. */
export const commonSkills = {
  projectSkills: '.agents/skills',
  userSkills: ({ home }: UserPlace) => path.join(home, '.agents', 'skills'),
} satisfies Partial<Agent>;

/** A folder that a variable moves; a relative path in it counts for nothing. */
export function movable(value: string | undefined, usual: string): string {
  return value !== undefined && path.isAbsolute(value) ? value : usual;
}
