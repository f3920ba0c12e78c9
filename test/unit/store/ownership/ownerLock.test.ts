import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { mock } from 'node:test';
import { HeartbeatMonitor, OwnerLock, readOwner } from '../../../../src/store/ownership/ownerLock';
import { bootId } from '../../../../src/system/processes';
import { endedStart } from '../../../support/deadPid';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';
import { takeLock } from '../../../support/takeLock';
import { onPlatform, refusing } from '../../../support/windowsFiles';

function locks(storage: string): string[] {
  return readdirSync(storage)
    .filter((name) => name.startsWith('owner.'))
    .sort();
}

/** Lets the lock's interval pass until a heartbeat has touched the file. */
async function nextBeat(file: string): Promise<void> {
  const before = statSync(file).mtimeMs;
  while (statSync(file).mtimeMs === before) await passBeat();
}

async function passBeat(): Promise<void> {
  mock.timers.tick(1000);
  await new Promise((resolve) => setImmediate(resolve));
}

describe('the owner lock', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }));
  afterEach(() => mock.timers.reset());

  it('is a file that names the owner, and is granted once', () =>
    withFolder(async (storage) => {
      const lock = await takeLock(storage);
      assert.equal(lock.generation, 1);
      assert.deepEqual(locks(storage), ['owner.1']);
      const owner = await readOwner(storage);
      assert.equal(owner?.pid, process.pid);
      assert.equal(owner?.role, 'editor');
      assert.match(owner?.token ?? '', /^[0-9a-f]{32}$/);
      const second = await OwnerLock.acquire({ storage, role: 'command' });
      assert.ok('holder' in second && second.holder.token === owner?.token);
      assert.equal(lock.stillOurs(), true);
      await lock.release();
    }));

  it('passes to the next owner at once when released, under a higher number', () =>
    withFolder(async (storage) => {
      const first = await takeLock(storage);
      await first.release();
      assert.equal(await readOwner(storage), null);
      const second = await takeLock(storage);
      assert.equal(second.generation, 2);
      assert.deepEqual(locks(storage), ['owner.2']);
      assert.equal(first.stillOurs(), false);
      await first.release();
      assert.equal(second.stillOurs(), true);
      await second.release();
    }));

  it('is released, and taken again, while Windows replaces and removes no file that a waiting process reads', () =>
    withFolder((storage) =>
      onPlatform('win32', async () => {
        const first = await takeLock(storage);
        const renamed = await refusing({ name: 'renameSync', code: 'EPERM', path: storage }, () =>
          first.release(),
        );
        assert.equal(renamed, 0);
        assert.equal(await readOwner(storage), null);
        const taken: OwnerLock[] = [];
        const refused = await refusing({ name: 'rm', code: 'EBUSY', times: 3, path: storage }, async () => {
          taken.push(await takeLock(storage));
        });
        assert.equal(refused, 3);
        assert.deepEqual(locks(storage), ['owner.2']);
        await taken[0]?.release();
      }),
    ));

  it('is taken although old locks cannot be removed, and each of their owners still finds a later one', () =>
    withFolder(async (storage) => {
      const first = await takeLock(storage);
      await first.release();
      const later: OwnerLock[] = [];
      await refusing({ name: 'rm', code: 'EPERM', path: 'owner.1' }, async () => {
        const second = await takeLock(storage);
        await second.release();
        later.push(second, await takeLock(storage));
      });
      assert.deepEqual(locks(storage), ['owner.1', 'owner.2', 'owner.3']);
      assert.deepEqual(
        [first, ...later].map((lock) => lock.stillOurs()),
        [false, false, true],
      );
      await later[1]?.release();
    }));

  it('never reuses a number that files carry', () =>
    withFolder(async (storage) => {
      writeFileSync(path.join(storage, 'journal-7-0.log'), '');
      const lock = await takeLock(storage);
      assert.equal(lock.generation, 8);
      await lock.release();
    }));

  it('is granted to one of many that try together', () =>
    withFolder(async (storage) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => OwnerLock.acquire({ storage, role: 'command' })),
      );
      const taken = answers.filter((answer) => 'lock' in answer);
      assert.equal(taken.length, 1);
      assert.deepEqual(locks(storage), ['owner.1']);
      for (const answer of taken) if ('lock' in answer) await answer.lock.release();
    }));

  it('is granted to one of many on a file system without hard links, and passes on', () =>
    withFolder(async (storage) => {
      const refused = await refusing({ name: 'linkSync', code: 'ENOTSUP' }, async () => {
        for (let turn = 1; turn <= 3; turn++) {
          const tries = Array.from({ length: 20 }, () => OwnerLock.acquire({ storage, role: 'command' }));
          const taken = (await Promise.all(tries)).flatMap((answer) =>
            'lock' in answer ? [answer.lock] : [],
          );
          assert.deepEqual(
            taken.map(({ generation }) => generation),
            [turn],
          );
          assert.deepEqual(locks(storage), [`owner.${turn}`]);
          await taken[0]?.release();
        }
      });
      assert.ok(refused >= 3);
    }));

  it('of another boot, or of a reused pid, does not hold', () =>
    withFolder(async (storage) => {
      const lock = await takeLock(storage);
      await lock.release();
      const text = JSON.parse(readFileSync(path.join(storage, 'owner.1'), 'utf8'));
      const boot = bootId() === null ? [] : [{ bootId: 'another' }];
      const lies = [...boot, { startTime: endedStart }, { pid: 2 ** 22 + 1 }];
      for (const lie of lies) {
        const { generation } = await takeLock(storage).then(async (one) => {
          await one.release();
          return one;
        });
        writeFileSync(
          path.join(storage, `owner.${generation}`),
          JSON.stringify({ ...text, released: false, ...lie }),
        );
        const next = await takeLock(storage);
        assert.equal(next.generation, generation + 1, JSON.stringify(lie));
        await next.release();
      }
    }));

  it('of a process on Windows ends with it, although it was seen alive and another one has its pid', () =>
    withFolder((storage) =>
      onPlatform('win32', async () => {
        const startTime = path.join(storage, 'sparkq-4711-0123456789abcdef.alive');
        const { pid } = process;
        const text = { pid, startTime, bootId: null, host: os.hostname(), pidNamespace: null, token: 'x' };
        writeFileSync(path.join(storage, 'owner.3'), JSON.stringify(text));
        const monitor = new HeartbeatMonitor(new FakeClock());
        const ask = () => OwnerLock.acquire({ storage, role: 'command', monitor });
        await refusing({ name: 'openSync', code: 'EBUSY', path: startTime }, async () => {
          assert.ok('holder' in (await ask()));
        });
        const answer = await ask();
        assert.ok('lock' in answer && answer.lock.generation === 4);
        await answer.lock.release();
      }),
    ));

  it('of a live process without a boot id holds', () =>
    withFolder(async (storage) => {
      const lock = await takeLock(storage);
      const file = path.join(storage, 'owner.1');
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), bootId: null }));
      const second = await OwnerLock.acquire({ storage, role: 'command' });
      assert.ok('holder' in second && second.holder.bootId === null);
      await lock.release();
    }));

  for (const [what, text] of [
    ['of another host', JSON.stringify({ pid: process.pid, host: 'elsewhere', bootId: 'other', token: 'x' })],
    ['that makes no sense', '{"pid":'],
  ] as const) {
    it(`${what} is judged by its heartbeat alone`, () =>
      withFolder(async (storage) => {
        const clock = new FakeClock();
        const monitor = new HeartbeatMonitor(clock);
        writeFileSync(path.join(storage, 'owner.3'), text);
        const ask = () => OwnerLock.acquire({ storage, role: 'command', clock, monitor });
        for (let second = 0; second < 10; second++) {
          assert.ok('holder' in (await ask()), `after ${second} seconds`);
          clock.advance(1000);
        }
        const answer = await ask();
        assert.ok('lock' in answer && answer.lock.generation === 4);
        await answer.lock.release();
      }));
  }

  it('notifies an idle owner of a later one', () =>
    withFolder(async (storage) => {
      const lock = await takeLock(storage);
      const told = new Promise<void>((resolve) => lock.onSuperseded(resolve));
      writeFileSync(path.join(storage, 'owner.2'), '{}');
      let over = false;
      void told.then(() => {
        over = true;
      });
      while (!over) await passBeat();
    }));

  it('also notifies when later owners have removed it', () =>
    withFolder(async (storage) => {
      const lock = await takeLock(storage);
      const told = new Promise<void>((resolve) => lock.onSuperseded(resolve));
      rmSync(path.join(storage, 'owner.1'));
      writeFileSync(path.join(storage, 'owner.3'), '{}');
      let over = false;
      void told.then(() => {
        over = true;
      });
      while (!over) await passBeat();
    }));

  it('does not count as silent to a process that slept itself', () =>
    withFolder(async (storage) => {
      const clock = new FakeClock();
      const monitor = new HeartbeatMonitor(clock);
      writeFileSync(path.join(storage, 'owner.3'), JSON.stringify({ pid: process.pid, host: 'elsewhere' }));
      for (let look = 0; look < 4; look++) {
        assert.ok('holder' in (await OwnerLock.acquire({ storage, role: 'command', clock, monitor })));
        clock.advance(3_600_000);
      }
    }));

  it('has a heartbeat, so that a live owner never counts as silent', () =>
    withFolder(async (storage) => {
      const lock = await takeLock(storage);
      const before = (await readOwner(storage))?.token;
      const clock = new FakeClock();
      const monitor = new HeartbeatMonitor(clock);
      // Each beat ends a silence of eight seconds, by the watcher's clock.
      for (let beat = 0; beat < 3; beat++) {
        for (let look = 0; look < 5; look++) {
          const answer = await OwnerLock.acquire({ storage, role: 'command', clock, monitor });
          assert.ok('holder' in answer && answer.holder.token === before);
          if (look < 4) clock.advance(2000);
        }
        await nextBeat(path.join(storage, 'owner.1'));
      }
      await lock.release();
    }));
});
