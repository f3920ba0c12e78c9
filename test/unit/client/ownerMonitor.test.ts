import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { OwnerMonitor } from '../../../src/client/ownerMonitor';
import { type OwnerInfo, OwnerLock } from '../../../src/store/ownership/ownerLock';
import { FakeClock } from '../../support/fakeClock';
import { withFolder } from '../../support/folders';

describe('OwnerMonitor', () => {
  it('reports the owner gone once it has a successor, and not before', () =>
    withFolder(async (storage) => {
      const acquired = await OwnerLock.acquire({ storage, role: 'serve' });
      assert.ok('lock' in acquired);
      const { lock } = acquired;
      const clock = new FakeClock();
      const monitor = new OwnerMonitor(storage, clock);
      let reported = false;
      const gone = new Promise<void>((resolve) => {
        monitor.start(lock.generation, () => {
          reported = true;
          resolve();
        });
      });
      clock.advance(1000);
      // It waits again, since the owner was there.
      await clock.timerSet(1000);
      assert.equal(reported, false);
      const later: OwnerInfo = { ...lock.info, generation: lock.generation + 1, token: 'later' };
      writeFileSync(path.join(storage, `owner.${later.generation}`), JSON.stringify(later));
      clock.advance(1000);
      await gone;
      await lock.release();
    }));
});
