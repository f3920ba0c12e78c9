import assert from 'node:assert/strict';
import { neighbourOf, type RunKey } from '../../../../src/pages/browser/dashboard/timelineKeys';
import type { Lane, LaneBar } from '../../../../src/pages/dashboard/runLanes';
import { timed } from '../../../../src/pages/dashboard/runModel';
import { sampleRun } from './sampleRuns';

describe('The arrow keys of the timeline', () => {
  const bar = (stream: string, start: number): LaneBar => ({
    run: timed(sampleRun({ task_id: `${stream}${start}`, stream_id: stream, start, end: start + 5 })),
    row: 0,
  });
  const lane = (name: string, ...starts: number[]): Lane => ({
    streamId: name,
    name,
    rows: 1,
    bars: starts.map((start) => bar(name, start)),
  });
  const lanes = [lane('a', 10, 20, 30, 200), lane('empty'), lane('b', 12, 29)];
  const go = (from: LaneBar | null, key: RunKey) =>
    neighbourOf(lanes, { from: 0, to: 100 }, 100, from, key)?.run.task_id;

  it('start at the newest visible run', () => {
    assert.equal(go(null, 'ArrowLeft'), 'a30');
    assert.equal(neighbourOf([], { from: 0, to: 100 }, 100, null, 'Home'), undefined);
  });

  it('move along a lane, and stop at its ends', () => {
    assert.equal(go(bar('a', 20), 'ArrowLeft'), 'a10');
    assert.equal(go(bar('a', 20), 'ArrowRight'), 'a30');
    assert.equal(go(bar('a', 30), 'ArrowRight'), undefined);
    assert.equal(go(bar('a', 10), 'ArrowLeft'), undefined);
    assert.equal(go(bar('a', 20), 'Home'), 'a10');
    assert.equal(go(bar('a', 20), 'End'), 'a30');
  });

  it('move to the nearest run of the next lane that has any', () => {
    assert.equal(go(bar('a', 30), 'ArrowDown'), 'b29');
    assert.equal(go(bar('b', 12), 'ArrowUp'), 'a10');
    assert.equal(go(bar('b', 12), 'ArrowDown'), undefined);
  });

  it('start again if the selected run is not visible', () => {
    assert.equal(go(bar('a', 200), 'ArrowLeft'), 'a30');
  });
});
