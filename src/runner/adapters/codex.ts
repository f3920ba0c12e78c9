import { type Adapter, type AgentRequest, type LineReader, option } from './adapter';
import type { AgentEvent } from './agentEvents';
import { type Json, numberAt, objectAt, objectsAt, shortInput, shortOutput, textAt } from './fields';
import { limitIn, needsPerson } from './limitText';

export const codex: Adapter = {
  name: 'codex',
  title: 'Codex',
  program: 'codex',
  abilities: { turns: false, budget: false, tokens: true, cost: false, openCalls: true, mcp: true },
  beginsNamed: false,
  spent: [],
  sureEnd: true,
  call: (request) => ({
    args: [
      ...['exec', '--json', '--sandbox', request.permission ?? 'workspace-write'],
      ...['-c', 'approval_policy="never"'],
      ...option('--model', request.model),
      ...offered(request),
      ...request.args,
      // Options come before it.
      ...(request.resume && request.session !== null ? ['resume', request.session] : []),
      '-',
    ],
    stdin: request.prompt,
    env: {},
  }),
  reader: () => new CodexReader(),
  allowing: () => 'permission: workspace-write',
};

/** Values are TOML, of which JSON's texts and lists are a part. It passes on only the variables that are named. */
function offered({ mcp }: AgentRequest): string[] {
  if (mcp === null) return [];
  const settings: Json = {
    command: mcp.command,
    args: mcp.args,
    env_vars: mcp.inherits,
    default_tools_approval_mode: 'approve',
    ...Object.fromEntries(Object.entries(mcp.env).map(([name, value]) => [`env.${name}`, value])),
  };
  return Object.entries(settings).flatMap(([name, value]) => [
    '-c',
    `mcp_servers.${mcp.name}.${name}=${JSON.stringify(value)}`,
  ]);
}

/** Items that are open from their start to their end; others, such as its list of things to do, stay open for long. */
const calls: Readonly<Record<string, (item: Json) => { name: string; input: unknown }>> = {
  command_execution: (item) => ({ name: 'command', input: item.command }),
  mcp_tool_call: (item) => ({
    name: [textAt(item, 'server'), textAt(item, 'tool')].filter(Boolean).join('.'),
    input: item.arguments,
  }),
  web_search: (item) => ({ name: 'web search', input: item.query }),
  collab_tool_call: (item) => ({ name: textAt(item, 'tool') ?? 'agent', input: item.prompt }),
};

class CodexReader implements LineReader {
  private answer: string | null = null;

  event(line: Json): AgentEvent[] {
    switch (line.type) {
      case 'thread.started':
        return sessionOf(textAt(line, 'thread_id'));
      case 'item.started':
        return this.started(objectAt(line, 'item'));
      case 'item.completed':
        return this.completed(objectAt(line, 'item'));
      case 'request_user_input':
        return objectsAt(line, 'questions').map((asked) => ({
          kind: 'question',
          question: {
            text: textAt(asked, 'question') ?? textAt(asked, 'header') ?? '',
            choices: objectsAt(asked, 'options').flatMap((choice) => textAt(choice, 'label') ?? []),
          },
        }));
      case 'error':
        return signalsIn(textAt(line, 'message'));
      case 'turn.completed':
        return [
          usageOf(objectAt(line, 'usage')),
          { kind: 'end', ok: true, text: this.answer, subtype: null },
        ];
      case 'turn.failed': {
        const text = textAt(line, 'error', 'message');
        return [...signalsIn(text), { kind: 'end', ok: false, text, subtype: null }];
      }
      default:
        return [];
    }
  }

  private started(item: Json | null): AgentEvent[] {
    const call = calls[textAt(item, 'type') ?? ''];
    if (item === null || call === undefined) return [];
    const { name, input } = call(item);
    return [{ kind: 'tool_started', id: textAt(item, 'id'), name, input: shortInput(input), diff: null }];
  }

  private completed(item: Json | null): AgentEvent[] {
    const text = textAt(item, 'text');
    const id = textAt(item, 'id');
    const type = textAt(item, 'type') ?? '';
    if (type === 'agent_message' && text !== null) {
      this.answer = text;
      return [{ kind: 'message', text, part: false }];
    }
    const ok = item?.status === 'completed' && (numberAt(item, 'exit_code') ?? 0) === 0;
    if (type === 'file_change') {
      const input = objectsAt(item, 'changes')
        .map((change) => `${textAt(change, 'kind') ?? 'change'} ${textAt(change, 'path') ?? ''}`)
        .join(', ');
      return [
        { kind: 'tool_started', id, name: 'edit', input: shortInput(input), diff: null },
        { kind: 'tool_ended', id, ok, output: null, diff: null },
      ];
    }
    const call = calls[type];
    if (item === null || call === undefined) return [];
    const output = shortOutput(
      item.aggregated_output ?? objectAt(item, 'result')?.content ?? textAt(item, 'error', 'message'),
    );
    const { name, input } = call(item);
    return [
      { kind: 'tool_ended', id, ok, output, diff: null },
      ...(item.status === 'declined'
        ? [{ kind: 'denied', denial: { tool: name, input: shortInput(input) } } as const]
        : []),
    ];
  }
}

function sessionOf(id: string | null): AgentEvent[] {
  return id === null ? [] : [{ kind: 'session', id }];
}

/** What it says of the account in an error, which may be one that it recovers from. */
function signalsIn(text: string | null): AgentEvent[] {
  if (text === null) return [];
  const said = messageIn(text);
  if (needsPerson(said)) return [{ kind: 'login', text: said }];
  const limit = limitIn(said);
  return limit === null ? [] : [{ kind: 'limit', limit }];
}

/** Some errors are JSON with a message in it. */
function messageIn(text: string): string {
  if (!text.startsWith('{')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return textAt(value, 'error', 'message') ?? textAt(value, 'message') ?? text;
  } catch {
    return text;
  }
}

/** It counts all of a session, and says nothing of money. */
function usageOf(usage: Json | null): AgentEvent {
  return {
    kind: 'usage',
    counts: 'session',
    usage:
      usage !== null
        ? {
            input: numberAt(usage, 'input_tokens'),
            cached: numberAt(usage, 'cached_input_tokens'),
            output: numberAt(usage, 'output_tokens'),
          }
        : {},
  };
}
