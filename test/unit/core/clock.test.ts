import assert from 'node:assert/strict';
import { afterAwake, systemClock } from '../../../src/core/clock';
import { FakeClock } from '../../support/fakeClock';

/** What a timer of Node takes at most, milliseconds: longer ones fire at once. */
const longest = 2 ** 31 - 1;

describe('The system clock', () => {
  it('waits longer than a timer can', () => {
    const { setTimeout } = globalThis;
    const { now } = performance;
    let time = 0;
    const timers: { ms: number; callback: () => void }[] = [];
    performance.now = () => time;
    globalThis.setTimeout = ((callback: () => void, ms: number) =>
      timers.push({ ms, callback })) as unknown as typeof setTimeout;
    let called = false;
    try {
      systemClock.after(longest * 2 + 5, () => {
        called = true;
      });
      for (const ms of [longest, longest, 5]) {
        const timer = timers.pop();
        assert.deepEqual([timer?.ms, called], [ms, false]);
        time += ms;
        timer?.callback();
      }
      assert.deepEqual([timers, called], [[], true]);
    } finally {
      globalThis.setTimeout = setTimeout;
      performance.now = now;
    }
  });
});

describe('A timer that can be paused', () => {
  it('counts only the time in which it was not, and ends once', () => {
    const clock = new FakeClock();
    let calls = 0;
    const timer = afterAwake(clock, 25_000, () => {
      calls++;
    });
    clock.advance(12_000);
    timer.pause();
    timer.pause();
    clock.advance(1_000_000);
    timer.resume();
    timer.resume();
    clock.advance(12_999);
    assert.equal(calls, 0);
    clock.advance(1);
    assert.equal(calls, 1);
    timer.resume();
    clock.advance(100_000);
    assert.equal(calls, 1);
  });

  it('does not come back once it is cancelled', () => {
    const clock = new FakeClock();
    const timer = afterAwake(clock, 1_000, () => assert.fail('It was cancelled'));
    timer.pause();
    timer.cancel();
    timer.resume();
    clock.advance(10_000);
  });
});
