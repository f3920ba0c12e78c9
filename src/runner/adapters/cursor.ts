import { type Adapter, type LineReader, option } from './adapter';
import type { AgentEvent } from './agentEvents';
import {
  isObject,
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
import { limitIn, needsPerson } from './limitText';

export const cursor: Adapter = {
  name: 'cursor',
  title: 'Cursor CLI',
  program: 'cursor-agent',
  abilities: { turns: false, budget: false, tokens: true, cost: false, openCalls: true, mcp: false },
  beginsNamed: false,
  spent: [],
  sureEnd: true,
  call: (request) => ({
    args: [
      // Nobody is there to trust the folder, and the editor or the caller has.
      ...['-p', '--output-format', 'stream-json', '--trust'],
      ...permissionOf(request.permission),
      ...option('--model', request.model),
      ...(request.resume ? option('--resume', request.session) : []),
      ...request.args,
    ],
    stdin: request.prompt,
    env: {},
  }),
  reader: () => ({ event: eventsOf }),
  allowing: () => 'permissions.allow in .cursor/cli.json',
};

/** `plan` and `ask` are modes; without one, it edits in the workspace and is refused what would need a permission. */
function permissionOf(permission: string | null): string[] {
  if (permission === null) return [];
  return permission === 'force' || permission === 'yolo' ? ['--force'] : ['--mode', permission];
}

const eventsOf: LineReader['event'] = (line) => {
  switch (line.type) {
    case 'system': {
      const id = textAt(line, 'session_id');
      return id === null ? [] : [{ kind: 'session', id }];
    }
    case 'assistant':
      return objectsAt(line, 'message', 'content').flatMap((block) => {
        const text = textAt(block, 'text');
        return text === null ? [] : [{ kind: 'message', text, part: false } as const];
      });
    case 'tool_call':
      return callEvents(line);
    case 'result':
      return resultEvents(line);
    default:
      return [];
  }
};

function callEvents(line: Json): AgentEvent[] {
  const id = textAt(line, 'call_id');
  const [key, call] = Object.entries(objectAt(line, 'tool_call') ?? {}).find(([, one]) => isObject(one)) ?? [
    'tool',
    {},
  ];
  const name = key.replace(/ToolCall$/, '');
  const input = shortInput(objectAt(call, 'args') ?? {});
  if (line.subtype === 'started') return [{ kind: 'tool_started', id, name, input, diff: null }];
  if (line.subtype !== 'completed') return [];
  const result = objectAt(call, 'result');
  const diff = textAt(result, 'success', 'diffString');
  const said =
    textAt(result, 'success', 'stdout') ??
    textAt(result, 'failure', 'stderr') ??
    textAt(result, 'error', 'message') ??
    textAt(result, 'rejected', 'reason');
  return [
    {
      kind: 'tool_ended',
      id,
      ok: objectAt(result, 'success') !== null,
      output: shortOutput(said),
      diff: diff === null ? null : shortDiff(diff),
    },
    ...(objectAt(result, 'rejected') === null
      ? []
      : [{ kind: 'denied', denial: { tool: name, input } } as const]),
  ];
}

function resultEvents(line: Json): AgentEvent[] {
  const text = textAt(line, 'result');
  const ok = line.subtype === 'success' && line.is_error !== true;
  const limit = ok || text === null ? null : limitIn(text);
  const usage = objectAt(line, 'usage');
  const cached = numberAt(usage, 'cacheReadTokens');
  return [
    ...(usage === null
      ? []
      : [
          {
            kind: 'usage',
            counts: 'run',
            usage: {
              input: sumOf(numberAt(usage, 'inputTokens'), numberAt(usage, 'cacheWriteTokens'), cached),
              cached,
              output: numberAt(usage, 'outputTokens'),
            },
          } as const,
        ]),
    ...(limit === null ? [] : [{ kind: 'limit', limit } as const]),
    ...(!ok && text !== null && needsPerson(text) ? [{ kind: 'login', text } as const] : []),
    { kind: 'end', ok, text, subtype: textAt(line, 'subtype') },
  ];
}
