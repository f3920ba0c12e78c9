/** Starts what setup writes as an agent would: the server with the official client, a hook in a shell. */

import { exec } from 'node:child_process';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { StartCommand } from '../../../agents/startCommand';
import { messageOf } from '../../../core/errors';
import { oneLine } from '../../../core/plainText';
import { version } from '../../version';

/** Milliseconds; agents wait about as long, and a busy machine takes its time. */
const timeout = 30_000;

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

/** What is wrong with a hook's line, if anything is. */
export function hookProblem(line: string, folder: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise((resolve) => {
    const child = exec(line, { cwd: folder, env, timeout, windowsHide: true }, (error) =>
      resolve(error && `the command that is written fails: ${oneLine(messageOf(error).trim())}`),
    );
    child.stdin?.on('error', () => undefined).end('{}');
  });
}
