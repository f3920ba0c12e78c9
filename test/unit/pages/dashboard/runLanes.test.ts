import assert from 'node:assert/strict';
import type { StreamOverview } from '../../../../src/pages/dashboard/dashboardData';
import { layOutLanes } from '../../../../src/pages/dashboard/runLanes';
import { timed } from '../../../../src/pages/dashboard/runModel';
import { moved, showsAll, zoomed } from '../../../../src/pages/dashboard/timeWindow';
import { Random } from '../../../support/random';
import { randomRuns, sampleRun } from './sampleRuns';

const stream = (at: number, more: Partial<StreamOverview> = {}): StreamOverview => ({
  id: `str_${at}`,
  name: `stream ${at}`,
  status: 'active',
  queued: 0,
  ...more,
});

describe('The lanes of runs', () => {
  it('hold each run of a stream once, and never two in a row at the same time', () => {
    const random = new Random(11);
    for (let round = 0; round < 50; round += 1) {
      const runs = randomRuns(random, random.below(60));
      const lanes = layOutLanes(
        runs,
        [3, 2, 1, 0].map((at) => stream(at)),
      );
      assert.equal(
        lanes.reduce((total, { bars }) => total + bars.length, 0),
        runs.length,
      );
      for (const { bars, rows, streamId } of lanes) {
        assert.ok(bars.every(({ run, row }) => run.stream_id === streamId && row >= 0 && row < rows));
        for (const { run, row } of bars) {
          const others = bars.filter((other) => other.run !== run && other.run.start <= run.start);
          const open = others.filter(({ run: { end } }) => end === null || end > run.start);
          if (open.length < 6) assert.ok(open.every((other) => other.row !== row || rows === 6));
        }
      }
    }
  });

  it('leave out streams without runs, and are in the order in which these were made', () => {
    const runs = [
      sampleRun({ stream_id: 'str_2', start: 0, end: 1 }),
      sampleRun({ stream_id: 'str_0', start: 2 }),
    ];
    const lanes = layOutLanes(runs.map(timed), [stream(2, { status: 'ended' }), stream(1), stream(0)]);
    assert.deepEqual(
      lanes.map(({ name, rows }) => [name, rows]),
      [
        ['stream 0', 1],
        ['stream 2', 1],
      ],
    );
  });
});

describe('The time window', () => {
  const all = { from: 0, to: 100_000 };

  it('never leaves the range, and keeps its length when moved', () => {
    const random = new Random(13);
    let window = { ...all };
    for (let step = 0; step < 2_000; step += 1) {
      const before = window.to - window.from;
      const move = random.chance(0.5);
      window = move
        ? moved(window, random.next() * 4 - 2, all)
        : zoomed(window, 2 ** (random.next() * 4 - 2), all, window.from + random.next() * before);
      assert.ok(window.from >= all.from && window.to <= all.to && window.from < window.to);
      if (move) assert.ok(Math.abs(window.to - window.from - before) < 1e-6);
    }
  });

  it('keeps the time under the pointer in place', () => {
    assert.deepEqual(zoomed(all, 0.5, all, 25_000), { from: 12_500, to: 62_500 });
    assert.deepEqual(zoomed({ from: 20_000, to: 60_000 }, 0.5, all), { from: 30_000, to: 50_000 });
  });

  it('is at most the range and at least a second long', () => {
    assert.ok(showsAll(zoomed({ from: 40_000, to: 60_000 }, 10, all), all));
    const least = zoomed({ from: 40_000, to: 42_000 }, 0.001, all);
    assert.deepEqual(least, { from: 40_500, to: 41_500 });
    assert.ok(!showsAll(least, all));
  });
});
