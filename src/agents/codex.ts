import path from 'node:path';
import {
  type Agent,
  commonForm,
  commonSkills,
  entryName,
  groupedHooks,
  movable,
  type UserPlace,
} from './agent';
import { toml } from './formats/toml';
import { hookCommand } from './hookCommand';
import { shellNames } from './startCommand';

const settings = ({ home, env }: UserPlace) => movable(env.CODEX_HOME, path.join(home, '.codex'));

/** It reads the project's files only where the project is trusted. */
export const codex: Agent = {
  ...commonSkills,
  ...commonForm,
  title: 'Codex',
  format: toml,
  projectFiles: ['.codex/config.toml'],
  userFiles: (place) => [path.join(settings(place), 'config.toml')],
  path: () => ['mcp_servers', entryName],
  hooks: {
    ...groupedHooks((hook) => ({
      command: hookCommand(shellNames.posix, hook),
      commandWindows: hookCommand(shellNames.windows, hook),
    })),
    projectFile: '.codex/hooks.json',
    userFile: (place) => path.join(settings(place), 'hooks.json'),
  },
};
