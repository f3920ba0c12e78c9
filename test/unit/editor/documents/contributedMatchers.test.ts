import assert from 'node:assert/strict';
import { contributedMatchers } from '../../../../src/editor/documents/contributedMatchers';
import { readMatchers } from '../../../../src/scripts/problems/readMatchers';

describe('The problem matchers of other extensions', () => {
  const pattern = { regexp: '^(\\w+) (\\d+) (.*)$', file: 1, line: 2, message: 3 };
  const packages = [
    null,
    { name: 'plain' },
    { contributes: { problemMatchers: 'odd', problemPatterns: [null, { regexp: 'x' }] } },
    {
      contributes: {
        problemMatchers: [{ name: 'mine', owner: 'me', pattern: '$lines' }],
        problemPatterns: [
          { name: 'one', ...pattern },
          {
            name: 'lines',
            patterns: [
              { regexp: '^in (.*)$', file: 1 },
              { regexp: '^(\\d+) (.*)$', line: 1, message: 2 },
            ],
          },
        ],
      },
    },
  ];

  it('are found by name, with their patterns of one line and of several', () => {
    const contributed = contributedMatchers(packages);
    assert.deepEqual([...contributed.matchers.keys()], ['mine']);
    assert.deepEqual([...contributed.patterns.keys()], ['one', 'lines']);
    const { matchers, complaints } = readMatchers(['$mine', { pattern: '$one' }], contributed);
    assert.deepEqual(complaints, []);
    assert.deepEqual(
      matchers.map(({ source, patterns }) => [source, patterns.length]),
      [
        ['me', 2],
        [null, 1],
      ],
    );
  });
});
