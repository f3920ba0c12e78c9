import assert from 'node:assert/strict';
import { type Contributed, readMatchers } from '../../../../src/scripts/problems/readMatchers';
import { problemLines } from './findProblems';

const pattern = { regexp: '^(\\w+) (\\d+) (.*)$', file: 1, line: 2, message: 3 };

const contributed: Contributed = {
  matchers: new Map<string, Record<string, unknown>>([
    ['tsc', { name: 'tsc', owner: 'theirs', pattern: '$theirs' }],
    ['loud', { base: '$tsc', severity: 'warning', source: 'loud' }],
    ['round', { base: '$circle' }],
    ['circle', { base: '$round' }],
  ]),
  patterns: new Map<string, unknown>([
    ['theirs', pattern],
    [
      'two',
      [
        { regexp: '^in (.*)$', file: 1 },
        { regexp: '^(\\d+) (.*)$', line: 1, message: 2 },
      ],
    ],
  ]),
};

describe('readMatchers', () => {
  const sourcesOf = (given: unknown) => readMatchers(given, contributed).matchers.map(({ source }) => source);
  const complaintsOf = (given: unknown) => readMatchers(given, contributed).complaints;

  it('takes names with and without $, those of extensions before our own', () => {
    assert.deepEqual(sourcesOf(['$tsc', 'gcc']), ['theirs', 'gcc']);
    assert.deepEqual(problemLines('$tsc', 'a 3 x', contributed), ['a:3:1 error -: x']);
  });

  it('builds on another matcher, and takes a pattern by its name', () => {
    assert.deepEqual(sourcesOf('$loud'), ['loud']);
    assert.deepEqual(problemLines('$loud', 'a 3 x', contributed), ['a:3:1 warning -: x']);
    assert.deepEqual(problemLines({ pattern: '$two' }, 'in a\n3 x', contributed), ['a:3:1 error -: x']);
    assert.deepEqual(problemLines({ base: '$gcc', severity: 'warning' }, 'a.c:3:4: error: x'), [
      'a.c:3:4 error -: x',
    ]);
  });

  it('gives a pattern that names no groups the usual ones', () => {
    const bare = { pattern: { regexp: '^(\\w+) (\\d+) (\\d+) .*$' } };
    assert.deepEqual(problemLines(bare, 'a 3 4 x'), ['a:3:4 error -: a 3 4 x']);
  });

  it('knows where relative paths start, if not in the folder of the run', () => {
    const baseOf = (fileLocation: unknown) => readMatchers({ pattern, fileLocation }).matchers[0]?.base;
    assert.equal(baseOf(undefined), null);
    assert.equal(baseOf('relative'), null);
    assert.equal(baseOf('absolute'), null);
    assert.equal(baseOf(['relative', `\${cwd}`]), null);
    assert.equal(baseOf(['relative', `\${workspaceFolder}`]), '');
    assert.equal(baseOf(['autoDetect', `\${workspaceFolder}/packages/a`]), 'packages/a');
    assert.equal(baseOf(['search', { include: [`\${workspaceFolder}`] }]), null);
  });

  it('says what cannot be used, and uses the rest', () => {
    assert.deepEqual(complaintsOf(['$nothing', '$gcc', 5]), [
      'The problem matcher $nothing is neither built in nor of an extension that is installed.',
      'A problem matcher is a name such as $tsc, or an object with a pattern.',
    ]);
    assert.deepEqual(sourcesOf(['$nothing', '$gcc']), ['gcc']);
    assert.deepEqual(complaintsOf({ owner: 'x' }), ['A problem matcher needs a pattern.']);
    assert.deepEqual(complaintsOf({ pattern: {} }), ['A problem pattern needs a regexp.']);
    assert.deepEqual(complaintsOf({ pattern: { regexp: '(' } }), [
      'The problem pattern ( is no regular expression.',
    ]);
    assert.deepEqual(complaintsOf({ pattern: '$nothing' }), ['The problem pattern $nothing is unknown.']);
    assert.deepEqual(complaintsOf({ pattern: [] }), ['A problem matcher has 1 to 20 patterns.']);
    assert.deepEqual(complaintsOf('constructor'), [
      'The problem matcher constructor is neither built in nor of an extension that is installed.',
    ]);
  });

  it('ends where matchers are each the base of the other', () => {
    assert.equal(complaintsOf('$round').length, 1);
  });
});
