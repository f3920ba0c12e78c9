import { type Adapter, type AgentRequest, type LineReader, option } from './adapter';
import type { AgentEvent, AgentLimit, AgentQuestion } from './agentEvents';
import {
  diffOf,
  type Json,
  numberAt,
  objectAt,
  objectsAt,
  shortDiff,
  shortInput,
  shortOutput,
  sumOf,
  textAt,
} from './fields';
import { limitIn, limitSaying, needsPerson } from './limitText';

/** What a window of its limits is called. */
const limitNames: Readonly<Record<string, Pick<AgentLimit, 'name' | 'model'>>> = {
  five_hour: { name: '5-hour limit', model: null },
  seven_day: { name: 'weekly limit', model: null },
  seven_day_opus: { name: 'weekly limit of Opus', model: 'opus' },
  seven_day_sonnet: { name: 'weekly limit of Sonnet', model: 'sonnet' },
  overage: { name: 'extra usage', model: null },
};

/** The tool by which it asks the user, which a run without a terminal is refused. */
const askingTool = 'AskUserQuestion';

export const claude: Adapter = {
  name: 'claude',
  title: 'Claude Code',
  program: 'claude',
  abilities: { turns: true, budget: true, tokens: true, cost: true, openCalls: true, mcp: true },
  beginsNamed: true,
  spent: ['error_max_turns', 'error_max_budget_usd'],
  sureEnd: true,
  call: (request) => ({
    args: [
      ...['-p', '--output-format', 'stream-json', '--verbose'],
      ...option(request.resume ? '--resume' : '--session-id', request.session),
      ...['--permission-mode', request.permission ?? 'acceptEdits'],
      ...option('--model', request.model),
      ...option('--max-turns', request.max_turns),
      ...option('--max-budget-usd', request.max_budget_usd),
      ...offered(request),
      ...request.args,
    ],
    stdin: request.prompt,
    env: {},
  }),
  reader: () => ({ event: eventsOf }),
  allowing: ({ tool }) =>
    ['Edit', 'MultiEdit', 'Write', 'NotebookEdit'].includes(tool)
      ? 'permission: acceptEdits'
      : `args: [--allowedTools, ${tool}]`,
};

function offered({ mcp }: AgentRequest): string[] {
  if (mcp === null) return [];
  const { name, command, args, env } = mcp;
  // Its own environment is passed on to it.
  const config = { mcpServers: { [name]: { command, args, env } } };
  return ['--mcp-config', JSON.stringify(config), '--allowedTools', `mcp__${name}`];
}

const eventsOf: LineReader['event'] = (line) => {
  switch (line.type) {
    case 'system':
      return line.subtype === 'init' ? sessionOf(line) : [];
    case 'assistant':
      return assistantEvents(line);
    case 'user':
      return objectsAt(line, 'message', 'content').flatMap((block) => toolResult(block, line));
    case 'rate_limit_event':
      return rejection(objectAt(line, 'rate_limit_info'));
    case 'result':
      return resultEvents(line);
    default:
      return [];
  }
};

function sessionOf(line: Json): AgentEvent[] {
  const id = textAt(line, 'session_id');
  return id === null ? [] : [{ kind: 'session', id }];
}

function assistantEvents(line: Json): AgentEvent[] {
  const error = textAt(line, 'error');
  if (error !== null) return errorEvents(error, line);
  return objectsAt(line, 'message', 'content').flatMap((block): AgentEvent[] => {
    const text = block.type === 'text' ? textAt(block, 'text') : null;
    if (text !== null) return [{ kind: 'message', text, part: false }];
    if (block.type !== 'tool_use') return [];
    const { input } = block;
    const name = textAt(block, 'name') ?? 'tool';
    return [
      { kind: 'tool_started', id: textAt(block, 'id'), name, input: shortInput(input), diff: editOf(input) },
    ];
  });
}

