/**
 * Directives that a script prints on stdout: lines `::sparkq progress 40 linking::` and
 * `::sparkq result {"summary": "..."}::`. They are removed from the output that people read.
 */

import type { Progress } from '../runFiles';

export type Directive = { kind: 'progress'; progress: Progress } | { kind: 'result'; json: string };

const opening = Buffer.from('::sparkq ');
/** A longer line is output, whatever it starts with. */
const maxLineLength = 256 * 1024;
const newline = 10;

const shape = /^::sparkq +(progress|result) +(.*)::$/s;

/** The directive on a line; null when the line is ordinary output. */
export function parseDirective(line: string): Directive | null {
  const match = shape.exec(line.trimEnd());
  const rest = match?.[2]?.trim();
  if (!match || !rest) return null;
  return match[1] === 'progress' ? parseProgress(rest) : parseResult(rest);
}

function parseProgress(text: string): Directive | null {
  const match = /^(\d+(?:\.\d+)?)\s*%?(?:\s+(.*))?$/s.exec(text);
  const percent = Number(match?.[1]);
  if (!match || percent > 100) return null;
  return { kind: 'progress', progress: { percent, message: match[2]?.trim() || null } };
}

function parseResult(text: string): Directive | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { kind: 'result', json: text }
      : null;
  } catch {
    return null;
  }
}

/**
 * Removes the directives from a stream of bytes. Everything else is passed on at once, except the start of a line that
 * may still become a directive. The cost per byte does not depend on how many came before.
 */
export class DirectiveFilter {
  private held: Buffer = Buffer.alloc(0);
  private lineStart = true;

  constructor(private readonly onDirective: (directive: Directive) => void) {}

  /** The output in `chunk` and in what was held back before it. */
  push(chunk: Buffer): Buffer {
    const data = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
    this.held = Buffer.alloc(0);
    const kept: Buffer[] = [];
    let at = 0;
    while (at < data.length) {
      const taken = this.lineStart ? this.takeLine(data, at) : 'output';
      if (taken === 'held') break;
      at = taken === 'output' ? this.passOn(data, at, kept) : taken;
    }
    return kept.length === 1 && kept[0] ? kept[0] : Buffer.concat(kept);
  }

  /** What is still held back when the stream ends. */
  end(): Buffer {
    const rest = this.held;
    this.held = Buffer.alloc(0);
    const line = parseDirective(rest.toString('utf8'));
    if (!line) return rest;
    this.onDirective(line);
    return Buffer.alloc(0);
  }

  /** Where the line after the one at `at` starts, when that one was a directive. */
  private takeLine(data: Buffer, at: number): number | 'held' | 'output' {
    const seen = Math.min(opening.length, data.length - at);
    if (opening.compare(data, at, at + seen, 0, seen) !== 0) return 'output';
    const end = data.indexOf(newline, at);
    if (end < 0) {
      if (data.length - at > maxLineLength) return 'output';
      this.held = Buffer.from(data.subarray(at));
      return 'held';
    }
    const directive = end - at <= maxLineLength ? parseDirective(data.toString('utf8', at, end)) : null;
    if (!directive) return 'output';
    this.onDirective(directive);
    return end + 1;
  }

  /** Passes on everything before the next line that may be a directive; returns where that line starts. */
  private passOn(data: Buffer, at: number, kept: Buffer[]): number {
    const candidate = data.indexOf(`\n${opening}`, at);
    const upTo = candidate >= 0 ? candidate + 1 : startOfOpenLine(data, at);
    kept.push(data.subarray(at, upTo));
    this.lineStart = data[upTo - 1] === newline;
    return upTo;
  }
}

/** Where an unfinished line starts that may still become a directive; the end of the data without one. */
function startOfOpenLine(data: Buffer, at: number): number {
  const lineEnd = data.lastIndexOf(newline);
  const tail = data.length - lineEnd - 1;
  const open =
    lineEnd >= at && tail < opening.length && opening.compare(data, lineEnd + 1, data.length, 0, tail) === 0;
  return open ? lineEnd + 1 : data.length;
}
