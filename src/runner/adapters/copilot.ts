import { type Adapter, type AgentRequest, type LineReader, option } from './adapter';
import type { AgentEvent, Denial } from './agentEvents';
import { type Json, numberAt, objectAt, shortDiff, shortInput, shortOutput, textAt } from './fields';
import { limitIn, limitSaying, needsPerson } from './limitText';

/** Permissions that are options of their own; any other names tools, as `--allow-tool` takes them. */
const options = ['allow-all-tools', 'allow-all', 'yolo'];

export const copilot: Adapter = {
  name: 'copilot',
  title: 'Copilot CLI',
  program: 'copilot',
  abilities: { turns: false, budget: false, tokens: false, cost: false, openCalls: true, mcp: true },
  beginsNamed: false,
  spent: [],
  sureEnd: true,
  call: (request) => ({
    args: [
      // A question would wait for ever.
      ...['--output-format', 'json', '-s', '--no-ask-user'],
      allowed(request.permission ?? 'write'),
      ...option('--model', request.model),
      ...(request.resume && request.session !== null ? [`--resume=${request.session}`] : []),
      ...offered(request),
      ...request.args,
    ],
    stdin: request.prompt,
    env: {},
  }),
  reader: () => new CopilotReader(),
  allowing: ({ tool }) => `permission: write, ${tool}`,
};

function allowed(permission: string): string {
  return options.includes(permission) ? `--${permission}` : `--allow-tool=${permission}`;
}

function offered({ mcp }: AgentRequest): string[] {
  if (mcp === null) return [];
  const { name, command, args, env } = mcp;
  const config = { mcpServers: { [name]: { type: 'local', command, args, env, tools: ['*'] } } };
  return ['--additional-mcp-config', JSON.stringify(config), `--allow-tool=${name}`];
}

class CopilotReader implements LineReader {
  private answer: string | null = null;
  private problem: string | null = null;

  event(line: Json): AgentEvent[] {
    const data = objectAt(line, 'data');
    const id = textAt(data, 'toolCallId');
    switch (line.type) {
      case 'session.start':
      case 'session.resume':
        return sessionOf(textAt(data, 'sessionId'));
      case 'assistant.message':
        return this.message(data);
      case 'tool.execution_start': {
        const name = textAt(data, 'toolName') ?? 'tool';
        return [{ kind: 'tool_started', id, name, input: shortInput(data?.arguments), diff: null }];
      }
      case 'tool.execution_complete':
        return toolEnded(data, id);
      case 'permission.requested':
        return [{ kind: 'asked', denial: denialOf(objectAt(data, 'permissionRequest')) }];
      case 'session.error':
        return this.error(data);
      case 'result':
        return this.end(line);
      default:
        return [];
    }
  }

  /** It says how many tokens it has written, not how many it has read. */
  private message(data: Json | null): AgentEvent[] {
    const text = textAt(data, 'content')?.trim();
    const output = numberAt(data, 'outputTokens');
    if (text !== undefined) this.answer = text;
    return [
      ...(text === undefined ? [] : [{ kind: 'message', text, part: false } as const]),
      ...(output === null ? [] : [{ kind: 'usage', counts: 'step', usage: { output } } as const]),
    ];
  }

  private error(data: Json | null): AgentEvent[] {
    const text = textAt(data, 'message');
    this.problem = text ?? this.problem;
    const type = textAt(data, 'errorType');
    if (type === 'authentication' || type === 'authorization' || (text !== null && needsPerson(text)))
      return [{ kind: 'login', text: text ?? 'Not logged in' }];
    if (type === 'quota' || type === 'rate_limit') return [{ kind: 'limit', limit: limitSaying(text) }];
    const limit = text === null ? null : limitIn(text);
    return limit === null ? [] : [{ kind: 'limit', limit }];
  }

  private end(line: Json): AgentEvent[] {
    const code = numberAt(line, 'exitCode');
    const ok = code === 0;
    return [
      ...sessionOf(textAt(line, 'sessionId')),
      { kind: 'end', ok, text: ok ? this.answer : (this.problem ?? this.answer), subtype: null },
    ];
  }
}

function sessionOf(id: string | null): AgentEvent[] {
  return id === null ? [] : [{ kind: 'session', id }];
}

function toolEnded(data: Json | null, id: string | null): AgentEvent[] {
  const detail = textAt(data, 'result', 'detailedContent');
  const denied = textAt(data, 'error', 'code') === 'denied';
  return [
    {
      kind: 'tool_ended',
      id,
      ok: data?.success === true,
      output: shortOutput(textAt(data, 'result', 'content') ?? textAt(data, 'error', 'message')),
      diff: detail !== null && /^(?:diff|---|@@)/m.test(detail) ? shortDiff(detail) : null,
    },
    ...(denied
      ? [{ kind: 'denied', denial: { tool: textAt(data, 'toolName') ?? 'tool', input: null } } as const]
      : []),
  ];
}

function denialOf(asked: Json | null): Denial {
  const input =
    textAt(asked, 'fullCommandText') ?? textAt(asked, 'fileName') ?? textAt(asked, 'toolName') ?? null;
  return { tool: textAt(asked, 'kind') ?? 'tool', input: input === null ? null : shortInput(input) };
}
