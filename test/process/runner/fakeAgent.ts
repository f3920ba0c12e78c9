/**
 * An agent in a run: `node fakeAgent.js DIST STEPS_JSON...`, one list of steps for each attempt. It calls the tools of a
 * `sparkq mcp` of its own and prints each answer; `until` waits for a file in its folder, `exit` ends it with that code.
 */

import fs from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { fileThere } from './support';

export type Step = { call: string; input?: object } | { until: string } | { note: true } | { exit: number };

async function main(): Promise<void> {
  const [, , dist = '', ...attempts] = process.argv;
  const client = new Client({ name: 'tester', version: '1.0.0' });
  const args = ['--liftoff-only', path.join(dist, 'cli.js'), 'mcp'];
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: 'inherit' }));
  const steps = JSON.parse(attempts[Number(env.SPARKQ_ATTEMPT) - 1] ?? '[]') as Step[];
  let code = 0;
  for (const step of steps) {
    if ('exit' in step) code = step.exit;
    else if ('note' in step) console.log(env.SPARKQ_NOTE ?? 'no note');
    else if ('until' in step) await fileThere(path.resolve(step.until), () => fs.existsSync(step.until));
    else {
      const { content, isError } = await client.callTool({ name: step.call, arguments: { ...step.input } });
      const [first] = content;
      console.log(`${isError ? 'refused' : 'said'}: ${first?.type === 'text' ? first.text : ''}`);
    }
  }
  await client.close();
  process.exitCode = code;
}

void main();
