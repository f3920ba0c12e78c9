import assert from 'node:assert/strict';
import { type KeptThread, keptIn, mostThreads, toKeep } from '../../../../src/editor/taskPage/keptComments';

const thread = (part: Partial<KeptThread> = {}): KeptThread => ({
  taskId: 'tsk_000000000001',
  path: 'src/one.ts',
  document: 'file:///src/one.ts',
  line: 4,
  texts: ['Say why'],
  ...part,
});

describe('the comments that are kept', () => {
  it('are the last ones, none of them without end', () => {
    const many = Array.from({ length: mostThreads + 5 }, (_, line) => thread({ line }));
    assert.deepEqual(toKeep(many), many.slice(5));
    assert.equal(toKeep([thread({ texts: ['x'.repeat(20_000)] })])[0]?.texts[0]?.length, 10_000);
  });

  it('are read back, and whatever else is there is left out', () => {
    const kept = [thread(), thread({ line: 9, texts: ['One', 'Two'] })];
    assert.deepEqual(keptIn(JSON.parse(JSON.stringify(toKeep(kept)))), kept);
    assert.deepEqual(keptIn(undefined), []);
    const wrong = [
      null,
      'text',
      {},
      { ...thread(), texts: [] },
      { ...thread(), line: 'x' },
      { ...thread(), path: 1 },
      { ...thread(), document: 'one.ts' },
    ];
    assert.deepEqual(keptIn([...wrong, thread()]), [thread()]);
  });
});
