import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { mock } from 'node:test';
import { QueueError } from '../../../src/core/errors';
import { realPace } from '../../../src/system/heldFiles';
import { PidLock } from '../../../src/system/pidLock';
import {
  createFile,
  readFileIfAny,
  removeFileIf,
  replaceFile,
  syncFolder,
} from '../../../src/system/wholeFiles';
import { linkFolder, useFolder } from '../../support/folders';

describe('a file that is written whole', () => {
  const folder = useFolder();
  const file = () => path.join(folder(), 'one');
  const text = () => fs.readFileSync(file(), 'utf8');
  const { linkSync } = fs;
  afterEach(() => {
    fs.linkSync = linkSync;
  });

  for (const code of ['', 'EPERM', 'EINVAL']) {
    it(`is created only once${code && ` on a file system that refuses hard links with ${code}`}`, () => {
      if (code) {
        fs.linkSync = () => {
          throw Object.assign(new Error(code), { code });
        };
      }
      assert.equal(createFile(file(), 'first', true), true);
      assert.equal(createFile(file(), 'second'), false);
      assert.equal(text(), 'first');
      assert.deepEqual(fs.readdirSync(folder()), ['one']);
    });
  }

  it('is not created, and leaves no draft, if the disk refuses it', () => {
    fs.linkSync = () => {
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    };
    assert.throws(() => createFile(file(), 'first'), /EIO/);
    assert.deepEqual(fs.readdirSync(folder()), []);
  });

  it('is written where the file system syncs no folders, as some of networks, and nowhere else without', () => {
    const sync = fs.fsyncSync;
    const failing = (code: string) => {
      fs.fsyncSync = () => {
        throw Object.assign(new Error(code), { code });
      };
    };
    try {
      failing('EINVAL');
      syncFolder(folder());
      failing('EIO');
      assert.throws(() => syncFolder(folder()), /EIO/);
    } finally {
      fs.fsyncSync = sync;
    }
  });

  it('that a full disk refuses is named with what to do', () => {
    const write = fs.writeFileSync;
    fs.writeFileSync = () => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    try {
      assert.throws(
        () => replaceFile(file(), 'first'),
        (error) =>
          QueueError.is(error, 'storage_failed') &&
          error.message.startsWith(`${file()} could not be written, because the disk is full`) &&
          /^Free some space/.test(error.hint ?? ''),
      );
    } finally {
      fs.writeFileSync = write;
    }
  });

  it('is removed only while the condition is true of it', () => {
    assert.equal(
      removeFileIf(file(), () => true),
      false,
    );
    replaceFile(file(), 'old');
    assert.equal(
      removeFileIf(file(), (found) => found === 'new'),
      false,
    );
    assert.equal(text(), 'old');
    assert.equal(
      removeFileIf(file(), (found) => found === 'old'),
      true,
    );
    assert.deepEqual(fs.readdirSync(folder()), []);
  });

  it('is put back if it has replaced the one to be removed', () => {
    replaceFile(file(), 'old');
    const removed = removeFileIf(file(), (found) => {
      if (found === 'old') replaceFile(file(), 'new');
      return found === 'old';
    });
    assert.equal(removed, false);
    assert.equal(text(), 'new');
    assert.deepEqual(fs.readdirSync(folder()), ['one']);
  });

  it('is a lock that is not taken over while its process is still writing it', () => {
    const lock = path.join(folder(), 'lock');
    const taken = PidLock.acquire(lock);
    assert.ok('lock' in taken);
    const whole = fs.readFileSync(lock, 'utf8');
    const { pause } = realPace;
    // However slow this machine is: a moment later the half would count as left.
    const now = Date.now();
    mock.timers.enable({ apis: ['Date'], now });
    try {
      for (const half of ['', '99999999']) {
        fs.writeFileSync(lock, half);
        fs.utimesSync(lock, now / 1000, now / 1000);
        let pauses = 0;
        realPace.pause = () => {
          if (++pauses === 3) fs.writeFileSync(lock, whole);
        };
        const second = PidLock.acquire(lock);
        assert.ok('holder' in second && second.holder.pid === process.pid);
        assert.equal(pauses, 3);
      }
      // One that was left so is taken over.
      fs.writeFileSync(lock, '');
      fs.utimesSync(lock, 0, 0);
      assert.ok('lock' in PidLock.acquire(lock));
    } finally {
      mock.timers.reset();
      realPace.pause = pause;
    }
  });

  it('names what has the name of a file but is none', function () {
    const file = path.join(folder(), 'lock');
    for (const make of [() => fs.mkdirSync(file), () => linkFolder(this, '/nowhere', file)]) {
      make();
      assert.throws(() => readFileIfAny(file), /lock is not a file/);
      assert.throws(() => PidLock.acquire(file), /lock is not a file/);
      fs.rmSync(file, { recursive: true });
    }
  });
});
