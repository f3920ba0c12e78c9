import assert from 'node:assert/strict';
import { builtInMatchers } from '../../../../src/scripts/problems/builtInMatchers';
import { readMatchers } from '../../../../src/scripts/problems/readMatchers';
import { problemLines } from './findProblems';

/** What tools print, and the problems in it. */
const samples: Record<string, [output: string, problems: string[]][]> = {
  tsc: [
    [
      "src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.\n",
      ["src/a.ts:3:7 error TS2322: Type 'string' is not assignable to type 'number'."],
    ],
    [
      'src/名前.ts:12:1 - warning TS6133: unused\n\n12 let a;\n   ~~~\n',
      ['src/名前.ts:12:1 warning TS6133: unused'],
    ],
    ['C:\\work\\a b.ts(1,2): error TS1: x', ['C:\\work\\a b.ts:1:2 error TS1: x']],
    ['Found 2 errors in 1 file (see above).', []],
  ],
  'eslint-stylish': [
    [
      [
        '',
        '/work/a.js',
        "  1:5   error    'x' is not defined  no-undef",
        '  2:10  warning  Missing semicolon   semi',
        '  3:1   error    Parsing error: Unexpected token',
        '',
        '/work/b.js',
        '  9:9  error  Unused  no-unused-vars',
        '',
        '✖ 4 problems',
      ].join('\n'),
      [
        "/work/a.js:1:5 error no-undef: 'x' is not defined",
        '/work/a.js:2:10 warning semi: Missing semicolon',
        '/work/a.js:3:1 error -: Parsing error: Unexpected token',
        '/work/b.js:9:9 error no-unused-vars: Unused',
      ],
    ],
  ],
  'eslint-compact': [
    [
      "/work/a.js: line 3, col 7, Error - 'x' is not defined. (no-undef)\n/work/a.js: line 4, col 1, Warning - Odd",
      ["/work/a.js:3:7 error no-undef: 'x' is not defined.", '/work/a.js:4:1 warning -: Odd'],
    ],
  ],
  gcc: [
    [
      "src/main.c: In function 'main':\nsrc/main.c:5:3: error: expected ';' before 'return'\n    5 |   return\nsrc/main.c:9: warning: odd\nmake: *** [Makefile:2: all] Error 1",
      ["src/main.c:5:3 error -: expected ';' before 'return'", 'src/main.c:9:1 warning -: odd'],
    ],
    ['C:\\w\\a.c:1:2: fatal error: x.h: No such file', ['C:\\w\\a.c:1:2 error -: x.h: No such file']],
    ['a.c:4:2: note: declared here', ['a.c:4:2 information -: declared here']],
  ],
  msCompile: [
    [
      '  3>C:\\w\\Program.cs(7,13): error CS0103: The name x does not exist [C:\\w\\App.csproj]\nLib.cs(2): warning CS1591: Missing',
      [
        'C:\\w\\Program.cs:7:13 error CS0103: The name x does not exist [C:\\w\\App.csproj]',
        'Lib.cs:2:1 warning CS1591: Missing',
      ],
    ],
  ],
  go: [
    [
      '# example.com/app\n./main.go:7:2: undefined: x\nvet: ./b.go:3:1: expected declaration\n    main_test.go:12: got 1',
      [
        './main.go:7:2 error -: undefined: x',
        './b.go:3:1 error -: expected declaration',
        'main_test.go:12:1 error -: got 1',
      ],
    ],
  ],
  rustc: [
    [
      'error[E0308]: mismatched types\n --> src/main.rs:2:18\n  |\nwarning: unused variable\n  --> src/lib.rs:1:5',
      ['src/main.rs:2:18 error E0308: mismatched types', 'src/lib.rs:1:5 warning -: unused variable'],
    ],
  ],
  python: [
    [
      [
        'Traceback (most recent call last):',
        '  File "/work/app.py", line 9, in <module>',
        '    main()',
        '    ~~~~^^',
        '  File "/work/lib/a.py", line 3, in main',
        '    return 1 / 0',
        'ZeroDivisionError: division by zero',
      ].join('\n'),
      ['/work/lib/a.py:3:1 error -: ZeroDivisionError: division by zero'],
    ],
    [
      '  File "a.py", line 2\n    x = (\n        ^\nSyntaxError: \'(\' was never closed',
      ["a.py:2:1 error -: SyntaxError: '(' was never closed"],
    ],
  ],
  'gulp-tsc': [['src/a.ts(3,7): 2322 Type mismatch', ['src/a.ts:3:7 error 2322: Type mismatch']]],
  jshint: [
    [
      'a.js: line 3, col 7, Missing semicolon. (W033)\na.js: line 4, col 1, Bad.',
      ['a.js:3:7 warning 033: Missing semicolon.', 'a.js:4:1 error -: Bad.'],
    ],
  ],
  'jshint-stylish': [
    [
      'a.js\n  line 3  col 7  Missing semicolon. (W033)\n  line 4  col 1  Bad. (E001)',
      ['a.js:3:7 warning 033: Missing semicolon.', 'a.js:4:1 error 001: Bad.'],
    ],
  ],
  lessCompile: [
    ['Unrecognised input in file style.less line no. 3', ['style.less:3:1 error -: Unrecognised input']],
  ],
};

describe('the built-in problem matchers', () => {
  for (const [name, outputs] of Object.entries(samples)) {
    it(`read what $${name} is for`, () => {
      for (const [output, problems] of outputs) assert.deepEqual(problemLines(`$${name}`, output), problems);
    });
  }

  it('are all shown by a sample, and none is refused', () => {
    const names = Object.keys(builtInMatchers);
    assert.deepEqual(
      names.filter((name) => !Object.hasOwn(samples, name)),
      ['tsc-watch'],
    );
    const { matchers, complaints } = readMatchers(names.map((name) => `$${name}`));
    assert.deepEqual(complaints, []);
    assert.ok(matchers.length >= names.length);
  });
});
