import assert from 'node:assert/strict';
import path from 'node:path';
import { OwnerLock } from '../../../../src/store/ownership/ownerLock';
import { FastClock } from '../../../support/fastClock';
import { withFolder } from '../../../support/folders';
import { addItem, itemNames, openDatabase } from '../../../support/openDatabase';
import { Program } from '../../../support/program';
import { takeLock } from '../../../support/takeLock';

const program = path.resolve('out/test/process/store/programs/owner.js');

async function withProgram(
  storage: string,
  args: string[],
  use: (one: Program) => Promise<void>,
): Promise<void> {
  const one = Program.start(program, storage, ...args);
  try {
    await use(one);
  } finally {
    await one.kill();
  }
}

describe('a process that owns the queue', () => {
  it('and is killed is succeeded by the next one, with everything that it acknowledged', () =>
    withFolder(async (storage) => {
      await withProgram(storage, ['0', 'write'], async (owner) => {
        await owner.hearsMany('acknowledged', 50);
        const waiting = OwnerLock.acquire({ storage, role: 'editor', waitMs: 3_600_000 });
        owner.signal('SIGKILL');
        const answer = await waiting;
        assert.ok('lock' in answer);
        const { lock } = answer;
        const database = await openDatabase(storage, { generation: lock.generation });
        const there = new Set(await itemNames(database));
        for (const { acknowledged } of owner.said) {
          if (acknowledged !== undefined) assert.ok(there.has(String(acknowledged)), String(acknowledged));
        }
        await database.close();
        await lock.release();
      });
    }));

  it('and is suspended is superseded after ten seconds of silence; resumed, it answers nothing and leaves the files alone', () =>
    withFolder(async (storage) => {
      await withProgram(storage, ['0', 'write'], async (owner) => {
        await owner.hearsMany('acknowledged', 50);
        owner.signal('SIGSTOP');
        const clock = new FastClock();
        clock.speedUp();
        const stopped = clock.monotonic();
        const lock = await takeLock(storage, 3_600_000, clock);
        assert.ok(clock.monotonic() - stopped >= 10_000);
        const database = await openDatabase(storage, { generation: lock.generation });
        await addItem(database, 'successor');
        const before = await itemNames(database);
        owner.signal('SIGCONT');
        assert.equal(await owner.hears('lost'), true);
        assert.match(String(await owner.hears('refused')), /outcome_unknown|unavailable/);
        // What was already in its pipe when it was stopped may still arrive, but all of that is there.
        for (const { acknowledged } of owner.said) {
          if (acknowledged !== undefined) assert.ok(before.includes(String(acknowledged)));
        }
        await addItem(database, 'after');
        await database.close();
        await lock.release();
        const third = await takeLock(storage);
        const again = await openDatabase(storage, { generation: third.generation });
        assert.deepEqual(await itemNames(again), [...before, 'after']);
        await again.close();
        await third.release();
      });
    }));

  it('waits for its predecessor and takes over when that releases the lock', () =>
    withFolder(async (storage) => {
      const lock = await takeLock(storage);
      await withProgram(storage, ['3600000', 'hold'], async (next) => {
        await lock.release();
        assert.equal(await next.hears('generation'), 2);
        next.tell('check');
        assert.equal(await next.hears('ours'), true);
        next.tell('release');
        assert.equal(await next.hears('released'), true);
      });
    }));
});
