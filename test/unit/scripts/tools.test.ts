import assert from 'node:assert/strict';
import { toolFor } from '../../../src/scripts/tools';

const silent = { tool: null };

describe('toolFor', () => {
  it('prefers the header to the extension, and that to the first line', () => {
    assert.equal(toolFor('x.py', { tool: 'own' }, '#!/bin/sh'), 'own');
    assert.equal(toolFor('x.PY', silent, '#!/bin/sh'), 'run-python');
    assert.equal(toolFor('x.rb', silent, '#!/bin/sh'), 'run-bash');
    assert.equal(toolFor('x', silent, '#!/usr/bin/env node'), 'run-node');
  });

  it('knows the extensions of its tools', () => {
    const told = ['.sh', '.bash', '.py', '.js', '.mjs', '.ps1', '.BAT', '.cmd', '.rb', '.sql'].map((ext) =>
      toolFor(`a/x${ext}`, silent, ''),
    );
    const shells = ['run-powershell', 'run-cmd', 'run-cmd'];
    assert.deepEqual(told, [
      'run-bash',
      'run-bash',
      'run-python',
      'run-node',
      'run-node',
      ...shells,
      null,
      null,
    ]);
  });

  const lines: [string, string | null][] = [
    ['#!/bin/bash', 'run-bash'],
    ['#! /bin/sh -e', 'run-bash'],
    ['\uFEFF#!/bin/dash', 'run-bash'],
    ['#!/usr/bin/env python3.12', 'run-python'],
    ['#!/usr/bin/env -S PYTHONPATH=. python3 -u', 'run-python'],
    ['#!/opt/node/bin/node --test\r', 'run-node'],
    ['#!/usr/bin/env pwsh', 'run-powershell'],
    ['#!/usr/bin/ruby', null],
    ['#!/usr/bin/env', null],
    ['#!', null],
    ['#!/x/constructor', null],
    ['# python', null],
    ['', null],
  ];
  for (const [line, tool] of lines) {
    it(`reads ${JSON.stringify(line)} as ${tool}`, () => {
      assert.equal(toolFor('script', silent, line), tool);
    });
  }
});
