import path from 'node:path';
import { type Agent, commonForm, commonSkills, entryName, movable, type UserPlace } from './agent';
import { json } from './formats/json';
import { hookCommand, hookTimeout } from './hookCommand';
import { shellNames } from './startCommand';

const settings = ({ home, env }: UserPlace) => movable(env.COPILOT_HOME, path.join(home, '.copilot'));

/** The command line of GitHub Copilot. Of a project it also reads `.github/mcp.json`; this file it shares with others. */
export const copilot: Agent = {
  ...commonSkills,
  ...commonForm,
  title: 'GitHub Copilot CLI',
  format: json,
  projectFiles: ['.mcp.json'],
  userFiles: (place) => [path.join(settings(place), 'mcp-config.json')],
  // It reads every file of these folders.
  hooks: {
    projectFile: `.github/hooks/${entryName}.json`,
    userFile: (place) => path.join(settings(place), 'hooks', `${entryName}.json`),
    head: { version: 1 },
    events: { 'session-start': 'sessionStart', stop: 'agentStop' },
    item: (hook) => ({
      type: 'command',
      bash: hookCommand(shellNames.posix, hook),
      powershell: hookCommand(shellNames.windows, hook),
      timeoutSec: hookTimeout,
    }),
  },
};
