import assert from 'node:assert/strict';
import {
  activityLines,
  backgroundLines,
  type ServerStatus,
  statusLine,
} from '../../../src/cli/access/status';
import { toInstant } from '../../../src/core/clock';

const now = Date.UTC(2026, 0, 31, 10);
const served: ServerStatus = {
  running: true,
  reachable: true,
  pid: 7,
  url: 'http://127.0.0.1:8420',
  queue: null,
  activity: null,
};

describe('The lines of sparkq status', () => {
  it('tell what runs where that was asked for', () => {
    const runs = [
      { id: 'tsk_000000000001', name: 'make\ntest', started_at: toInstant(now - 125_000), progress: 40 },
      { id: 'tsk_000000000002', name: 'b', started_at: null, progress: null },
    ];
    const status: ServerStatus = {
      ...served,
      activity: { queued: 4, running: 3, failed: 1, unapproved: 2, questions: 1, runs },
    };
    assert.deepEqual(activityLines(status, now), [
      '4 queued, 3 running, 1 failed',
      '  tsk_000000000001  make test (40%, 2m 5s)',
      '  tsk_000000000002  b',
      '  and 1 more',
      '2 to approve: sparkq tasks --unapproved, sparkq approve',
      '1 to answer: sparkq digest, sparkq answer',
    ]);
  });

  it('are one where it was not, or nobody answers', () => {
    assert.equal(statusLine(served), 'SparkQ server: running (PID 7, http://127.0.0.1:8420)');
    for (const status of [
      served,
      { running: false } as const,
      { running: true, reachable: false, pid: 7, url: '' } as const,
    ])
      assert.deepEqual(activityLines(status, now), []);
  });

  it('name what works in the background', () => {
    const background = {
      pid: 8,
      start_time: null,
      since: null,
      while_work: false,
      streams: null,
      keep_awake: 'never',
    } as const;
    assert.deepEqual(backgroundLines({ background: null }), []);
    assert.deepEqual(backgroundLines({ background }), ['In the background: PID 8']);
    assert.deepEqual(
      backgroundLines({
        background: { ...background, while_work: true, streams: ['a', 'b\nc'], keep_awake: 'whileWork' },
      }),
      [
        'In the background: PID 8, on a, b c, until nothing is left to do, keeps the machine awake (whileWork)',
      ],
    );
  });
});
