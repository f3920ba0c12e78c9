import assert from 'node:assert/strict';
import { toInstant } from '../../../../src/core/clock';
import type { Run } from '../../../../src/core/model';
import {
  leftOfLane,
  runsOf,
  usualDuration,
  usualDurations,
  workOf,
} from '../../../../src/editor/workspace/usualDurations';
import { aTask } from '../../../support/sampleRows';

const now = Date.UTC(2026, 0, 31, 8);
const run = (seconds: number, part: Partial<Run> = {}): Run => ({
  task_id: 'tsk_000000000001',
  number: 1,
  stream_id: 'str_000000000001',
  name: 'build.sh',
  script_path: 'scripts/build.sh',
  tool_name: 'run-bash',
  queued_at: toInstant(now),
  started_at: toInstant(now),
  finished_at: toInstant(now + seconds * 1_000),
  outcome: 'succeeded',
  exit_code: 0,
  ...{ stand_in: null, usage: null },
  ...part,
});
const build = aTask({ payload_json: { script_path: 'scripts/build.sh' } });

describe('how long work usually takes', () => {
  it('is the median of the last ten successes', () => {
    assert.equal(usualDuration([]), undefined);
    assert.equal(usualDuration([run(9, { outcome: 'error' })]), undefined);
    assert.equal(usualDuration([run(4)]), 4_000);
    assert.equal(usualDuration([run(1), run(9)]), 5_000);
    assert.equal(usualDuration([run(9), run(1), run(2), run(500, { outcome: 'timeout' })]), 2_000);
    const older = Array.from({ length: 20 }, () => run(100));
    assert.equal(usualDuration([...Array.from({ length: 10 }, () => run(3)), ...older]), 3_000);
  });

  it('is known by the script, whatever the label, or else by the command', () => {
    assert.equal(workOf(build), workOf(run(1, { name: 'Nightly build' })));
    assert.notEqual(workOf(build), workOf(run(1, { script_path: 'scripts/test.sh' })));
    const command = aTask({ tool_name: 'run-command', label: 'make test' });
    assert.equal(
      workOf(command),
      workOf(run(1, { script_path: null, tool_name: 'run-command', name: 'make test' })),
    );
    assert.deepEqual(runsOf(workOf(build), [run(1, { finished_at: null }), run(2)]), [run(2)]);
  });

  it('adds up to what is left of a lane, shared by as many as run at once', () => {
    const running = { ...build, status: 'running' as const, started_at: toInstant(now - 20_000) };
    const runs = usualDurations([run(60), run(9, { script_path: 'scripts/test.sh', outcome: 'error' })]);
    assert.equal(runs.size, 1);
    assert.equal(leftOfLane([running], runs, 1, now), 40_000);
    assert.equal(leftOfLane([running, build, build], runs, 1, now), 160_000);
    assert.equal(leftOfLane([running, build, build], runs, 2, now), 80_000);
    assert.equal(leftOfLane([build], runs, 4, now), 60_000, 'no task is faster than itself');
    assert.equal(leftOfLane([running], usualDurations([run(5)]), 1, now), 0, 'late');
    assert.equal(leftOfLane([build, aTask({ label: 'new' })], runs, 1, now), undefined);
    assert.equal(leftOfLane([], runs, 1, now), undefined);
  });
});
