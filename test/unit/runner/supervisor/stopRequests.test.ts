import assert from 'node:assert/strict';
import { timeLeft } from '../../../../src/runner/supervisor/stopRequests';

describe('the time that a run has left', () => {
  const spec = { deadline: 100_000, time_limit_ms: 60_000 };

  it('ends with the deadline', () => {
    assert.equal(timeLeft(spec, 70_000), 30_000);
  });

  it('is never more than the time limit, however far the clock has gone back', () => {
    assert.equal(timeLeft(spec, -1_000_000), 60_000);
  });

  it('is none after the deadline', () => {
    assert.equal(timeLeft(spec, 100_001), 0);
  });
});
