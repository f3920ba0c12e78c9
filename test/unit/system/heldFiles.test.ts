import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { QueueError } from '../../../src/core/errors';
import { nodeFiles } from '../../../src/store/engine/files';
import { onLeftFile, type Pace, tidy, whenFree, whenFreeSync } from '../../../src/system/heldFiles';
import { lockHolder, PidLock } from '../../../src/system/pidLock';
import { createFile, readFileIfAny, removeFileIf, replaceFile } from '../../../src/system/wholeFiles';
import { useFolder } from '../../support/folders';
import { onPlatform, refusing } from '../../support/windowsFiles';

/** A pace whose time passes only by its own pauses. */
function fakePace(): Pace & { pauses: number[] } {
  const pauses: number[] = [];
  let now = 1000;
  const pause = (ms: number) => {
    pauses.push(ms);
    now += ms;
  };
  return { pauses, patience: 5000, now: () => now, pause, sleep: async (ms) => pause(ms) };
}

function refuse(code: string): never {
  throw Object.assign(new Error(`${code}: refused`), { code });
}

describe('a file that another program holds', () => {
  const folder = useFolder();
  const file = () => path.join(folder(), 'one');

  for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
    it(`is tried again on Windows after ${code}, with growing pauses, and not elsewhere`, async () => {
      for (const platform of ['win32', 'linux', 'darwin'] as const) {
        await onPlatform(platform, async () => {
          const [pace, later] = [fakePace(), fakePace()];
          let [left, leftLater] = [9, 9];
          const work = () => (left-- > 0 ? refuse(code) : 'done');
          const workLater = async () => (leftLater-- > 0 ? refuse(code) : 'done');
          if (platform === 'win32') {
            assert.equal(whenFreeSync(file(), work, pace), 'done');
            assert.equal(await whenFree(file(), workLater, later), 'done');
            assert.deepEqual(pace.pauses, [1, 2, 4, 8, 16, 32, 64, 100, 100]);
            assert.deepEqual(later.pauses, pace.pauses);
            return;
          }
          assert.throws(() => whenFreeSync(file(), work, pace), { code });
          await assert.rejects(whenFree(file(), workLater, later), { code });
          assert.deepEqual([...pace.pauses, ...later.pauses, left, leftLater], [8, 8]);
        });
      }
    });
  }

  it('is given up after five seconds, with its name and what to do, and is tried once from then on', () =>
    onPlatform('win32', () => {
      const pace = fakePace();
      const give = () => whenFreeSync(file(), () => refuse('EBUSY'), pace);
      const told = (error: unknown) =>
        QueueError.is(error, 'unavailable') &&
        error.message.includes(file()) &&
        error.message.includes('EBUSY') &&
        /scanner/.test(error.hint ?? '') &&
        (error.cause as NodeJS.ErrnoException).code === 'EBUSY';
      assert.throws(give, told);
      const waited = pace.pauses.reduce((sum, ms) => sum + ms, 0);
      assert.ok(waited >= 5000 && waited <= 5100, `${waited} ms`);
      const count = pace.pauses.length;
      assert.throws(give, told);
      assert.equal(pace.pauses.length, count);
      // Free again: from then on it is worth waiting for once more.
      whenFreeSync(file(), () => 'free', pace);
      let left = 1;
      whenFreeSync(file(), () => left-- > 0 && refuse('EBUSY'), pace);
      assert.equal(pace.pauses.length, count + 1);
    }));

  it('that is missing or wrong otherwise is not tried again', () =>
    onPlatform('win32', () => {
      const pace = fakePace();
      for (const code of ['ENOENT', 'EEXIST', 'ENOSPC', 'EIO', 'EISDIR']) {
        assert.throws(() => whenFreeSync(file(), () => refuse(code), pace), { code });
      }
      assert.deepEqual(pace.pauses, []);
    }));

  it('is replaced, created, removed and read whole once it is let go', () =>
    onPlatform('win32', async () => {
      const names = () => fs.readdirSync(folder());
      replaceFile(file(), 'old');
      for (const code of ['EPERM', 'EACCES', 'EBUSY']) {
        const refused = [
          await refusing({ name: 'renameSync', code, times: 3 }, () => replaceFile(file(), code)),
          await refusing({ name: 'readFileSync', code, times: 3 }, () =>
            assert.equal(readFileIfAny(file()), code),
          ),
          await refusing({ name: 'renameSync', code, times: 3 }, () =>
            assert.equal(
              removeFileIf(file(), () => true),
              true,
            ),
          ),
          await refusing({ name: 'linkSync', code, times: 3 }, () =>
            assert.equal(createFile(file(), 'new'), true),
          ),
          await refusing({ name: 'unlinkSync', code, times: 3 }, () =>
            assert.equal(createFile(file(), 'newer'), false),
          ),
        ];
        assert.deepEqual(refused, [3, 3, 3, 3, 3], code);
        assert.deepEqual(names(), ['one']);
      }
    }));

  it('is one of the database: renamed, removed and read once it is let go', () =>
    onPlatform('win32', async () => {
      const other = `${file()}.tmp`;
      fs.writeFileSync(other, 'text');
      const refused = [
        await refusing({ name: 'rename', code: 'EPERM', times: 3 }, () => nodeFiles.rename(other, file())),
        await refusing({ name: 'readFile', code: 'EBUSY', times: 3 }, () => nodeFiles.readFile(file())),
        await refusing({ name: 'unlink', code: 'EACCES', times: 3 }, () => nodeFiles.unlink(file())),
      ];
      assert.deepEqual(refused, [3, 3, 3]);
      assert.deepEqual(fs.readdirSync(folder()), []);
    }));

  it('is created without a link where Windows refuses one, and only once', () =>
    onPlatform('win32', () =>
      refusing({ name: 'linkSync', code: 'EPERM' }, () => {
        assert.equal(createFile(file(), 'first'), true);
        assert.equal(createFile(file(), 'second'), false);
        assert.equal(fs.readFileSync(file(), 'utf8'), 'first');
        assert.deepEqual(fs.readdirSync(folder()), ['one']);
      }),
    ));

  it('is a lock that is let go even if it cannot be removed', async () => {
    const left: string[] = [];
    onLeftFile((message) => left.push(message));
    try {
      const taken = PidLock.acquire(file());
      assert.ok('lock' in taken && lockHolder(file())?.pid === process.pid);
      await refusing({ name: 'unlinkSync', code: 'EPERM' }, () => taken.lock.release());
      assert.equal(lockHolder(file()), null);
      assert.deepEqual(left, []);
      assert.ok('lock' in PidLock.acquire(file()));
      assert.deepEqual(fs.readdirSync(folder()), ['one']);
    } finally {
      onLeftFile(() => {});
    }
  });

  it('is noted where it only had to be tidied up, and ends nothing', () => {
    const left: string[] = [];
    onLeftFile((message) => left.push(message));
    try {
      tidy(file(), () => refuse('EBUSY'));
    } finally {
      onLeftFile(() => {});
    }
    assert.equal(left.length, 1);
    assert.match(left[0] ?? '', /one could not be tidied up, and stays: EBUSY/);
  });
});
