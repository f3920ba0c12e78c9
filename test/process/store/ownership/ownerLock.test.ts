import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Clock, systemClock } from '../../../../src/core/clock';
import { HeartbeatMonitor, OwnerLock, readOwner } from '../../../../src/store/ownership/ownerLock';
import { withFolder } from '../../../support/folders';
import { addItem, itemNames, openDatabase } from '../../../support/openDatabase';
import { Program } from '../../../support/program';

const program = path.resolve('out/test/process/store/programs/owner.js');

async function take(storage: string, waitMs = 0, clock: Clock = systemClock): Promise<OwnerLock> {
  const answer = await OwnerLock.acquire({ storage, role: 'editor', waitMs, clock });
  assert.ok('lock' in answer, 'somebody else holds the lock');
  return answer.lock;
}

function locks(storage: string): string[] {
  return readdirSync(storage)
    .filter((name) => name.startsWith('owner.'))
    .sort();
}

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

/** Waits until the heartbeat has touched the lock. */
async function nextBeat(file: string): Promise<void> {
  const before = statSync(file).mtimeMs;
  while (statSync(file).mtimeMs === before) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A clock whose monotonic time is moved by hand. */
function handClock(): Clock & { forward(ms: number): void } {
  let time = 0;
  return {
    ...systemClock,
    monotonic: () => time,
    forward: (ms) => {
      time += ms;
    },
  };
}

describe('the owner lock', () => {
  it('is a file that says who, and is given once', () =>
    withFolder(async (storage) => {
      const lock = await take(storage);
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

  it('goes to the next at once when it is released, under a higher number', () =>
    withFolder(async (storage) => {
      const first = await take(storage);
      await first.release();
      assert.equal(await readOwner(storage), null);
      const second = await take(storage);
      assert.equal(second.generation, 2);
      assert.deepEqual(locks(storage), ['owner.2']);
      assert.equal(first.stillOurs(), false);
      await first.release();
      assert.equal(second.stillOurs(), true);
      await second.release();
    }));

  it('never gives a number again that files carry', () =>
    withFolder(async (storage) => {
      writeFileSync(path.join(storage, 'journal-7-0.log'), '');
      const lock = await take(storage);
      assert.equal(lock.generation, 8);
      await lock.release();
    }));

  it('is given to one of many who try together', () =>
    withFolder(async (storage) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => OwnerLock.acquire({ storage, role: 'command' })),
      );
      const taken = answers.filter((answer) => 'lock' in answer);
      assert.equal(taken.length, 1);
      assert.deepEqual(locks(storage), ['owner.1']);
      for (const answer of taken) if ('lock' in answer) await answer.lock.release();
    }));

  it('of another boot, or of a pid that was given again, is no lock', () =>
    withFolder(async (storage) => {
      const lock = await take(storage);
      await lock.release();
      const text = JSON.parse(readFileSync(path.join(storage, 'owner.1'), 'utf8'));
      const lies = [{ bootId: 'another' }, { startTime: '1' }, { pid: 2 ** 22 + 1 }];
      for (const lie of lies) {
        const { generation } = await take(storage).then(async (one) => {
          await one.release();
          return one;
        });
        writeFileSync(
          path.join(storage, `owner.${generation}`),
          JSON.stringify({ ...text, released: false, ...lie }),
        );
        const next = await take(storage);
        assert.equal(next.generation, generation + 1, JSON.stringify(lie));
        await next.release();
      }
    }));

  it('of a live process that could not learn its boot id holds', () =>
    withFolder(async (storage) => {
      const lock = await take(storage);
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
        const clock = handClock();
        const watch = new HeartbeatMonitor(clock);
        writeFileSync(path.join(storage, 'owner.3'), text);
        const ask = () => OwnerLock.acquire({ storage, role: 'command', clock, watch });
        for (let second = 0; second < 10; second++) {
          assert.ok('holder' in (await ask()), `after ${second} seconds`);
          clock.forward(1000);
        }
        const answer = await ask();
        assert.ok('lock' in answer && answer.lock.generation === 4);
        await answer.lock.release();
      }));
  }

  it('tells its owner, who asks nothing, that a later one has come', () =>
    withFolder(async (storage) => {
      const lock = await take(storage);
      const told = new Promise<void>((resolve) => lock.onSuperseded(resolve));
      writeFileSync(path.join(storage, 'owner.2'), '{}');
      await told;
    }));

  it('tells so, too, when the later ones have removed it', () =>
    withFolder(async (storage) => {
      const lock = await take(storage);
      const told = new Promise<void>((resolve) => lock.onSuperseded(resolve));
      rmSync(path.join(storage, 'owner.1'));
      writeFileSync(path.join(storage, 'owner.3'), '{}');
      await told;
    }));

  it('is not taken for silent by a watcher that slept itself', () =>
    withFolder(async (storage) => {
      const clock = handClock();
      const watch = new HeartbeatMonitor(clock);
      writeFileSync(path.join(storage, 'owner.3'), JSON.stringify({ pid: process.pid, host: 'elsewhere' }));
      for (let look = 0; look < 4; look++) {
        assert.ok('holder' in (await OwnerLock.acquire({ storage, role: 'command', clock, watch })));
        clock.forward(3_600_000);
      }
    }));

  it('beats, so that a living owner is never taken for a silent one', () =>
    withFolder(async (storage) => {
      const lock = await take(storage);
      const before = (await readOwner(storage))?.token;
      const clock = handClock();
      const watch = new HeartbeatMonitor(clock);
      // Each beat ends a silence of eight seconds, by the watcher's clock.
      for (let beat = 0; beat < 3; beat++) {
        for (let look = 0; look < 5; look++) {
          const answer = await OwnerLock.acquire({ storage, role: 'command', clock, watch });
          assert.ok('holder' in answer && answer.holder.token === before);
          if (look < 4) clock.forward(2000);
        }
        await nextBeat(path.join(storage, 'owner.1'));
      }
      await lock.release();
    }));
});

