import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { OwnerMonitor } from '../../../src/client/ownerMonitor';
import { type OwnerInfo, OwnerLock } from '../../../src/store/ownership/ownerLock';
import { FakeClock } from '../../support/fakeClock';
import { withFolder } from '../../support/folders';

describe('A watch on the owner of a queue', () => {
  it('tells when it is another than the one that is watched, and not before', () =>
    withFolder(async (storage) => {
      const acquired = await OwnerLock.acquire({ storage, role: 'serve' });
      assert.ok('lock' in acquired);
      const { lock } = acquired;
      const clock = new FakeClock();
      const watch = new OwnerMonitor(storage, clock);
      let told = false;
      const gone = new Promise<void>((resolve) => {
        watch.start(lock.generation, () => {
          told = true;
          resolve();
        });
      });
      clock.advance(1000);
      // It waits again: the owner was there.
      await clock.timerSet(1000);
      assert.equal(told, false);
      const later: OwnerInfo = { ...lock.info, generation: lock.generation + 1, token: 'later' };
      writeFileSync(path.join(storage, `owner.${later.generation}`), JSON.stringify(later));
      clock.advance(1000);
      await gone;
      await lock.release();
    }));
});
