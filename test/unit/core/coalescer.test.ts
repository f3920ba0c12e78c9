import assert from 'node:assert/strict';
import { Coalescer } from '../../../src/core/coalescer';
import { FakeClock } from '../../support/fakeClock';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Work that takes until it is finished by hand. */
class Work {
  runs = 0;
  finish = () => {};

  readonly run = (): Promise<void> => {
    this.runs++;
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  };
}

describe('coalesced work', () => {
  it('begins at once, and once more for all requests meanwhile', async () => {
    const work = new Work();
    const coalescer = new Coalescer(work.run);
    coalescer.request();
    assert.equal(work.runs, 1);
    coalescer.request();
    coalescer.request();
    assert.equal(work.runs, 1);
    work.finish();
    await turn();
    assert.equal(work.runs, 2);
    work.finish();
    await turn();
    assert.equal(work.runs, 2);
  });

  it('does not begin again once it is stopped', async () => {
    const work = new Work();
    const coalescer = new Coalescer(work.run);
    coalescer.request();
    coalescer.request();
    coalescer.stop();
    work.finish();
    await turn();
    coalescer.request();
    assert.equal(work.runs, 1);
  });

  it('keeps the gap to its last run, unless it is urgent', async () => {
    const clock = new FakeClock();
    const work = new Work();
    const coalescer = new Coalescer(work.run, { gap: 1_000, clock });
    coalescer.request();
    clock.advance(300);
    work.finish();
    await turn();
    coalescer.request();
    clock.advance(999);
    assert.equal(work.runs, 1);
    clock.advance(1);
    assert.equal(work.runs, 2);
    coalescer.requestNow();
    work.finish();
    await turn();
    assert.equal(work.runs, 3);
    work.finish();
    await turn();
    coalescer.request();
    coalescer.requestNow();
    assert.equal(work.runs, 4);
  });

  describe('on items, after a delay', () => {
    function gatherer() {
      const clock = new FakeClock();
      const runs: string[] = [];
      let items = '';
      const coalescer = new Coalescer(
        () => {
          runs.push(items);
          items = '';
        },
        { delay: 400, gap: 5_000, clock },
      );
      const add = (item: string) => {
        items += item;
        coalescer.request();
      };
      return { clock, runs, coalescer, add };
    }

    it('takes those that come at about the same time', () => {
      const { clock, runs, add } = gatherer();
      add('a');
      clock.advance(300);
      add('b');
      assert.deepEqual(runs, []);
      clock.advance(100);
      assert.deepEqual(runs, ['ab']);
    });

    it('takes those that come soon after a run', () => {
      const { clock, runs, add } = gatherer();
      add('a');
      clock.advance(400);
      for (const item of 'bcd') {
        clock.advance(1_000);
        add(item);
      }
      assert.deepEqual(runs, ['a']);
      clock.advance(2_000);
      assert.deepEqual(runs, ['a', 'bcd']);
    });

    it('takes one alone again after a while', () => {
      const { clock, runs, add } = gatherer();
      add('a');
      clock.advance(10_000);
      add('b');
      clock.advance(400);
      assert.deepEqual(runs, ['a', 'b']);
    });

    it('drops those of a stopped one', () => {
      const { clock, runs, coalescer, add } = gatherer();
      add('a');
      coalescer.stop();
      clock.advance(10_000);
      assert.deepEqual(runs, []);
    });
  });
});
