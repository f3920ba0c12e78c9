import assert from 'node:assert/strict';
import { timed } from '../../../../src/pages/dashboard/runModel';
import {
  doneSince,
  durations,
  isFailure,
  percentilesOf,
  quantile,
  throughput,
  waits,
} from '../../../../src/pages/dashboard/runStatistics';
import { Random } from '../../../support/random';
import { randomRuns, sampleRun } from './sampleRuns';

const minute = 60_000;
const hour = 60 * minute;

describe('The statistics of runs', () => {
  it('interpolate medians and 90th percentiles', () => {
    assert.deepEqual(percentilesOf([3]), { count: 1, median: 3, p90: 3 });
    assert.deepEqual(percentilesOf([4, 2]), { count: 2, median: 3, p90: 3.8 });
    assert.deepEqual(percentilesOf([5, 1, 4, 2, 3]), { count: 5, median: 3, p90: 4.6 });
  });

  it('have quantiles that stay within the values and grow with the part, whatever the values', () => {
    const random = new Random(7);
    for (let round = 0; round < 200; round += 1) {
      const values = Array.from({ length: 1 + random.below(60) }, () => random.below(1_000) - 300);
      const sorted = [...values].sort((a, b) => a - b);
      const parts = Array.from({ length: 11 }, (_, tenth) => quantile(sorted, tenth / 10));
      assert.equal(parts[0], sorted[0]);
      assert.equal(parts[10], sorted.at(-1));
      assert.deepEqual(
        parts,
        [...parts].sort((a, b) => a - b),
      );
      for (const [tenth, value] of parts.entries()) {
        const below = sorted.filter((other) => other <= value).length;
        assert.ok(below >= Math.floor(((sorted.length - 1) * tenth) / 10) + 1, `${tenth} of ${sorted}`);
      }
    }
  });

  it('count each finished run once, in the period in which it finished', () => {
    const random = new Random(3);
    for (let round = 0; round < 100; round += 1) {
      const runs = randomRuns(random, random.below(80));
      const size = 1 + random.below(30_000);
      const zone = random.below(3) * 1_800_000 - 1_800_000;
      const [from, to] = [20_000, 20_000 + random.below(90_000)];
      const buckets = throughput(runs, { from, to, size, zone });
      const [first, last] = [buckets[0], buckets.at(-1)];
      assert.ok(first && last);
      assert.ok(first.start <= from && from < first.start + size, 'the first holds the beginning');
      assert.ok(last.start <= to && to < last.start + size, 'the last holds the end');
      for (const { start } of buckets) assert.equal(Math.abs((start + zone) % size), 0);
      const inside = runs.filter(({ end }) => end !== null && end >= first.start && end < last.start + size);
      const sum = (name: 'succeeded' | 'failed') =>
        buckets.reduce((total, bucket) => total + bucket[name], 0);
      assert.equal(sum('succeeded'), inside.filter((run) => run.state === 'succeeded').length);
      assert.equal(sum('failed'), inside.filter(isFailure).length);
    }
  });

  it('start periods on the local hour', () => {
    const run = timed(sampleRun({ start: 10 * hour, end: 10 * hour + 45 * minute }));
    const half = { from: 10 * hour, to: 11 * hour, size: hour, zone: 30 * minute };
    assert.deepEqual(throughput([run], half), [
      { start: 9 * hour + 30 * minute, succeeded: 0, failed: 0 },
      { start: 10 * hour + 30 * minute, succeeded: 1, failed: 0 },
    ]);
  });

  it('group durations by script, or by tool if there is none, and leave out runs that were cut short', () => {
    const run = (
      script_path: string | null,
      ms: number,
      outcome: 'succeeded' | 'error' | 'cancelled' | null,
    ) => timed(sampleRun({ script_path, start: 0, end: outcome === null ? null : ms, outcome }));
    const groups = durations([
      run('a.sh', 100, 'succeeded'),
      run('a.sh', 300, 'error'),
      run('a.sh', 9_000, 'cancelled'),
      run('a.sh', 9_000, null),
      run(null, 50, 'succeeded'),
    ]);
    assert.deepEqual(groups, [
      { key: 'a.sh', count: 2, failed: 1, median: 200, p90: 280 },
      { key: 'run-bash', count: 1, failed: 0, median: 50, p90: 50 },
    ]);
  });

  it('group the durations of commands by command', () => {
    const run = (tool_name: string, name: string) =>
      timed(sampleRun({ script_path: null, tool_name, name, start: 0, end: 1, outcome: 'succeeded' }));
    const groups = durations([
      run('run-command', 'make test'),
      run('run-shell', 'a | b'),
      run('llm', 'Fix it'),
    ]);
    assert.deepEqual(
      groups.map(({ key }) => key),
      ['a | b', 'llm', 'make test'],
    );
  });

  it('have the waits of runs by stream, including runs that are still running', () => {
    const random = new Random(5);
    const runs = randomRuns(random, 300);
    const counted = runs.filter((run) => run.state !== 'released');
    const groups = waits(runs);
    assert.equal(
      groups.reduce((total, { count }) => total + count, 0),
      counted.length,
    );
    for (const { key, median } of groups) {
      const own = counted
        .filter(({ stream_id }) => stream_id === key)
        .map(({ start, queued }) => start - queued);
      assert.ok(own.filter((wait) => wait <= median).length >= own.length / 2);
    }
    assert.deepEqual(waits([]), []);
  });

  it('count what finished since a time', () => {
    const runs = [
      timed(sampleRun({ start: 0, end: 10 })),
      timed(sampleRun({ start: 0, end: 20 })),
      timed(sampleRun({ start: 0, end: 30, outcome: 'timeout' })),
      timed(sampleRun({ start: 0, end: 30, outcome: 'cancelled' })),
      timed(sampleRun({ start: 0, end: null })),
    ];
    assert.deepEqual(doneSince(runs, 20), { succeeded: 1, failed: 1 });
  });
});
