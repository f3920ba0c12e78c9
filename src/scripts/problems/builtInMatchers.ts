/**
 * The matchers that are there without another extension, under the names by which tasks.json knows them. The patterns
 * are our own readings of what the tools print. Pure.
 */

/** As a contribution or tasks.json has it; readMatchers.ts makes a matcher of it. */
export type Definition = Readonly<Record<string, unknown>>;

/** `file(line,column): error CODE: message` of the compilers of Microsoft, with the number of a parallel build. */
const bracketed = {
  regexp: String.raw`^\s*(?:\d+>)?(\S.*?)\((\d+(?:,\d+){0,3})\)\s*:\s+(fatal error|error|warning|info)\s+(\w+)\s*:\s*(.*)$`,
  file: 1,
  location: 2,
  severity: 3,
  code: 4,
  message: 5,
};

/** TypeScript prints the form with brackets, and on a terminal this one. */
const prettyTsc = {
  regexp: String.raw`^(\S.*?):(\d+):(\d+) - (error|warning|info)\s+(TS\d+)\s*:\s*(.*)$`,
  file: 1,
  line: 2,
  column: 3,
  severity: 4,
  code: 5,
  message: 6,
};

const tsc: readonly Definition[] = [
  { source: 'ts', pattern: bracketed },
  { source: 'ts', pattern: prettyTsc },
];

const eslintStylish = [
  { regexp: String.raw`^(\S.*)$`, file: 1 },
  {
    regexp: String.raw`^\s+(\d+):(\d+)\s+(error|warning|info)\s+(.+?)(?:\s\s+(\S+))?$`,
    line: 1,
    column: 2,
    severity: 3,
    message: 4,
    code: 5,
    loop: true,
  },
];

const jshint = String.raw`(.+?)(?:\s+\((\w)(\d+)\))?$`;

const pythonFrame = { regexp: String.raw`^\s*File "([^"]+)", line (\d+)`, file: 1, line: 2 };
const sourceLine = { regexp: String.raw`^\s+\S` };
const pythonError = {
  regexp: String.raw`^((?:\w+\.)*\w*(?:Error|Exception|Warning|Exit|Interrupt)\b.*)$`,
  message: 1,
};

export const builtInMatchers: Readonly<Record<string, readonly Definition[]>> = {
  tsc,
  'tsc-watch': tsc,
  msCompile: [{ pattern: bracketed }],
  'gulp-tsc': [
    {
      source: 'ts',
      pattern: {
        regexp: String.raw`^(\S.*)\((\d+(?:,\d+){0,3})\):\s+(\d+)\s+(.*)$`,
        file: 1,
        location: 2,
        code: 3,
        message: 4,
      },
    },
  ],
  'eslint-compact': [
    {
      source: 'eslint',
      pattern: {
        regexp: String.raw`^(.+?): line (\d+), col (\d+), (Error|Warning|Info) - (.+?)(?:\s+\(([^()]+)\))?$`,
        file: 1,
        line: 2,
        column: 3,
        severity: 4,
        message: 5,
        code: 6,
      },
    },
  ],
  'eslint-stylish': [{ source: 'eslint', pattern: eslintStylish }],
  jshint: [
    {
      source: 'jshint',
      pattern: {
        regexp: String.raw`^(.+?):\s+line\s+(\d+),\s+col\s+(\d+),\s+${jshint}`,
        file: 1,
        line: 2,
        column: 3,
        message: 4,
        severity: 5,
        code: 6,
      },
    },
  ],
  'jshint-stylish': [
    {
      source: 'jshint',
      pattern: [
        { regexp: String.raw`^(\S.*)$`, file: 1 },
        {
          regexp: String.raw`^\s+line\s+(\d+)\s+col\s+(\d+)\s+${jshint}`,
          line: 1,
          column: 2,
          message: 3,
          severity: 4,
          code: 5,
          loop: true,
        },
      ],
    },
  ],
  lessCompile: [
    {
      source: 'less',
      pattern: { regexp: String.raw`^\s*(.*) in file (.*) line no\. (\d+)$`, message: 1, file: 2, line: 3 },
    },
  ],
  gcc: [
    {
      source: 'gcc',
      pattern: {
        regexp: String.raw`^(\S.*?):(\d+):(?:(\d+):)?\s+(fatal error|error|warning|note):\s+(.*)$`,
        file: 1,
        line: 2,
        column: 3,
        severity: 4,
        message: 5,
      },
    },
  ],
  go: [
    {
      source: 'go',
      pattern: {
        regexp: String.raw`^\s*(?:vet: )?((?:[A-Za-z]:)?[^\s:][^:]*\.\w+):(\d+)(?::(\d+))?:\s+(.*)$`,
        file: 1,
        line: 2,
        column: 3,
        message: 4,
      },
    },
  ],
  rustc: [
    {
      source: 'rustc',
      pattern: [
        { regexp: String.raw`^(error|warning)(?:\[(\w+)\])?: (.*)$`, severity: 1, code: 2, message: 3 },
        { regexp: String.raw`^\s*--> (\S.*?):(\d+):(\d+)$`, file: 1, line: 2, column: 3 },
      ],
    },
  ],
  // The innermost frame of a traceback; newer versions mark the place below its line.
  python: [
    { source: 'python', pattern: [pythonFrame, sourceLine, { regexp: String.raw`^[\s~^]+$` }, pythonError] },
    { source: 'python', pattern: [pythonFrame, sourceLine, pythonError] },
  ],
};
