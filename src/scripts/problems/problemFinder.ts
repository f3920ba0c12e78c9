/** Finds problems in the output of a run, line after line. Pure. */

import {
  endOfLine,
  type Problem,
  type ProblemMatcher,
  type ProblemPattern,
  problemGroups,
  type Severity,
} from './problemMatcher';

/** Characters of a line that are searched: what is longer was not printed for people. */
const longestLine = 4_000;
/** Characters of a message, which a loop or several lines can make long. */
const longestMessage = 10_000;

/** What the lines of a problem have said so far. */
type Found = Partial<Record<(typeof problemGroups)[number], string>>;

interface Step {
  pattern: ProblemPattern;
  regexp: RegExp;
}

interface Prepared {
  matcher: ProblemMatcher;
  steps: readonly Step[];
}

/** A matcher whose last pattern matched and may match the next line as well. */
interface Looping {
  prepared: Prepared;
  /** What the patterns before the last one said. */
  found: Found;
}

/**
 * One finder reads one output. As in VS Code, matchers of more lines come first, a line belongs to one problem only, and
 * a pattern that loops goes on until a line does not match.
 */
export class ProblemFinder {
  private readonly matchers: readonly Prepared[];
  private readonly most: number;
  /** The last lines that belong to no problem yet, without escape sequences. */
  private lines: string[] = [];
  private looping: Looping | null = null;

  /** @throws SyntaxError for a pattern that is no regular expression */
  constructor(matchers: readonly ProblemMatcher[]) {
    this.matchers = matchers
      .filter(({ patterns }) => patterns.length > 0)
      .map((matcher) => ({
        matcher,
        steps: matcher.patterns.map((pattern) => ({
          pattern,
          regexp: new RegExp(pattern.regexp),
        })),
      }))
      .sort((a, b) => b.steps.length - a.steps.length);
    this.most = this.matchers[0]?.steps.length ?? 0;
  }

  /** The problem that ends with this line; null for none. @param line without escape sequences and its line break */
  next(line: string): Problem | null {
    if (this.most === 0) return null;
    const text = line.slice(0, longestLine);
    const { looping } = this;
    if (looping) {
      const found = follow(looping.prepared.steps.at(-1), text, looping.found);
      if (found) return problemOf(found, looping.prepared.matcher);
      this.looping = null;
    }
    this.lines.push(text);
    if (this.lines.length > this.most) this.lines.shift();
    for (const prepared of this.matchers) {
      const problem = this.match(prepared);
      if (problem === undefined) continue;
      this.lines = [];
      return problem;
    }
    return null;
  }

  /** Forgets what came before: the next line does not follow the last one. */
  reset(): void {
    this.lines = [];
    this.looping = null;
  }

  /** Undefined if the last lines do not match; null if they do, but name no place. */
  private match(prepared: Prepared): Problem | null | undefined {
    const { steps, matcher } = prepared;
    const first = this.lines.length - steps.length;
    if (first < 0) return undefined;
    let found: Found = {};
    let before: Found = found;
    for (const [index, step] of steps.entries()) {
      before = found;
      const next = follow(step, this.lines[first + index] ?? '', found);
      if (next === null) return undefined;
      found = next;
    }
    if (steps.at(-1)?.pattern.loop) this.looping = { prepared, found: before };
    return problemOf(found, matcher);
  }
}

/** What is known after a line that matches; null if it does not. What an earlier line said stays. */
function follow(step: Step | undefined, line: string, before: Found): Found | null {
  const match = step?.regexp.exec(line);
  if (!step || !match) return null;
  const found: Found = { ...before };
  for (const name of problemGroups) {
    const group = step.pattern[name];
    const text = group === null ? undefined : match[group]?.trim();
    if (text === undefined) continue;
    if (name === 'message' && found.message !== undefined) found.message = `${found.message}\n${text}`;
    else found[name] ??= text;
  }
  return found;
}

function problemOf(found: Found, matcher: ProblemMatcher): Problem | null {
  const { file, message } = found;
  const place = placeOf(found);
  if (!file || !message || place === null) return null;
  return {
    file,
    ...place,
    severity: severityOf(found.severity) ?? matcher.severity,
    source: matcher.source,
    code: found.code || null,
    message: message.slice(0, longestMessage),
    base: matcher.base,
  };
}

type Place = Pick<Problem, 'line' | 'column' | 'endLine' | 'endColumn'>;

/** Null for lines that are no numbers. A problem of a whole file is at its beginning. */
function placeOf(found: Found): Place | null {
  const [line, column, endLine, endColumn] =
    found.location === undefined
      ? [found.line, found.column, found.endLine, found.endColumn].map(numberOf)
      : inLocation(found.location);
  if (line === undefined) {
    const said = found.line !== undefined || found.location !== undefined;
    return said ? null : { line: 1, column: 1, endLine: 1, endColumn: 1 };
  }
  if (column === undefined) return { line, column: 1, endLine: endLine ?? line, endColumn: endOfLine };
  return { line, column, endLine: endLine ?? line, endColumn: endColumn ?? column };
}

/** `12`, `12,4` or `12,4,12,9`. */
function inLocation(text: string): (number | undefined)[] {
  const [line, column, endLine, endColumn] = text.split(',').map(numberOf);
  return endColumn === undefined ? [line, column] : [line, column, endLine, endColumn];
}

function numberOf(text: string | undefined): number | undefined {
  const value = /^\s*(\d{1,9})\s*$/.exec(text ?? '')?.[1];
  return value === undefined ? undefined : Math.max(1, Number(value));
}

/** Undefined for a word that says nothing of it. */
function severityOf(word: string | undefined): Severity | undefined {
  const text = word?.toLowerCase() ?? '';
  if (/^(?:e|fatal|(?:fatal )?error)\b/.test(text)) return 'error';
  if (/^(?:w|warn|warning)\b/.test(text)) return 'warning';
  return /^(?:i|info|information|hint|note|help)\b/.test(text) ? 'information' : undefined;
}
