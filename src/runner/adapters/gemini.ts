import { type Adapter, type LineReader, option } from './adapter';
import type { AgentEvent } from './agentEvents';
import { diffOf, type Json, numberAt, objectAt, shortInput, shortOutput, textAt } from './fields';
import { limitIn, needsPerson } from './limitText';

export const gemini: Adapter = {
  name: 'gemini',
  title: 'Gemini CLI',
  program: 'gemini',
  abilities: { turns: false, budget: false, tokens: true, cost: false, openCalls: true, mcp: false },
  beginsNamed: false,
  spent: ['FatalTurnLimitedError'],
  sureEnd: true,
  call: (request) => ({
    args: [
      ...['--output-format', 'stream-json', '--approval-mode', request.permission ?? 'auto_edit'],
      ...option('--model', request.model),
      ...(request.resume ? option('--resume', request.session) : []),
      ...request.args,
    ],
    stdin: request.prompt,
    // Nobody is there to say so, and the editor or the caller has.
    env: { GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  }),
  reader: (resumed) => new GeminiReader(resumed),
  exitCodes: { 41: 'login', 53: 'budget' },
  allowing: ({ tool }) =>
    /^(?:replace|write_file|edit)$/.test(tool) ? 'permission: auto_edit' : `args: [--allowed-tools, ${tool}]`,
};

class GeminiReader implements LineReader {
  private answer = '';
  private problem: string | null = null;
  private readonly names = new Map<string, { tool: string; input: string }>();

  constructor(private readonly resumed: boolean) {}

  event(line: Json): AgentEvent[] {
    switch (line.type) {
      case 'init': {
        const id = textAt(line, 'session_id');
        return id === null ? [] : [{ kind: 'session', id }];
      }
      case 'message':
        return this.message(line);
      case 'tool_use':
        return this.started(line);
      case 'tool_result':
        return this.ended(line);
      case 'error':
        return line.severity === 'error' ? this.error(textAt(line, 'message')) : [];
      case 'result':
        return this.end(line);
      default:
        return [];
    }
  }

  private message(line: Json): AgentEvent[] {
    if (line.role !== 'assistant' || typeof line.content !== 'string' || line.content === '') return [];
    const part = line.delta === true && this.answer !== '';
    this.answer = part ? this.answer + line.content : line.content;
    return [{ kind: 'message', text: line.content, part }];
  }

  private started(line: Json): AgentEvent[] {
    // What it says after the last call is its answer.
    this.answer = '';
    const { parameters } = line;
    const id = textAt(line, 'tool_id');
    const name = textAt(line, 'tool_name') ?? 'tool';
    const input = shortInput(parameters);
    if (id !== null) this.names.set(id, { tool: name, input });
    const file = textAt(parameters, 'file_path');
    const before = textAt(parameters, 'old_string');
    const after = textAt(parameters, 'new_string') ?? textAt(parameters, 'content');
    const diff = file !== null && after !== null ? diffOf(file, before, after) : null;
    return [{ kind: 'tool_started', id, name, input, diff }];
  }

  private ended(line: Json): AgentEvent[] {
    const id = textAt(line, 'tool_id');
    const said = textAt(line, 'error', 'message');
    const denied =
      textAt(line, 'error', 'type') === 'policy_violation' ||
      /denied by policy|not supported in non-interactive mode/i.test(said ?? '');
    const call = this.names.get(id ?? '') ?? { tool: 'tool', input: null };
    this.names.delete(id ?? '');
    return [
      {
        kind: 'tool_ended',
        id,
        ok: line.status === 'success',
        output: shortOutput(textAt(line, 'output') ?? said),
        diff: null,
      },
      ...(denied ? [{ kind: 'denied', denial: call } as const] : []),
    ];
  }

  private error(text: string | null): AgentEvent[] {
    if (text === null) return [];
    this.problem = text;
    if (needsPerson(text)) return [{ kind: 'login', text }];
    const limit = limitIn(text);
    return limit === null ? [] : [{ kind: 'limit', limit: { ...limit, until: readable(text) } }];
  }

  private end(line: Json): AgentEvent[] {
    const ok = line.status === 'success';
    const answer = this.answer === '' ? null : this.answer;
    const said = ok ? [] : this.error(textAt(line, 'error', 'message'));
    const usage = this.usage(objectAt(line, 'stats'));
    const text = ok ? answer : (this.problem ?? answer);
    return [
      ...said,
      ...(usage === null ? [] : [usage]),
      { kind: 'end', ok, text, subtype: textAt(line, 'error', 'type') },
    ];
  }

  /** Whether a session that goes on counts from its beginning differs by version. */
  private usage(stats: Json | null): AgentEvent | null {
    if (stats === null || this.resumed) return null;
    return {
      kind: 'usage',
      counts: 'run',
      usage: {
        input: numberAt(stats, 'input_tokens'),
        cached: numberAt(stats, 'cached'),
        output: numberAt(stats, 'output_tokens'),
      },
    };
  }
}

/** `reset after 2h3m12s` as other agents say it. */
function readable(text: string): string {
  const [, hours, minutes, seconds] =
    /\breset after (?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?/i.exec(text) ?? [];
  const parts = [
    hours && `${hours} hours`,
    minutes && `${minutes} minutes`,
    seconds && `${seconds} seconds`,
  ].filter(Boolean);
  return parts.length === 0
    ? text
    : `${text} Try again in ${parts.join(' ')}.`.replace(/reset after/i, 'after');
}
