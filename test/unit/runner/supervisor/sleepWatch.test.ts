import assert from 'node:assert/strict';
import { SleepWatch } from '../../../../src/runner/supervisor/sleepWatch';
import { FakeClock } from '../../../support/fakeClock';

const hour = 3_600_000;

describe('What is said of a machine that slept during a run', () => {
  it('is when, by the time since the boot, which goes on', () => {
    const clock = new FakeClock();
    const boot = clock.now();
    let set = 0;
    const watch = new SleepWatch(clock, () => clock.now() - boot - set);
    clock.advance(hour);
    assert.equal(watch.note(), null);
    clock.jump(4 * hour);
    clock.advance(10_000);
    assert.match(watch.note() ?? '', /^The machine slept \d\d:\d\d-\d\d:\d\d\.$/);
    // Somebody sets the clock.
    set += hour;
    clock.jump(hour);
    clock.advance(10_000);
    clock.jump(30_000);
    clock.advance(10_000);
    assert.match(watch.note() ?? '', /^The machine slept [^,]*\.$/, 'neither a set clock nor a short nap');
    clock.jump(2 * hour);
    clock.advance(10_000);
    assert.match(watch.note() ?? '', /^The machine slept \S+, \S+\.$/);
    watch.stop();
  });

  it('is the same where a timer that fires late shows it', () => {
    const clock = new FakeClock();
    const boot = clock.monotonic();
    const watch = new SleepWatch(clock, () => clock.monotonic() - boot);
    clock.advance(hour);
    assert.equal(watch.note(), null);
    clock.oversleep(4 * hour);
    clock.advance(10_000);
    assert.match(watch.note() ?? '', /^The machine slept \d\d:\d\d-\d\d:\d\d\.$/);
  });
});
