import assert from 'node:assert/strict';
import fc from 'fast-check';
import { commentPrefixes, parseHeader } from '../../../src/scripts/header';
import { parseInputs } from '../../../src/scripts/inputs';

const nothing = {
  name: null,
  description: null,
  inputs: null,
  outputs: null,
  tags: [],
  timeout: null,
  kill_after: null,
  task_class: null,
  tool: null,
  needs: null,
  verify: null,
  cwd: null,
  problems: [],
};

describe('parseHeader', () => {
  it('reads every key', () => {
    const text = `#!/usr/bin/env bash
# name: Deploy
# description: Put it there: now
# inputs: HOST, PORT=80
# outputs: a log
# tags: release, , server ,
# timeout: 600
# kill_after: 660
# task_class: OWN
# tool: run-bash
# needs: gpu, port-3000=2
# verify: npm test -- 'a b'
# cwd: services/api
echo
# name: too late
`;
    assert.deepEqual(parseHeader(text, 'deploy.sh'), {
      name: 'Deploy',
      description: 'Put it there: now',
      inputs: 'HOST, PORT=80',
      outputs: 'a log',
      tags: ['release', 'server'],
      timeout: 600,
      kill_after: 660,
      task_class: 'OWN',
      tool: 'run-bash',
      needs: { gpu: 1, 'port-3000': 2 },
      verify: ['npm', 'test', '--', 'a b'],
      cwd: 'services/api',
      problems: [],
    });
  });

  for (const prefix of [...commentPrefixes, 'rem', '@REM']) {
    it(`reads lines that start with ${prefix} as comments`, () => {
      const blank = /rem$/i.test(prefix) ? ' ' : '';
      for (const end of ['\n', '\r\n']) {
        const text = ['', `${prefix}${blank}Name : one`, '', `${prefix}   tags:a,b`, 'code'].join(end);
        assert.deepEqual(parseHeader(text, 'x'), { ...nothing, name: 'one', tags: ['a', 'b'] });
      }
    });
  }

  it('starts after a BOM, a shebang and an encoding line', () => {
    const text = '\uFEFF#!/usr/bin/python3\r\n# -*- coding: utf-8 -*-\r\n\r\n# name: x\r\n';
    assert.deepEqual(parseHeader(text, 'x.py'), { ...nothing, name: 'x' });
  });

  it('starts after @echo off only in a batch file', () => {
    const text = '@echo off\r\nREM name: x\r\n';
    assert.equal(parseHeader(text, 'x.BAT').name, 'x');
    assert.equal(parseHeader(text, 'x.sh').name, null);
  });

  it('ends at the first line that is not a comment', () => {
    for (const line of ['"""', '/*', 'x = 1', 'remove: x', 'REMARK', '- name']) {
      assert.deepEqual(parseHeader(`${line}\n# name: x\n`, 'x.py'), nothing);
    }
  });

  it('lets the last of two equal keys win, even with an empty value', () => {
    assert.equal(parseHeader('# name: a\n# NAME: b\n', 'x.sh').name, 'b');
    assert.equal(parseHeader('# name: a\n# name:\n', 'x.sh').name, null);
  });

  it('ignores unknown keys, whatever their name', () => {
    assert.deepEqual(parseHeader('# author: me\n# constructor: x\n# __proto__: y\n#: z\n', 'x.sh'), nothing);
  });

  for (const value of ['0', '-5', '1.5', '5m', 'soon', '1e3', '99999999999999999999']) {
    it(`reports an invalid timeout or kill_after: ${value}`, () => {
      const text = `#!/bin/sh\n# timeout: ${value}\n# kill_after: ${value}\n`;
      const { timeout, kill_after, problems } = parseHeader(text, 'x.sh');
      assert.deepEqual([timeout, kill_after], [null, null]);
      assert.deepEqual(
        problems.map(({ line, column }) => [line, column]),
        [
          [2, 12],
          [3, 15],
        ],
      );
      assert.match(problems[0]?.message ?? '', /^The timeout ".*" is not a whole number of seconds/);
      assert.match(problems[1]?.message ?? '', /^The kill_after ".*" is not a whole number of seconds/);
    });
  }

  for (const value of ['/etc', '../up', 'a/../../b', 'C:\\x', '\\\\host\\share']) {
    it(`reports a working folder outside the workspace: ${value}`, () => {
      const { cwd, problems } = parseHeader(`# cwd: ${value}\n`, 'x.sh');
      assert.equal(cwd, null);
      assert.match(problems[0]?.message ?? '', /is outside the workspace/);
    });
  }

  it('keeps control characters out of values', () => {
    assert.equal(parseHeader('# name: a\u001b[31mb\u0007\n', 'x.sh').name, 'a [31mb');
  });

  it('is fast on long lines of spaces', () => {
    const blanks = ' '.repeat(8000);
    assert.deepEqual(parseHeader(`#${blanks}!${blanks}x\n`, 'x.sh'), nothing);
    assert.equal(parseHeader(`#${blanks}name${blanks}:${blanks}x${blanks}`, 'x.sh').name, 'x');
  });
});

describe('Any text', () => {
  it('has a header, with problems at lines that exist', () => {
    const word = fc.constantFrom(
      '#',
      '//',
      'REM ',
      ':',
      '\n',
      '\r\n',
      'timeout',
      'cwd',
      '..',
      ' ',
      '\uFEFF',
      '!',
      '(',
      ',',
      '=',
    );
    const text = fc.array(fc.oneof(word, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (script) => {
        const { problems, inputs } = parseHeader(script, 'x.sh');
        parseInputs(inputs ?? script);
        const lines = script.split('\n').length;
        assert.ok(problems.every(({ line, column }) => line >= 1 && line <= lines && column >= 1));
      }),
    );
  });
});

describe('parseInputs', () => {
  const plain = { required: true, default: null, description: null };

  it('parses names, marks, defaults and descriptions', () => {
    assert.deepEqual(
      parseInputs('HOST, PORT=80 - where it listens, DRY (optional), LOG?, OUT (required), X='),
      [
        { ...plain, name: 'HOST' },
        { ...plain, name: 'PORT', required: false, default: '80', description: 'where it listens' },
        { ...plain, name: 'DRY', required: false },
        { ...plain, name: 'LOG', required: false },
        { ...plain, name: 'OUT' },
        { ...plain, name: 'X', required: false, default: '' },
      ],
    );
  });

  it('does not split inside brackets', () => {
    assert.deepEqual(
      parseInputs('files (csv, json), n=[1,2]').map(({ name, default: value }) => [name, value]),
      [
        ['files (csv, json)', null],
        ['n', '[1,2]'],
      ],
    );
  });

  it('returns none if there are none', () => {
    for (const text of [null, '', ' ', 'none', 'None', '-', 'n/a', ', ,'])
      assert.deepEqual(parseInputs(text), []);
  });

  it('reads free text as the name of one input', () => {
    assert.deepEqual(parseInputs('a CSV file'), [{ ...plain, name: 'a CSV file' }]);
  });
});
