import assert from 'node:assert/strict';
import { writeOutput } from '../../../src/store/outputFiles';
import { OutputFollower } from '../../../src/store/outputFollower';
import { FakeClock } from '../../support/fakeClock';
import { withFolder } from '../../support/folders';

describe('Whoever follows an output', () => {
  it('asks for it every other second while it has no file here: it may be on another host', () =>
    withFolder(async (storage) => {
      const clock = new FakeClock();
      let asked = 0;
      const ask = () => {
        asked += 1;
      };
      const follower = new OutputFollower(storage, 'tsk_0123456789ab', 1, ask, clock);
      clock.advance(2_000);
      clock.advance(2_000);
      assert.equal(asked, 2);
      follower.dispose();
      clock.advance(10_000);
      assert.equal(asked, 2);

      const place = { storage, task: 'tsk_0123456789ab', attempt: 1, stream: 'stderr', limit: 100 } as const;
      await writeOutput(place, 'here');
      // The folder is watched from here on, and says nothing of what was written before.
      asked = 0;
      const here = new OutputFollower(storage, 'tsk_0123456789ab', 1, ask, clock);
      clock.advance(10_000);
      assert.equal(asked, 0);
      here.dispose();
    }));
});