/** It says what went wrong in the place of its model. */
function errorEvents(error: string, line: Json): AgentEvent[] {
  const text = objectsAt(line, 'message', 'content')
    .flatMap((block) => textAt(block, 'text') ?? [])
    .join('\n');
  const said: AgentEvent = { kind: 'output', text: text === '' ? error : text };
  if (error === 'rate_limit') return [said, { kind: 'limit', limit: limitSaying(text) }];
  return error === 'authentication_failed' || error === 'billing_error'
    ? [said, { kind: 'login', text: said.text }]
    : [said];
}

function editOf(input: unknown): string | null {
  const file = textAt(input, 'file_path');
  if (file === null) return null;
  const raw = input as Json;
  const changed = (edit: Json) =>
    typeof edit.old_string === 'string' && typeof edit.new_string === 'string'
      ? [diffOf(file, edit.old_string, edit.new_string)]
      : [];
  const edits = [raw, ...objectsAt(raw, 'edits')].flatMap(changed);
  if (edits.length > 0) return shortDiff(edits.join('\n'));
  return typeof raw.content === 'string' ? diffOf(file, null, raw.content) : null;
}

function toolResult(block: Json, line: Json): AgentEvent[] {
  if (block.type !== 'tool_result') return [];
  const hunks = objectsAt(line, 'tool_use_result', 'structuredPatch').map(({ lines }) =>
    Array.isArray(lines) ? lines.filter((one) => typeof one === 'string').join('\n') : '',
  );
  return [
    {
      kind: 'tool_ended',
      id: textAt(block, 'tool_use_id'),
      ok: block.is_error !== true,
      output: shortOutput(block.content),
      diff: hunks.length === 0 ? null : shortDiff(hunks.join('\n')),
    },
  ];
}

/** Any other status is a message that all is well. */
function rejection(info: Json | null): AgentEvent[] {
  if (info?.status !== 'rejected') return [];
  const resets = numberAt(info, 'resetsAt');
  const named = limitNames[textAt(info, 'rateLimitType') ?? ''] ?? { name: null, model: null };
  return [{ kind: 'limit', limit: { until: resets === null ? null : resets * 1000, ...named } }];
}

function resultEvents(line: Json): AgentEvent[] {
  const errors = Array.isArray(line.errors)
    ? line.errors.filter((one) => typeof one === 'string').join('\n')
    : '';
  const text = textAt(line, 'result') ?? (errors === '' ? null : errors);
  const failed = line.is_error === true || line.subtype !== 'success';
  const limit = failed && text !== null ? limitIn(text) : null;
  const needs = failed && text !== null && needsPerson(text);
  return [
    ...sessionOf(line),
    ...usageEvents(line),
    ...objectsAt(line, 'permission_denials').flatMap(denialEvents),
    ...(limit === null ? [] : [{ kind: 'limit', limit } as const]),
    ...(needs ? [{ kind: 'login', text } as const] : []),
    { kind: 'end', ok: !failed, text, subtype: textAt(line, 'subtype') },
  ];
}

function usageEvents(line: Json): AgentEvent[] {
  const usage = objectAt(line, 'usage');
  const cached = numberAt(usage, 'cache_read_input_tokens');
  const written = numberAt(usage, 'cache_creation_input_tokens');
  const input = sumOf(numberAt(usage, 'input_tokens'), written, cached);
  const output = numberAt(usage, 'output_tokens');
  return [
    {
      kind: 'usage',
      counts: 'run',
      usage: { input, cached, output, turns: numberAt(line, 'num_turns') },
    },
    { kind: 'usage', counts: 'session', usage: { cost_usd: numberAt(line, 'total_cost_usd') } },
  ];
}

function denialEvents(denied: Json): AgentEvent[] {
  const tool = textAt(denied, 'tool_name') ?? 'tool';
  const questions = tool === askingTool ? objectsAt(denied, 'tool_input', 'questions') : [];
  if (questions.length > 0)
    return questions.map(questionOf).map((question) => ({ kind: 'question', question }));
  return [{ kind: 'denied', denial: { tool, input: shortInput(denied.tool_input) } }];
}

function questionOf(asked: Json): AgentQuestion {
  return {
    text: textAt(asked, 'question') ?? '',
    choices: objectsAt(asked, 'options').flatMap((choice) => textAt(choice, 'label') ?? []),
  };
}
