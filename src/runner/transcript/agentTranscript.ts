/** Reads what the run of an agent has printed as a transcript. Pure. */

import type { AgentName } from '../../core/config';
import { shortened } from '../../core/cutText';
import type { Gap } from '../../core/outputGap';
import { oneLine, plainText, printable } from '../../core/plainText';
import type { TranscriptChange, TranscriptItem } from '../../pages/taskPage/transcript';
import type { LineReader } from '../adapters/adapter';
import { adapters } from '../adapters/adapters';
import type { AgentEnd, AgentEvent, ToolEnded, ToolStarted, UsageEvent } from '../adapters/agentEvents';
import { AgentReader } from '../adapters/agentReader';

/** What a transcript depends on besides the output. */
export interface TranscribedRun {
  agent: AgentName;
  /** Whether it may go on with a session, whose numbers then tell of more than this run. */
  resumed: boolean;
}

/** Characters of an item; what continues it then begins another. */
const longestText = 64 * 1024;
const longestName = 200;
/** Calls that are remembered while they are open. */
const mostOpen = 1_000;
const newline = 10;

/** Takes bytes cut anywhere. Memory does not grow with what it has read. */
export class AgentTranscript {
  private readonly lines: LineReader;
  private reader: AgentReader;
  /** The rest of a line whose beginning is missing is passed over. */
  private inCutLine: boolean;
  private position: number;
  private lineStart: number;
  private lastId = -1;
  /** The item that may be continued, and how long it is. */
  private last: { id: number; kind: TranscriptItem['kind']; length: number } | null = null;
  /** Items by the ids that the agent gives its calls. */
  private readonly open = new Map<string, number>();
  /** Whether some of the run is unknown, so that nothing can be added up. */
  private partial: boolean;
  private turns: number | null = null;
  private cost: number | null = null;
  private hasSpoken = false;
  private limited = false;
  private lastText = '';

  /** @param start the offset in the output at which it begins to read; may be within a line */
  constructor(
    private readonly run: TranscribedRun,
    start = 0,
  ) {
    this.lines = adapters[run.agent].reader(run.resumed);
    this.reader = new AgentReader(this.lines);
    this.position = start;
    this.lineStart = start;
    this.inCutLine = start > 0;
    this.partial = start > 0;
  }

  push(chunk: Buffer): TranscriptChange[] {
    const changes: TranscriptChange[] = [];
    for (let from = 0; from < chunk.length; ) {
      const found = chunk.indexOf(newline, from);
      const to = found < 0 ? chunk.length : found + 1;
      if (!this.inCutLine) changes.push(...this.following(this.reader.push(chunk.subarray(from, to))));
      this.position += to - from;
      if (found >= 0) {
        this.inCutLine = false;
        this.lineStart = this.position;
      }
      from = to;
    }
    return changes;
  }

  /** What comes next begins after bytes that were dropped, in the middle of a line. */
  skip(gap: Gap): TranscriptChange[] {
    this.reader = new AgentReader(this.lines);
    this.inCutLine = true;
    this.partial = true;
    this.position = gap.to;
    const { from, to } = gap;
    const changes = this.add({ kind: 'gap', from, to });
    this.lineStart = gap.to;
    return changes;
  }

  /** What the last line says, where nothing ended it. */
  end(): TranscriptChange[] {
    return this.following(this.reader.end());
  }

  private following(events: readonly AgentEvent[]): TranscriptChange[] {
    return events.flatMap((event) => this.follow(event));
  }

