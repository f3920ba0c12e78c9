import assert from 'node:assert/strict';
import { errorLine } from '../../../src/runner/errorLine';

const node = 'Node.js v20.11.0\n';
const stack = '    at f (/w/x.js:1:7)\n    at node:internal/main:23:47\n';
const javaStack = '\tat Main.f(Main.java:5)\n\tat Main.main(Main.java:2)\n';

/** What failing programs write, by the line that says what happened. */
const outputs: readonly [string, string][] = [
  ['Error: no route', `/w/x.js:1\nthrow new Error('no route')\n^\n\nError: no route\n${stack}\n${node}`],
  [
    'Error: first',
    `/w/x.js:1\n  fail()\n  ^\n\nError: first\nsecond\n${stack}  [cause]: Error: deep\n${stack}\n${node}`,
  ],
  ["'boom'", `/w/x.js:1\nthrow 'boom'\n^\nUncaught:\n'boom'\n(Use \`node --trace-uncaught ...\`)\n\n${node}`],
  [
    "SyntaxError: Unexpected token '}'",
    `/w/x.js:3\n}}\n ^\n\nSyntaxError: Unexpected token '}'\n${stack}\n${node}`,
  ],
  ["Error: ENOENT: open 'x'", `Error: ENOENT: open 'x'\n${stack.trimEnd()} {\n  code: 'ENOENT'\n}\n`],
  ['TypeError: x is not a function', `starting\nTypeError: x is not a function\n${stack}`],
  [
    'ValueError: bad',
    'Traceback (most recent call last):\n  File "x.py", line 1, in <module>\nValueError: bad\n',
  ],
  [
    'pydantic.ValidationError: 1 error',
    'Traceback (most recent call last):\n  File "x.py", line 1\n    f()\npydantic.ValidationError: 1 error\nid\n  see https://errors\n',
  ],
  [
    'ExceptionGroup: two (2 sub-exceptions)',
    '  + Exception Group Traceback (most recent call last):\n  |   File "x.py", line 1\n  | ExceptionGroup: two (2 sub-exceptions)\n  +-+---------------- 1 ----------------\n    | ValueError: a\n    +------------------------------------\n',
  ],
  [
    'java.lang.IllegalStateException: bad',
    `Exception in thread "main" java.lang.IllegalStateException: bad\n${javaStack}Caused by: java.io.IOException: deep\n\t... 2 more\n`,
  ],
  ['System.Exception: bad', 'Unhandled exception. System.Exception: bad\n   at P.Main() in /w/P.cs:line 3\n'],
  [
    'index out of bounds',
    "thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1` environment variable\n",
  ],
  ['boom', "thread 'main' (71) panicked at 'boom', src/main.rs:2:5\nnote: run with `RUST_BACKTRACE=1` x\n"],
  [
    'error[E0308]: mismatched types',
    'error[E0308]: mismatched types\n --> x.rs\n\nerror: aborting due to 1 error\n\nerror: could not compile `x`\n',
  ],
  ['panic: boom', 'panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/w/x.go:4 +0x2c\nexit status 2\n'],
  ['2026/01/01 no config', '2026/01/01 no config\nexit status 1\n'],
  [
    'x.c:1: error: expected',
    'x.c:1: error: expected\nmake[1]: *** [Makefile:2: all] Error 1\nmake: *** [Makefile:9: sub] Error 2\n',
  ],
  ["make: *** No rule to make target 'x'.  Stop.", "make: *** No rule to make target 'x'.  Stop.\n"],
  ['x.sh: line 3: foo: command not found', 'x.sh: line 3: foo: command not found\n'],
  ['no such host', '+ curl x\nno such host\n+ exit 1\n'],
  ['at least one file is needed', 'usage: x\nat least one file is needed\r\n'],
  // Nothing in it is known: the last line stays.
  [node.trim(), node],
];

describe('the line that says what happened', () => {
  for (const [line, text] of outputs) {
    it(`is ${line}`, () => {
      assert.equal(errorLine(text)?.trim(), line);
      assert.equal(errorLine(text.replaceAll('\n', '\r\n'))?.trim(), line, 'with the line ends of Windows');
    });
  }

  it('is not there in blank text', () => assert.equal(errorLine(' \n\n'), null));
});
