import assert from 'node:assert/strict';
import { type Rank, takesOver } from '../../../src/core/protocol';

describe('takesOver', () => {
  const rank = (text: string): Rank => {
    const [role = '', version = ''] = text.split(' ');
    return { role: role as Rank['role'], version };
  };

  it('lets a newer program take the queue over, and a server take it from a command', () => {
    for (const [next, owner, expected] of [
      ['editor 1.0.1', 'editor 1.0.0', true],
      ['watch 1.1.0', 'serve 1.0.9', true],
      ['editor 1.0.0', 'watch 1.0.0', false],
      ['serve 1.0.0', 'watch 1.0.0', true],
      ['serve 1.0.0', 'wait 1.0.0', true],
      ['serve 1.0.0', 'editor 1.0.0', false],
      ['serve 1.0.0', 'serve 1.0.0', false],
      ['serve 1.0.0', 'watch 1.0.1', false],
    ] as const) {
      assert.equal(takesOver(rank(next), rank(owner)), expected, `${next} over ${owner}`);
      if (expected) assert.equal(takesOver(rank(owner), rank(next)), false, 'it would be taken back');
    }
  });
});
