import assert from 'node:assert/strict';
import path from 'node:path';
import { StopRequests } from '../../../../src/runner/supervisor/stopRequests';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';

describe('the deadline of a run', () => {
  const minute = 60_000;
  const day = 24 * 60 * minute;

  function onClock(use: (stop: StopRequests, clock: FakeClock) => void, limit = minute): Promise<void> {
    return withFolder(async (folder) => {
      const clock = new FakeClock();
      const deadline = clock.monotonic() + limit;
      const stop = new StopRequests({ deadline }, { cancel: path.join(folder, 'cancel') }, clock);
      try {
        use(stop, clock);
      } finally {
        stop.dispose();
      }
    });
  }

  it('comes when its time has passed', () =>
    onClock((stop, clock) => {
      clock.advance(minute - 1);
      assert.equal(stop.reason, null);
      clock.advance(1);
      assert.equal(stop.reason, 'timeout');
    }));

  it('comes at once when all of it passed before the start', () =>
    onClock((stop, clock) => {
      clock.advance(0);
      assert.equal(stop.reason, 'timeout');
    }, -minute));

  for (const jump of [day, -day]) {
    it(`is not moved by a clock that is set ${jump > 0 ? 'forward' : 'back'} by a day`, () =>
      onClock((stop, clock) => {
        clock.advance(minute / 2);
        clock.jump(jump);
        clock.advance(minute / 2 - 1);
        assert.equal(stop.reason, null);
        clock.advance(1);
        assert.equal(stop.reason, 'timeout');
      }));
  }

  it('stands still while the machine sleeps, even where its monotonic clock goes on', () =>
    onClock((stop, clock) => {
      clock.advance(minute / 2);
      clock.oversleep(day);
      clock.advance(minute / 2 - 10_001);
      assert.equal(stop.reason, null);
      clock.advance(10_001);
      assert.equal(stop.reason, 'timeout');
    }));
});
