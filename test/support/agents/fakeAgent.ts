/**
 * A program in the place of an agent: `fakeAgent.js AGENT ARGS...`. It prints the examples of test/fixtures/agentRuns, as
 * the lines of its prompt say; lines that it does not know say nothing to it.
 *
 * - `play NAME`: prints the example
 * - `begin NAME`: the same without its last line, the end
 * - `cut NAME`: the same in pieces, cut in the middle of lines and characters
 * - `say TEXT`: the example `success`, with TEXT as its answer
 * - `limit TEXT`: a limit that it announces with TEXT, as its last word
 * - `flood MEGABYTES`: events without an end
 * - `stderr TEXT`, `write FILE TEXT`
 * - `child`: leaves a process running that holds its output open; its pid is in `child.pid`
 * - `tool NAME JSON`: calls a tool of the queue with that, as its command line offers it
 * - `wait MILLISECONDS`
 * - `hang`: goes on until it is ended
 * - `exit CODE`
 *
 * A line that begins with `2:` counts only at the second start with this prompt, `2+:` from then on, `fresh:` and
 * `resumed:` only without and with a session to go on with. Without a line that counts it plays `success`; Claude Code
 * with a session that never began plays `no-session`, which is no start. In the folder FAKE_AGENTS it keeps `starts.jsonl`:
 * the agent, its arguments, its prompt and its attempt, one start a line.
 */

import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { limitLines } from './limitLines';

/** Of the examples. */
const sessions = [
  '5f0a3c1e-6d0b-4c6f-9a51-0d5c2f7e8a10',
  '019a7b0c-5b1e-7c33-9d0a-1f6b2c3d4e5f',
  'aa778ea0-6eab-4ce9-b87e-11d6d33dab4f',
  '0c7d9a52-9f6b-4f0e-8d0f-6a2f3f1f7b11',
  'c6b62c6f-7ead-4fd6-9922-e952131177ff',
  'ses_494719016ffe85dkDMj0FPRbHK',
];
const answer = 'Both tests pass now.\n\nThe second one was missing a fixture: I added it.';
/** The folder of the repository, from that of the bundled program. */
const examples = path.resolve(__dirname, '..', '..', '..', '..', 'test', 'fixtures', 'agentRuns');

const [agent = 'claude', ...args] = process.argv.slice(2);
const state = process.env.FAKE_AGENTS ?? '.';

const { SPARKQ_TASK_ID: task, SPARKQ_ATTEMPT: attempt } = process.env;
const run = task === undefined ? null : `${task}-${attempt}`;

const resumed = sessionAfter('--resume', '--session', 'resume');
const session = resumed ?? sessionAfter('--session-id') ?? randomUUID();

function sessionAfter(...options: string[]): string | null {
  const at = args.findIndex((one) => options.includes(one));
  const joined = args.find((one) => one.startsWith('--resume='));
  return joined?.slice('--resume='.length) ?? (at < 0 ? null : (args[at + 1] ?? null));
}

async function print(text: string | Buffer): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** As it stands in JSON. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function example(name: string): string {
  const text = fs.readFileSync(path.join(examples, agent, `${name}.jsonl`), 'utf8');
  return sessions.reduce((changed, one) => changed.replaceAll(one, session), text);
}

/** One of them gives its answer in two pieces. */
function saying(text: string): string {
  const [first, second] = [answer.slice(0, 20), answer.slice(20)].map(inJson);
  return example('success')
    .replaceAll(inJson(answer), inJson(text))
    .replace(`"${first}"`, JSON.stringify(text))
    .replace(`"${second}"`, '""');
}

async function cut(bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += 97) {
    await print(bytes.subarray(at, at + 97));
    await new Promise(setImmediate);
  }
}

async function flood(megabytes: number): Promise<void> {
  const block = Buffer.from(example('silent').repeat(200));
  for (let left = megabytes * 1024 * 1024; left > 0; left -= block.length) await print(block);
}

