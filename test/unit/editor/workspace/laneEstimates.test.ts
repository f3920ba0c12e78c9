import assert from 'node:assert/strict';
import { toInstant } from '../../../../src/core/clock';
import type { Run } from '../../../../src/core/model';
import { LaneEstimates } from '../../../../src/editor/workspace/laneEstimates';
import { aStream, aTask } from '../../../support/sampleRows';
import { FakeQueue } from '../fakeQueue';

const now = Date.UTC(2026, 0, 31, 8);
const payload_json = { script_path: 'scripts/build.sh' };
/** Took a minute. */
const run: Run = {
  task_id: 'tsk_000000000009',
  number: 1,
  stream_id: 'str_000000000001',
  name: 'build.sh',
  script_path: payload_json.script_path,
  tool_name: aTask().tool_name,
  queued_at: toInstant(now),
  started_at: toInstant(now),
  finished_at: toInstant(now + 60_000),
  outcome: 'succeeded',
  exit_code: 0,
  ...{ stand_in: null, usage: null },
};

describe('how long lanes will take', () => {
  let queue: FakeQueue;
  let estimates: LaneEstimates;
  let next: () => void;

  beforeEach(() => {
    queue = new FakeQueue();
    queue.streams = [aStream(), aStream({ id: 'str_000000000002' })];
    queue.runs = [run];
    queue.tasks = ['1', '2', '3'].map((last) => aTask({ id: `tsk_00000000000${last}`, payload_json }));
    estimates = new LaneEstimates(
      queue.asQueue(),
      () => next(),
      (error) => assert.fail(String(error)),
    );
  });
  afterEach(() => estimates.dispose());

  const read = () => new Promise<void>((resolve) => (next = resolve));

  it('is known once it has been read, of what its work usually takes', async () => {
    assert.equal(estimates.left('str_000000000001', now), undefined);
    queue.tasks.push(aTask({ id: 'tsk_000000000004', payload_json, parked: true }));
    const reading = read();
    estimates.refresh();
    await reading;
    assert.equal(estimates.left('str_000000000001', now), 180_000);
    assert.equal(estimates.left('str_000000000002', now), undefined, 'nothing is queued there');
  });

  it('goes down while a task runs, without being read again', async () => {
    queue.tasks = [aTask({ payload_json, status: 'running', started_at: toInstant(now) })];
    const reading = read();
    queue.emit({ type: 'task.claimed' });
    await reading;
    const asked = queue.asked.length;
    assert.equal(estimates.left('str_000000000001', now + 20_000), 40_000);
    assert.equal(queue.asked.length, asked);
  });

  it('does not read a lane without an end', async () => {
    queue.tasks = Array.from({ length: 1_001 }, (_, at) => aTask({ id: `tsk_${at}`, payload_json }));
    const reading = read();
    estimates.refresh();
    await reading;
    assert.deepEqual(queue.asked, ['streams']);
  });
});
