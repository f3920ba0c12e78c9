/** Reads what an agent prints, as it comes. Pure. */

import type { LineReader } from './adapter';
import type { AgentEvent } from './agentEvents';
import { isObject } from './fields';

/** A longer line is left out: no event is as long. Bytes. */
const longestLine = 10 * 1024 * 1024;
const newline = 10;

/** Takes bytes cut anywhere. Memory does not grow with what it has read, but for the line that is not complete. */
export class AgentReader {
  private held: Buffer[] = [];
  private length = 0;
  private skipping = false;

  constructor(private readonly reader: LineReader) {}

  /** What the lines say that are complete with these bytes. */
  push(chunk: Buffer): AgentEvent[] {
    const events: AgentEvent[] = [];
    let from = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      this.hold(chunk.subarray(from, end));
      events.push(...this.end());
      this.skipping = false;
      from = end + 1;
    }
    this.hold(chunk.subarray(from));
    return events;
  }

  /** What the last line says, where nothing ended it. */
  end(): AgentEvent[] {
    const line = Buffer.concat(this.held, this.length).toString('utf8');
    this.held = [];
    this.length = 0;
    return eventsIn(this.reader, line);
  }

  private hold(bytes: Buffer): void {
    if (bytes.length === 0 || this.skipping) return;
    this.held.push(bytes);
    this.length += bytes.length;
    if (this.length <= longestLine) return;
    this.held = [];
    this.length = 0;
    this.skipping = true;
  }
}

function eventsIn(reader: LineReader, line: string): AgentEvent[] {
  if (line.trim() === '') return [];
  const value = parsed(line);
  if (isObject(value)) return reader.event(value);
  return reader.text?.(line.trimEnd()) ?? [{ kind: 'output', text: line.trimEnd() }];
}

function parsed(line: string): unknown {
  // A line that fails to be parsed takes ten times as long as any other.
  if (!line.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
