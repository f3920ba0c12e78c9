/** What a problem matcher is: how a tool prints the problems that it finds, and where they are. */

export type Severity = 'error' | 'warning' | 'information';

/** Groups of a pattern's match: the number of each is what it captures; null for what the line does not say. */
export interface ProblemPattern {
  /** The source of a regular expression. */
  regexp: string;
  file: number | null;
  line: number | null;
  column: number | null;
  endLine: number | null;
  endColumn: number | null;
  /** One group with `line`, `line,column` or all four numbers. */
  location: number | null;
  severity: number | null;
  code: number | null;
  message: number | null;
  /** As often as it matches, once for each problem; of the last pattern only. */
  loop: boolean;
}

/** The groups of a pattern. */
export const problemGroups = [
  'file',
  'line',
  'column',
  'endLine',
  'endColumn',
  'location',
  'severity',
  'code',
  'message',
] as const satisfies readonly (keyof ProblemPattern)[];

/** A matcher that is ready to be used. Consists of JSON only, so that it can be given to a thread. */
export interface ProblemMatcher {
  /** Who found the problems, as the Problems panel says it. */
  source: string | null;
  severity: Severity;
  /** One for each line of a problem. */
  patterns: ProblemPattern[];
  /** Where a relative path may start, relative to the workspace; null: in the folder of the run only. */
  base: string | null;
}

/** A place in a file with what is wrong there. Lines and columns are one-based. */
export interface Problem {
  /** As it is printed. */
  file: string;
  line: number;
  column: number;
  endLine: number;
  /** `endOfLine` where the line does not say. */
  endColumn: number;
  severity: Severity;
  source: string | null;
  code: string | null;
  message: string;
  /** Of its matcher. */
  base: string | null;
}

export const endOfLine = 2 ** 31 - 1;

/** Lines that a problem can take, and so the patterns of a matcher. */
export const mostPatterns = 20;