describe('a process that owns the queue', function () {
  this.timeout(40_000);

  it('and is killed is followed within two seconds, with everything that it acknowledged', () =>
    withFolder(async (storage) => {
      await withProgram(storage, ['0', 'write'], async (owner) => {
        await owner.hearsMany('acknowledged', 50);
        const waiting = OwnerLock.acquire({ storage, role: 'editor', waitMs: 20_000 });
        owner.signal('SIGKILL');
        const killed = performance.now();
        const answer = await waiting;
        assert.ok('lock' in answer);
        const { lock } = answer;
        const database = await openDatabase(storage, { generation: lock.generation });
        const there = new Set(await itemNames(database));
        assert.ok(performance.now() - killed < 2000, `${performance.now() - killed} ms`);
        for (const { acknowledged } of owner.said) {
          if (acknowledged !== undefined) assert.ok(there.has(String(acknowledged)), String(acknowledged));
        }
        await database.close();
        await lock.release();
      });
    }));

  it('and is stopped is superseded within 12 seconds; woken, it answers nothing and leaves the files alone', () =>
    withFolder(async (storage) => {
      await withProgram(storage, ['0', 'write'], async (owner) => {
        await owner.hearsMany('acknowledged', 50);
        owner.signal('SIGSTOP');
        const stopped = performance.now();
        const lock = await take(storage, 20_000);
        const database = await openDatabase(storage, { generation: lock.generation });
        await addItem(database, 'successor');
        const took = performance.now() - stopped;
        assert.ok(took > 9000 && took < 12_000, `${took} ms`);
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
        const third = await take(storage);
        const again = await openDatabase(storage, { generation: third.generation });
        assert.deepEqual(await itemNames(again), [...before, 'after']);
        await again.close();
        await third.release();
      });
    }));

  it('waits for the one before it and takes over when that lets go', () =>
    withFolder(async (storage) => {
      const lock = await take(storage);
      await withProgram(storage, ['10000', 'hold'], async (next) => {
        await lock.release();
        assert.equal(await next.hears('generation'), 2);
        next.tell('check');
        assert.equal(await next.hears('ours'), true);
        next.tell('release');
        assert.equal(await next.hears('released'), true);
      });
    }));
});
