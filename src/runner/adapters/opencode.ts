import { type Adapter, type AgentRequest, type LineReader, option } from './adapter';
import type { AgentEvent } from './agentEvents';
import { type Json, numberAt, objectAt, shortDiff, shortInput, shortOutput, sumOf, textAt } from './fields';
import { limitIn, limitSaying, needsPerson } from './limitText';

/** Permissions that are options of their own; `allow` is a rule for all that it asks, any other one of its agents. */
const bypass = 'dangerously-skip-permissions';

export const opencode: Adapter = {
  name: 'opencode',
  title: 'OpenCode',
  program: 'opencode',
  abilities: { turns: false, budget: false, tokens: true, cost: true, openCalls: false, mcp: true },
  beginsNamed: false,
  spent: [],
  sureEnd: false,
  call: (request) => ({
    args: [
      ...['run', '--format', 'json'],
      ...permissionOf(request.permission),
      ...option('--model', request.model),
      ...(request.resume ? option('--session', request.session) : []),
      ...request.args,
    ],
    stdin: request.prompt,
    env: {
      OPENCODE_AUTO_SHARE: 'false',
      ...(request.permission === 'allow' ? { OPENCODE_PERMISSION: '"allow"' } : {}),
      ...offered(request),
    },
  }),
  reader: () => new OpencodeReader(),
  allowing: ({ tool }) => `permission of "${tool}" in opencode.json`,
};

function permissionOf(permission: string | null): string[] {
  if (permission === null || permission === 'allow') return [];
  return permission === bypass ? [`--${bypass}`] : ['--agent', permission];
}

function offered({ mcp }: AgentRequest): Record<string, string> {
  if (mcp === null) return {};
  const { command, args, env } = mcp;
  const server = { type: 'local', command: [command, ...args], environment: env, enabled: true };
  return { OPENCODE_CONFIG_CONTENT: JSON.stringify({ mcp: { [mcp.name]: server } }) };
}

/** It says nothing at its end: a step after which it calls no more tools is the last. */
class OpencodeReader implements LineReader {
  private session: string | null = null;
  private answer: string[] = [];
  private problem: string | null = null;

  event(line: Json): AgentEvent[] {
    const id = textAt(line, 'sessionID');
    const begun: AgentEvent[] = id === null || id === this.session ? [] : [{ kind: 'session', id }];
    this.session = id ?? this.session;
    return [...begun, ...this.said(line)];
  }

  text(line: string): AgentEvent[] {
    const [, tool, input, refused] =
      /^!?\s*permission requested: (\S+)(?: \((.*?)\))?(; auto-rejecting)?\s*$/.exec(line) ?? [];
    if (tool === undefined) return [{ kind: 'output', text: line }];
    const denial = { tool, input: input ?? null };
    return [{ kind: refused === undefined ? 'asked' : 'denied', denial }];
  }

  private said(line: Json): AgentEvent[] {
    const part = objectAt(line, 'part');
    switch (line.type) {
      case 'text': {
        const text = textAt(part, 'text')?.trim();
        if (text === undefined) return [];
        this.answer.push(text);
        return [{ kind: 'message', text, part: false }];
      }
      case 'tool_use':
        this.answer = [];
        return toolEvents(part);
      case 'step_finish':
        return this.step(part);
      case 'error':
        return this.error(objectAt(line, 'error'));
      default:
        return [];
    }
  }

  private step(part: Json | null): AgentEvent[] {
    const tokens = objectAt(part, 'tokens');
    const cached = numberAt(tokens, 'cache', 'read');
    const usage: AgentEvent = {
      kind: 'usage',
      counts: 'step',
      usage: {
        input: sumOf(numberAt(tokens, 'input'), numberAt(tokens, 'cache', 'write'), cached),
        cached,
        output: sumOf(numberAt(tokens, 'output'), numberAt(tokens, 'reasoning')),
        cost_usd: numberAt(part, 'cost'),
        turns: 1,
      },
    };
    const reason = textAt(part, 'reason');
    if (reason === 'tool-calls') return [usage];
    const ok = reason === null || reason === 'stop';
    const text = this.answer.length === 0 ? null : this.answer.join('\n\n');
    return [usage, { kind: 'end', ok, text, subtype: reason }];
  }

  private error(error: Json | null): AgentEvent[] {
    const name = textAt(error, 'name');
    const said = textAt(error, 'data', 'message') ?? name ?? 'It failed without saying why';
    // What follows the first says less.
    this.problem ??= said;
    const status = numberAt(error, 'data', 'statusCode');
    const end: AgentEvent = { kind: 'end', ok: false, text: this.problem, subtype: name };
    if (name === 'ProviderAuthError' || status === 401 || needsPerson(said))
      return [{ kind: 'login', text: said }, end];
    const limit = status === 429 ? limitSaying(said) : limitIn(said);
    return limit === null ? [end] : [{ kind: 'limit', limit }, end];
  }
}

/** It tells of a call when that has ended. */
function toolEvents(part: Json | null): AgentEvent[] {
  const state = objectAt(part, 'state');
  const id = textAt(part, 'callID');
  const tool = textAt(part, 'tool') ?? 'tool';
  const input = shortInput(objectAt(state, 'input') ?? {});
  const diff = textAt(state, 'metadata', 'diff');
  const said = textAt(state, 'error');
  return [
    { kind: 'tool_started', id, name: tool, input, diff: diff === null ? null : shortDiff(diff) },
    {
      kind: 'tool_ended',
      id,
      ok: state?.status === 'completed',
      output: shortOutput(textAt(state, 'output') ?? said),
      diff: null,
    },
    ...(/\brejected permission\b/i.test(said ?? '')
      ? [{ kind: 'denied', denial: { tool, input } } as const]
      : []),
  ];
}
