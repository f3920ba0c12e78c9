import path from 'node:path';
import { type Agent, commonForm, commonSkills } from './agent';
import { json } from './formats/json';
import { hookCommand, hookTimeout } from './hookCommand';

const settings = '.gemini/settings.json';

export const gemini: Agent = {
  ...commonSkills,
  ...commonForm,
  title: 'Gemini CLI',
  format: json,
  projectFiles: [settings],
  userFiles: ({ home }) => [path.join(home, settings)],
  hooks: {
    projectFile: settings,
    userFile: ({ home }) => path.join(home, settings),
    events: { 'session-start': 'SessionStart', stop: 'AfterAgent' },
    item: (hook, { inShell }) => ({
      hooks: [{ type: 'command', command: hookCommand(inShell, hook), timeout: hookTimeout * 1000 }],
    }),
  },
};