  private follow(event: AgentEvent): TranscriptChange[] {
    switch (event.kind) {
      case 'message':
        this.goesOn();
        this.hasSpoken = true;
        return this.say('message', clean(event.text), event.part);
      case 'output':
        return isFragment(event.text) ? [] : this.say('output', clean(event.text), true);
      case 'tool_started':
        this.goesOn();
        return this.started(event);
      case 'tool_ended':
        return this.ended(event);
      case 'usage':
        this.count(event);
        return [];
      case 'limit': {
        // Agents tell of one limit several times: first as what it is, then in words.
        if (this.limited) return [];
        this.limited = true;
        const { name, model, until } = event.limit;
        const said = typeof until === 'string' ? line(until) : until;
        return this.add({
          kind: 'limit',
          name: name && line(name),
          model: model && line(model),
          until: said,
        });
      }
      case 'login': {
        const text = clean(event.text);
        return this.isRepeated(text) ? [] : this.saidOnce({ kind: 'login', text });
      }
      case 'denied':
      case 'asked': {
        const { tool, input } = event.denial;
        return this.add({ kind: event.kind, tool: line(tool), input: input && line(input) });
      }
      case 'question': {
        const { text, choices } = event.question;
        return this.add({ kind: 'question', text: clean(text), choices: choices.map(line) });
      }
      case 'end':
        return this.ends(event);
      case 'session':
        return [];
    }
  }

  /** The model has answered: a limit that is told of now is another. */
  private goesOn(): void {
    this.limited = false;
  }

  private say(kind: 'message' | 'output', text: string, continues: boolean): TranscriptChange[] {
    const { last } = this;
    if (continues && last?.kind === kind && last.length < longestText) {
      const more = shortened(kind === 'output' ? `\n${text}` : text, longestText);
      last.length += more.length;
      this.lastText += more;
      return [{ kind: 'more', id: last.id, text: more }];
    }
    return this.saidOnce({ kind, text: shortened(text, longestText) });
  }

  private saidOnce(item: TranscriptItem & { text: string }): TranscriptChange[] {
    this.lastText = item.text;
    return this.add(item);
  }

  private started({ id, name, input, diff }: ToolStarted): TranscriptChange[] {
    const changes = this.add({
      kind: 'call',
      name: shortened(line(name), longestName),
      input: line(input),
      state: 'open',
      output: null,
      diff: diff && clean(diff),
    });
    if (id === null) return changes;
    const [oldest] = this.open.keys();
    if (this.open.size >= mostOpen && oldest !== undefined) this.open.delete(oldest);
    this.open.set(id, this.lastId);
    return changes;
  }

  private ended({ id, ok, output, diff }: ToolEnded): TranscriptChange[] {
    const item = id === null ? undefined : this.open.get(id);
    const what = { output: output && clean(output), diff: diff && clean(diff) };
    if (id === null || item === undefined)
      return this.add({ kind: 'call', name: null, input: '', state: ok ? 'ok' : 'failed', ...what });
    this.open.delete(id);
    return [{ kind: 'ended', id: item, ok, ...what }];
  }

  private count({ usage, counts }: UsageEvent): void {
    const known = counts === 'step' ? !this.partial : counts === 'run' || !this.run.resumed;
    const counted = (before: number | null, value: number | null | undefined): number | null => {
      if (value === undefined) return before;
      if (value === null || !known) return null;
      return counts === 'step' ? (before ?? 0) + value : value;
    };
    this.turns = counted(this.turns, usage.turns);
    this.cost = counted(this.cost, usage.cost_usd);
  }

  private ends({ ok, text }: AgentEnd): TranscriptChange[] {
    const said = text === null ? null : shortened(clean(text), longestText);
    // The answer of a run that succeeds is what the agent has said last.
    const again = said === null || (ok ? this.hasSpoken : this.isRepeated(said));
    if (said !== null) this.lastText = said;
    return this.add({ kind: 'end', ok, text: again ? null : said, turns: this.turns, cost_usd: this.cost });
  }

  private isRepeated(text: string): boolean {
    return text.trim() === this.lastText.trim();
  }

  private add(item: TranscriptItem): TranscriptChange[] {
    this.lastId = Math.max(this.lastId + 1, this.lineStart);
    this.last = { id: this.lastId, kind: item.kind, length: 'text' in item ? (item.text?.length ?? 0) : 0 };
    return [{ kind: 'new', id: this.lastId, item }];
  }
}

function clean(text: string): string {
  return printable(plainText(text));
}

function line(text: string): string {
  return shortened(oneLine(clean(text)), longestText);
}

/** A part of an event, as of an agent that was ended in the middle of a line. */
function isFragment(text: string): boolean {
  return text.startsWith('{"');
}