/** As Claude Code, which is given its servers in an argument. */
async function callTool(name: string, input: Record<string, unknown>): Promise<void> {
  const [{ Client }, { StdioClientTransport }] = await Promise.all([
    import('@modelcontextprotocol/client'),
    import('@modelcontextprotocol/client/stdio'),
  ]);
  const { mcpServers } = JSON.parse(args[args.indexOf('--mcp-config') + 1] ?? '') as {
    mcpServers: { sparkq: { command: string; args: string[]; env: Record<string, string> } };
  };
  const { command, args: given, env } = mcpServers.sparkq;
  const inherited = Object.entries(process.env).map(([key, value]) => [key, value ?? '']);
  const client = new Client({ name: 'claude-code', version: '1.0.0' });
  const start = { command, args: given, env: { ...Object.fromEntries(inherited), ...env } };
  await client.connect(new StdioClientTransport(start));
  const { isError, content } = await client.callTool({ name, arguments: input });
  if (isError) process.stderr.write(`${JSON.stringify(content)}\n`);
  await client.close();
}

async function act(line: string): Promise<void> {
  const [, word = '', rest = ''] = /^(\S+)(?: (.*))?$/.exec(line) ?? [];
  switch (word) {
    case 'play':
      return print(example(rest));
    case 'begin':
      return print(example(rest).replace(/.+\n$/, ''));
    case 'cut':
      return cut(Buffer.from(example(rest)));
    case 'say':
      return print(saying(rest));
    case 'limit':
      return print(limitLines(agent, session, rest));
    case 'flood':
      return flood(Number(rest));
    case 'stderr':
      process.stderr.write(`${rest}\n`);
      return;
    case 'write': {
      const [name = 'file', ...words] = rest.split(' ');
      return fs.writeFileSync(name, words.join(' '));
    }
    case 'child': {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      child.unref();
      return fs.writeFileSync(path.join(state, 'child.pid'), String(child.pid));
    }
    case 'tool': {
      const [name = '', ...input] = rest.split(' ');
      return callTool(name, JSON.parse(input.join(' ')) as Record<string, unknown>);
    }
    case 'wait':
      return sleep(Number(rest));
    case 'hang':
      setInterval(() => {}, 1000);
      return new Promise(() => {});
    case 'exit':
      process.exit(Number(rest));
  }
}

const words = [
  'play',
  'begin',
  'cut',
  'say',
  'limit',
  'flood',
  'stderr',
  'write',
  'child',
  'tool',
  'wait',
  'hang',
  'exit',
];

/** The lines that count at this start. */
function wanted(prompt: string, start: number): string[] {
  return prompt.split('\n').flatMap((line) => {
    const [, when, rest = ''] = /^(?:(\d+\+?|fresh|resumed): ?)?(.*)$/.exec(line.trim()) ?? [];
    const counts =
      when === undefined ||
      (when === 'fresh' && resumed === null) ||
      (when === 'resumed' && resumed !== null) ||
      (when.endsWith('+') ? start >= Number.parseInt(when, 10) : start === Number(when));
    return counts && words.includes(rest.split(' ')[0] ?? '') ? [rest] : [];
  });
}

/** Of the starts with the same prompt, or of the session that they began. */
function count(prompt: string): number {
  const key = createHash('sha256').update(prompt).digest('hex').slice(0, 16);
  const file = path.join(state, `count-${key}`);
  const start = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) + 1 : 1;
  fs.writeFileSync(file, String(start));
  return start;
}

async function main(): Promise<void> {
  const given = fs.readFileSync(0, 'utf8');
  // One that goes on with a session knows what that was told.
  const known = path.join(state, `session-${session}`);
  const isKnown = fs.existsSync(known);
  if (resumed !== null && isKnown) fs.appendFileSync(known, `\n\n${given}`);
  const prompt = resumed === null || !isKnown ? given : fs.readFileSync(known, 'utf8');
  const first = prompt.split('\n\nGo on')[0] ?? '';
  if (resumed === null) fs.writeFileSync(known, given);
  const lines = wanted(prompt, count(first));
  // One that was killed before it had begun a session knows none by that name.
  const isLost = resumed !== null && !isKnown && lines.length === 0 && agent === 'claude';
  const start = `${JSON.stringify({ agent, args, prompt: given, run })}\n`;
  if (isLost) lines.push('play no-session', 'exit 1');
  else fs.appendFileSync(path.join(state, 'starts.jsonl'), start);
  for (const line of lines.length === 0 ? ['play success'] : lines) await act(line);
}

void main();
