import assert from 'node:assert/strict';
import { ProblemFinder } from '../../../../src/scripts/problems/problemFinder';
import { endOfLine } from '../../../../src/scripts/problems/problemMatcher';
import { readMatchers } from '../../../../src/scripts/problems/readMatchers';
import { findProblems, problemLines } from './findProblems';

describe('ProblemFinder', () => {
  const simple = { regexp: '^(.+?):(\\d+):(\\d+): (.*)$', file: 1, line: 2, column: 3, message: 4 };

  it('gives a problem the whole line where the output names no column', () => {
    const pattern = { regexp: '^(.+?):(\\d+): (.*)$', file: 1, line: 2, message: 3 };
    assert.deepEqual(findProblems({ owner: 'x', severity: 'warning', pattern }, 'a.c:3: odd'), [
      {
        file: 'a.c',
        line: 3,
        column: 1,
        endLine: 3,
        endColumn: endOfLine,
        severity: 'warning',
        source: 'x',
        code: null,
        message: 'odd',
        base: null,
      },
    ]);
  });

  it('reads a range from one group, or from four', () => {
    const place = ({ line, column, endLine, endColumn }: ReturnType<typeof findProblems>[number]) => [
      line,
      column,
      endLine,
      endColumn,
    ];
    const one = { regexp: '^(.+)\\(([\\d,]+)\\): (.*)$', file: 1, location: 2, message: 3 };
    assert.deepEqual(findProblems({ pattern: one }, 'a(1,2,3,4): x\na(5,6): y\na(7): z').map(place), [
      [1, 2, 3, 4],
      [5, 6, 5, 6],
      [7, 1, 7, endOfLine],
    ]);
    const four = {
      regexp: '^(\\w+) (\\d+) (\\d+) (\\d+) (\\d+) (.*)$',
      file: 1,
      line: 2,
      column: 3,
      endLine: 4,
      endColumn: 5,
      message: 6,
    };
    assert.deepEqual(findProblems({ pattern: four }, 'a 1 2 3 4 x').map(place), [[1, 2, 3, 4]]);
  });

  it('reads a problem of a whole file, which has no line', () => {
    const pattern = { regexp: '^Cannot format (\\S+): (.*)$', kind: 'file', file: 1, message: 2 };
    assert.deepEqual(problemLines({ pattern }, 'Cannot format a.py: bad'), ['a.py:1:1 error -: bad']);
  });

  it('joins the messages of several lines, and keeps what the first one said', () => {
    const pattern = [
      { regexp: '^(error|warning) in (.*)$', severity: 1, file: 2 },
      { regexp: '^ at (\\d+)$', line: 1 },
      { regexp: '^ (.+)$', message: 1 },
      { regexp: '^ (.+)$', message: 1 },
    ];
    assert.deepEqual(problemLines({ pattern }, 'noise\nwarning in a.c\n at 4\n one\n two\n three'), [
      'a.c:4:1 warning -: one\ntwo',
    ]);
  });

  it('loops over the last pattern until a line does not match, and then begins again', () => {
    const pattern = [
      { regexp: '^FILE (.+)$', file: 1 },
      { regexp: '^(\\d+) (.+)$', line: 1, message: 2, loop: true },
    ];
    const text = 'FILE a\n1 one\n2 two\nend\n3 lost\nFILE b\n4 four';
    assert.deepEqual(problemLines({ pattern }, text), [
      'a:1:1 error -: one',
      'a:2:1 error -: two',
      'b:4:1 error -: four',
    ]);
  });

  it('prefers matchers of more lines, and gives a line to one problem', () => {
    const long = {
      pattern: [
        { regexp: '^(a):1:1: x$', file: 1 },
        { regexp: '^(b):(2):2: (y)$', line: 2, message: 3 },
      ],
    };
    assert.deepEqual(problemLines([{ pattern: simple }, long], 'c:3:3: z\nb:2:2: y'), [
      'c:3:3 error -: z',
      'b:2:2 error -: y',
    ]);
    assert.deepEqual(problemLines([long], 'a:1:1: x\nb:2:2: y'), ['a:2:1 error -: y']);
  });

  it('does not join lines between which some are missing', () => {
    const { matchers } = readMatchers('$eslint-stylish');
    const finder = new ProblemFinder(matchers);
    assert.equal(finder.next('/work/a.js'), null);
    finder.reset();
    assert.equal(finder.next('  1:5  error  x  y'), null);
    assert.equal(finder.next('/work/a.js'), null);
    assert.equal(finder.next('  1:5  error  x  y')?.file, '/work/a.js');
    finder.reset();
    assert.equal(finder.next('  2:5  error  x  y'), null);
  });

  it('has no place for lines that are no numbers, and none before the first', () => {
    const pattern = { regexp: '^(\\w+):(\\w+): (.*)$', file: 1, line: 2, message: 3 };
    assert.deepEqual(problemLines({ pattern }, 'a:b: x\na:0: y\na:12345678901: z'), ['a:1:1 error -: y']);
  });

  it('looks at the beginning of a long line only', () => {
    const long = `a:1:2: ${'x'.repeat(100_000)}`;
    assert.equal(findProblems({ pattern: simple }, long)[0]?.message?.length, 4_000 - 'a:1:2: '.length);
  });
});
