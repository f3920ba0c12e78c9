/** `sparkq mcp` as a program, and the official clients that talk to it. */

import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as EarlierClient } from 'mcp-sdk-v1/client/index.js';
import { StdioClientTransport as EarlierTransport } from 'mcp-sdk-v1/client/stdio.js';

/** Where the program runs. */
export interface Place {
  folder: string;
  home: string;
}

/** A client that is connected to a program of its own. */
export interface McpProgram {
  readonly pid: number;
  listTools(): Promise<{ name: string }[]>;
  /** What a tool answered, or `error` with the sentence that it refused with. */
  call(name: string, input?: object, meta?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Closes its stdin, as a client that ends does. */
  close(): Promise<void>;
}

/** How an agent is told to start it. */
export interface Started {
  command: string;
  args: string[];
  /** The folder of the command, put on PATH. */
  bin?: string;
  env?: Readonly<Record<string, string>>;
}

/** The built program. */
export const built: Started = {
  command: process.execPath,
  args: ['--liftoff-only', path.resolve('dist/cli.js'), 'mcp'],
};

function parameters({ folder, home }: Place, { command, args, bin, env: more }: Started) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('SPARKQ_'));
  const env = Object.fromEntries(inherited.map(([name, value]) => [name, value ?? '']));
  return {
    command,
    args,
    cwd: folder,
    env: { ...env, SPARKQ_HOME: home, ...(bin && { PATH: `${bin}:${process.env.PATH}` }), ...more },
    stderr: 'inherit' as const,
  };
}

const self = { name: 'tester', version: '1.0.0' };

/** The present client. @param mode `auto`: without sessions; `legacy`: with them */
export async function connect(
  place: Place,
  mode: 'auto' | 'legacy' = 'legacy',
  how: Started = built,
): Promise<McpProgram> {
  const client = new Client(self, { versionNegotiation: { mode } });
  const transport = new StdioClientTransport(parameters(place, how));
  await client.connect(transport);
  return program(client, transport);
}

/** The client of the previous major version. */
export async function connectEarlier(place: Place): Promise<McpProgram> {
  const client = new EarlierClient(self);
  const transport = new EarlierTransport(parameters(place, built));
  await client.connect(transport);
  return program(client, transport);
}

interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(request: {
    name: string;
    arguments: Record<string, unknown>;
    _meta?: Record<string, unknown>;
  }): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

function program(client: AnyClient, transport: { pid: number | null }): McpProgram {
  return {
    pid: transport.pid ?? 0,
    listTools: async () => (await client.listTools()).tools,
    async call(name, input = {}, meta) {
      const answer = await client.callTool({ name, arguments: { ...input }, ...(meta && { _meta: meta }) });
      const [{ text = '' } = {}] = answer.content as { text?: string }[];
      return answer.isError ? { error: text } : (JSON.parse(text) as Record<string, unknown>);
    },
    close: () => client.close(),
  };
}
