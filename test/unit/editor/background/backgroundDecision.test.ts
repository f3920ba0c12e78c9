import assert from 'node:assert/strict';
import { backgroundDecision } from '../../../../src/editor/background/backgroundDecision';

const nothing = { running: false, queued: false, scheduled: false };
const running = { ...nothing, running: true };
const queued = { ...running, queued: true };
const scheduled = { ...nothing, scheduled: true };

describe('Whether the queue goes on without a window', () => {
  it('follows the setting, and what was answered for the folder', () => {
    assert.equal(backgroundDecision('ask', undefined, queued), 'ask');
    assert.equal(backgroundDecision('ask', undefined, scheduled), 'ask');
    assert.equal(backgroundDecision('ask', 'yes', queued), 'start');
    assert.equal(backgroundDecision('ask', 'no', queued), 'nothing');
    assert.equal(backgroundDecision('whileWork', 'no', queued), 'start');
    assert.equal(backgroundDecision('never', 'yes', queued), 'nothing');
  });

  it('is no question where one is there that another takes the place of', () => {
    assert.equal(backgroundDecision('ask', undefined, queued, true), 'nothing');
    assert.equal(backgroundDecision('ask', 'yes', queued, true), 'start');
  });

  it('is no question where only something runs, or nothing is to do', () => {
    assert.equal(backgroundDecision('ask', undefined, running), 'nothing');
    assert.equal(backgroundDecision('whileWork', undefined, running), 'start');
    for (const choice of ['ask', 'whileWork', 'never'] as const)
      assert.equal(backgroundDecision(choice, 'yes', nothing), 'nothing');
  });
});
