import path from 'node:path';
import { type Agent, commonSkills, entryName, movable } from './agent';
import { isRecord, valueAt } from './formats/format';
import { json } from './formats/json';

/** Milliseconds: by default it gives up on a call sooner than some of our tools answer. */
const timeout = 60_000;

export const opencode: Agent = {
  ...commonSkills,
  title: 'OpenCode',
  format: json,
  projectFiles: ['opencode.json', 'opencode.jsonc'],
  userFiles: ({ home, env }) => {
    const folder = path.join(movable(env.XDG_CONFIG_HOME, path.join(home, '.config')), 'opencode');
    return ['opencode.json', 'opencode.jsonc'].map((name) => path.join(folder, name));
  },
  // Newer files have the servers one level further down.
  path: (content) => {
    const servers = valueAt(content, ['mcp', 'servers']);
    const isServer = isRecord(servers) && typeof servers.type === 'string';
    return isRecord(servers) && !isServer ? ['mcp', 'servers', entryName] : ['mcp', entryName];
  },
  entry: ({ command, args, env }) => ({
    type: 'local',
    command: [command, ...args],
    ...(env && { environment: env }),
    timeout,
  }),
};
