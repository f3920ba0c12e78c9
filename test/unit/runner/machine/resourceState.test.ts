import assert from 'node:assert/strict';
import { noLimits } from '../../../../src/core/config';
import {
  capacityOf,
  type Entry,
  grant,
  type ResourceState,
  whyWaitsFor,
} from '../../../../src/runner/machine/resourceState';
import { Random } from '../../../support/random';

function entry(id: string, needs: Record<string, number> = {}, held = false): Entry {
  const holder = { pid: 1, start_time: null, host: 'h', boot: null, namespace: null };
  const place = { storage: '/s', folder: '/w', task: `tsk_${id}`, attempt: null };
  return {
    id,
    needs,
    held,
    ...place,
    holder,
    script: null,
    since: '2026-01-31T08:00:00.000Z',
    worktree: null,
  };
}

function state(entries: Entry[], limits: Partial<ResourceState['limits']> = {}): ResourceState {
  return { limits: { ...noLimits, ...limits }, entries, worktree_bytes: 0 };
}

function heldIn(given: ResourceState): string[] {
  grant(given, () => true);
  return given.entries.filter(({ held }) => held).map(({ id }) => id);
}

describe('What is free of the machine', () => {
  it('is one of each, unless machine.yml says otherwise', () => {
    assert.equal(capacityOf({ ...noLimits, resources: { gpu: 2 } }, 'gpu'), 2);
    assert.equal(capacityOf(noLimits, 'constructor'), 1);
    assert.deepEqual(heldIn(state([entry('a', { gpu: 1 }), entry('b', { gpu: 1 }), entry('c')])), ['a', 'c']);
    const two = { resources: { gpu: 2 } };
    assert.deepEqual(heldIn(state([entry('a', { gpu: 1 }), entry('b', { gpu: 1 })], two)), ['a', 'b']);
  });

  it('goes to whoever came first: nobody passes one that waits for the same', () => {
    const two = { resources: { gpu: 2 } };
    const entries = [entry('a', { gpu: 1 }, true), entry('b', { gpu: 2 }), entry('c', { gpu: 1 })];
    const waiting = state(entries, two);
    assert.deepEqual(heldIn(waiting), ['a']);
    waiting.entries.shift();
    assert.deepEqual(heldIn(waiting), ['b']);
    waiting.entries.shift();
    assert.deepEqual(heldIn(waiting), ['c']);
  });

  it('is given at once or not at all, so that nobody who holds something waits', () => {
    const entries = [entry('a', { gpu: 1 }, true), entry('b', { gpu: 1, port: 1 }), entry('c', { disk: 1 })];
    assert.deepEqual(heldIn(state(entries)), ['a', 'c']);
  });

  it('has places for as many runs as machine.yml allows, which one that waits for more does not block', () => {
    const entries = [
      entry('a', { gpu: 1 }, true),
      entry('b', { gpu: 1 }),
      entry('c'),
      entry('d'),
      entry('e', { disk: 1 }),
    ];
    const limited = state(entries, { max_running: 2 });
    assert.deepEqual(heldIn(limited), ['a', 'c']);
    limited.entries.shift();
    assert.deepEqual(heldIn(limited), ['b', 'c']);
  });

  it('is not kept for one that needs more than there is, nor used by one of another machine', () => {
    assert.deepEqual(heldIn(state([entry('a', { gpu: 2 }), entry('b', { gpu: 1 })])), ['b']);
    const foreign = state([entry('a', { gpu: 1 }, true), entry('b', { gpu: 1 })]);
    grant(foreign, ({ id }) => id !== 'a');
    assert.ok(foreign.entries[1]?.held);
  });

  it('has no room for a new worktree where all take as much as they may, which keeps nobody else waiting', () => {
    const gigabyte = 1024 ** 3;
    const entries = [{ ...entry('a', { gpu: 1 }), worktree: 'tsk_a' }, entry('b', { gpu: 1 })];
    const full = { ...state(entries, { worktrees_max_gb: 2 }), worktree_bytes: 2 * gigabyte };
    assert.deepEqual(heldIn(full), ['b']);
    assert.deepEqual(whyWaitsFor(full, { storage: '/s', task: 'tsk_a' }), {
      code: 'worktrees_full',
      values: { used: 2, capacity: 2 },
    });
    full.entries.pop();
    assert.deepEqual(heldIn({ ...full, worktree_bytes: 2 * gigabyte - 1 }), ['a']);
  });

  it('is never given out twice, and everybody gets it once', () => {
    const random = new Random(7);
    const limits = { max_running: 3, resources: { gpu: 2 } };
    const waiting = state([], limits);
    const order: string[] = [];
    for (let made = 0; made < 200 || waiting.entries.length > 0; ) {
      if (made < 200 && random.chance(0.6)) {
        const needs: Record<string, number> = random.chance(0.5)
          ? { gpu: 1 + random.below(2) }
          : random.chance(0.5)
            ? { port: 1 }
            : {};
        made += 1;
        waiting.entries.push(entry(String(made), needs));
      }
      grant(waiting, () => true);
      const held = waiting.entries.filter((one) => one.held);
      const used = (name: string) => held.reduce((sum, { needs }) => sum + (needs[name] ?? 0), 0);
      assert.ok(held.length <= 3 && used('gpu') <= 2 && used('port') <= 1);
      const ended = held[random.below(held.length)];
      if (ended === undefined) continue;
      order.push(ended.id);
      waiting.entries = waiting.entries.filter(({ id }) => id !== ended.id);
    }
    assert.equal(new Set(order).size, 200);
  });
});

describe('Why a run waits for the machine', () => {
  const reasonOf = (given: ResourceState, task: string) => whyWaitsFor(given, { storage: '/s', task });

  it('is who has what it needs, or gets it before', () => {
    const entries = [entry('a', { gpu: 1 }, true), entry('b', { gpu: 1 }), entry('c', { gpu: 1 })];
    const facts = { resource: 'gpu', needed: 1, capacity: 1, task: 'tsk_a', folder: '/w' };
    assert.deepEqual(reasonOf(state(entries), 'tsk_b'), { code: 'resource', values: facts });
    const queued = state([
      entry('a', { port: 1 }, true),
      entry('b', { gpu: 1, port: 1 }),
      entry('c', { gpu: 1 }),
    ]);
    assert.deepEqual(reasonOf(queued, 'tsk_c'), { code: 'resource', values: { ...facts, task: 'tsk_b' } });
  });

  it('is the agent that works in the folder', () => {
    const entries = [entry('a', { '/home/me': 1 }, true), entry('b', { '/home/me': 1 })];
    assert.equal(reasonOf(state(entries), 'tsk_b')?.code, 'folder_busy');
  });

  it('is that there is too little of it, or that enough runs', () => {
    const values = { resource: 'gpu', needed: 2, capacity: 1 };
    assert.deepEqual(reasonOf(state([entry('a', { gpu: 2 })]), 'tsk_a'), { code: 'resource_short', values });
    const full = state([entry('a', {}, true), entry('b')], { max_running: 1 });
    assert.deepEqual(reasonOf(full, 'tsk_b'), {
      code: 'machine_full',
      values: { running: 1, parallelism: 1 },
    });
  });

  it('is none for what runs, and for a task of another queue', () => {
    const entries = [entry('a', { gpu: 1 }, true), entry('b', { gpu: 1 })];
    assert.equal(reasonOf(state(entries), 'tsk_a'), null);
    assert.equal(whyWaitsFor(state(entries), { storage: '/other', task: 'tsk_b' }), null);
  });
});
