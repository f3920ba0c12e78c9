import path from 'node:path';
import { type Agent, commonForm, commonSkills, entryName, movable } from './agent';
import { toml } from './formats/toml';

/** It reads the project's file only where the project is trusted. */
export const codex: Agent = {
  ...commonSkills,
  ...commonForm,
  title: 'Codex',
  format: toml,
  projectFiles: ['.codex/config.toml'],
  userFiles: ({ home, env }) => [
    path.join(movable(env.CODEX_HOME, path.join(home, '.codex')), 'config.toml'),
  ],
  path: () => ['mcp_servers', entryName],
};
