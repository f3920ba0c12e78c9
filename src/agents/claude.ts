import path from 'node:path';
import { type Agent, commonForm, movable } from './agent';
import { json } from './formats/json';

export const claude: Agent = {
  ...commonForm,
  title: 'Claude Code',
  format: json,
  projectFiles: ['.mcp.json'],
  projectSkills: '.claude/skills',
  userSkills: ({ home, env }) =>
    path.join(movable(env.CLAUDE_CONFIG_DIR, path.join(home, '.claude')), 'skills'),
  userFiles: ({ home, env }) => [path.join(movable(env.CLAUDE_CONFIG_DIR, home), '.claude.json')],
};
