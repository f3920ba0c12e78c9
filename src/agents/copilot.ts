import path from 'node:path';
import { type Agent, commonForm, commonSkills, movable } from './agent';
import { json } from './formats/json';

/** The command line of GitHub Copilot. Of a project it also reads `.github/mcp.json`; this file it shares with others. */
export const copilot: Agent = {
  ...commonSkills,
  ...commonForm,
  title: 'GitHub Copilot CLI',
  format: json,
  projectFiles: ['.mcp.json'],
  userFiles: ({ home, env }) => [
    path.join(movable(env.COPILOT_HOME, path.join(home, '.copilot')), 'mcp-config.json'),
  ],
};
