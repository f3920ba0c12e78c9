import assert from 'node:assert/strict';
import { startDecision } from '../../../../src/editor/commands/startDecision';

describe('A worker for what was queued in the editor', () => {
  it('is asked for once, and then as it was answered', () => {
    assert.equal(startDecision('ask', undefined, false), 'ask');
    assert.equal(startDecision('ask', 'yes', false), 'start');
    assert.equal(startDecision('ask', 'no', false), 'nothing');
  });

  it('is not started again where somebody has stopped it', () => {
    assert.equal(startDecision('ask', 'yes', true), 'nothing');
    assert.equal(startDecision('ask', undefined, true), 'nothing');
  });

  it('follows the setting whatever was answered', () => {
    for (const answer of ['yes', 'no', undefined] as const) {
      for (const stopped of [true, false]) {
        assert.equal(startDecision('onEnqueue', answer, stopped), 'start');
        assert.equal(startDecision('never', answer, stopped), 'nothing');
      }
    }
  });
});
