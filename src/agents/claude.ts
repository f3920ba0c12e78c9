import path from 'node:path';
import { type Agent, commonForm, groupedHooks, movable, type UserPlace } from './agent';
import { json } from './formats/json';
import { hookCommand } from './hookCommand';

const settings = ({ home, env }: UserPlace) => movable(env.CLAUDE_CONFIG_DIR, path.join(home, '.claude'));

export const claude: Agent = {
  ...commonForm,
  title: 'Claude Code',
  format: json,
  projectFiles: ['.mcp.json'],
  projectSkills: '.claude/skills',
  userSkills: (place) => path.join(settings(place), 'skills'),
  userFiles: ({ home, env }) => [path.join(movable(env.CLAUDE_CONFIG_DIR, home), '.claude.json')],
  hooks: {
    ...groupedHooks((hook, { inShell }) => ({ command: hookCommand(inShell, hook) })),
    projectFile: '.claude/settings.json',
    userFile: (place) => path.join(settings(place), 'settings.json'),
  },
};
