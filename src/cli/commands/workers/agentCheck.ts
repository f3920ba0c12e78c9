/** Starts the server as an agent would, with the official client, and asks for its tools. */

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { StartCommand } from '../../../agents/startCommand';
import { version } from '../../version';

/** Milliseconds; agents wait about as long. */
const timeout = 10_000;

/** Names of the tools. Rejects if the command cannot be started, or answers no client. */
export async function toolsOf(
  { command, args, env }: StartCommand,
  folder: string,
  inherited: NodeJS.ProcessEnv,
): Promise<string[]> {
  const given = Object.entries({ ...inherited, ...env }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    cwd: folder,
    env: Object.fromEntries(given),
    stderr: 'inherit',
  });
  const client = new Client({ name: 'sparkq-agents-setup', version });
  try {
    await client.connect(transport, { timeout });
    return (await client.listTools()).tools.map(({ name }) => name);
  } finally {
    await client.close();
  }
}
