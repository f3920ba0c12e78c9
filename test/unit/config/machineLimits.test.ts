import assert from 'node:assert/strict';
import { parseMachineLimits } from '../../../src/config/machineLimits';
import { noLimits } from '../../../src/core/config';

describe('machine.yml', () => {
  it('says how much of the machine there is', () => {
    assert.deepEqual(parseMachineLimits('max_running: 4\nresources: {gpu: 2, port-3000: 1, off: 0}\n'), {
      limits: { ...noLimits, max_running: 4, resources: { gpu: 2, 'port-3000': 1, off: 0 } },
      problems: [],
    });
    assert.equal(parseMachineLimits('worktrees_max_gb: 2.5').limits.worktrees_max_gb, 2.5);
    assert.deepEqual(parseMachineLimits(''), { limits: noLimits, problems: [] });
  });

  it('keeps what is right of it, and says the rest', () => {
    const { limits, problems } = parseMachineLimits('max_running: 0\nresources: {gpu: 2}\nmore: 1\n');
    assert.deepEqual(limits, { ...noLimits, resources: { gpu: 2 } });
    assert.deepEqual(problems, [
      'max_running must be a whole number from 1; it is ignored.',
      'The key more is unknown and ignored.',
    ]);
    for (const text of [
      'resources: {gpu: many}',
      'resources: {"-": 1}',
      'worktrees_max_gb: 0',
      '[1]',
      'a: [',
      'x',
    ])
      assert.equal(parseMachineLimits(text).problems.length, 1, text);
  });
});
