import assert from 'node:assert/strict';
import { Repeater } from '../../../../src/editor/shared/repeater';

/** Work that each time waits until it is let go. */
class Work {
  times = 0;
  letGo = () => {};
  private started = () => {};

  readonly do = (): Promise<void> => {
    this.times++;
    this.started();
    return new Promise((resolve) => {
      this.letGo = resolve;
    });
  };

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.started = resolve;
    });
  }
}

describe('work that is done whenever it is asked for', () => {
  it('begins at once, and once more for all that was asked meanwhile', async () => {
    const work = new Work();
    const repeater = new Repeater(work.do, 0);
    repeater.ask();
    assert.equal(work.times, 1);
    repeater.ask();
    repeater.ask();
    assert.equal(work.times, 1);
    const second = work.next();
    work.letGo();
    await second;
    assert.equal(work.times, 2);
  });

  it('is not begun again after its end', async () => {
    const work = new Work();
    const repeater = new Repeater(work.do, 0);
    repeater.ask();
    repeater.ask();
    repeater.stop();
    work.letGo();
    // Timers of one length end in the order in which they began: the one of the pause has.
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(work.times, 1);
    repeater.ask();
    assert.equal(work.times, 1);
  });
});
