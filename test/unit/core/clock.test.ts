import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/clock';

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
