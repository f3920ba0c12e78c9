import assert from 'node:assert/strict';
import {
  type AccountRun,
  type AccountState,
  answered,
  begin,
  failed,
  forget,
  isProbeDue,
  type Limit,
  limited,
  loggedOut,
  nextChange,
  notStarted,
  restOf,
  spent,
  usedToday,
  wake,
} from '../../../src/accounts/accountState';
import { toInstant } from '../../../src/core/clock';
import type { Budget } from '../../../src/core/model';
import { inZone } from '../../support/fakeClock';

const start = Date.parse('2026-01-31T09:00:00Z');
const minute = 60_000;
const unbounded: Budget = { day_usd: null, day_tasks: null };

function run(task: string, more: Partial<AccountRun> = {}): AccountRun {
  return { account: 'claude', model: null, storage: '/s', task, attempt: 1, ...more };
}

function limit(until: number | null = null, more: Partial<Limit> = {}): Limit {
  return { until, name: '5-hour limit', model: null, ...more };
}

function fresh(): AccountState {
  return { rests: [], used: {}, open: {} };
}

function restNow(state: AccountState, now: number, of = run('tsk_x'), budget = unbounded) {
  return restOf(state, of, budget, now);
}

function starts(state: AccountState, task: string, now: number, budget = unbounded) {
  return begin(state, run(task), { budget, anyway: false, now });
}

describe('An account that has met a limit', () => {
  it('rests until a minute after the time that the limit says, for all its tools', () => {
    const state = fresh();
    limited(state, run('tsk_a'), limit(start + 60 * minute), start);
    const rest = { account: 'claude', limit: '5-hour limit', model: null, first: null };
    assert.deepEqual(restNow(state, start), { ...rest, until: toInstant(start + 61 * minute) });
    assert.equal(nextChange(state, start), start + 61 * minute);
    assert.equal(restNow(state, start, run('tsk_b', { account: 'codex' })), null);
    assert.equal(restNow(state, start + 61 * minute), null);
    assert.equal(isProbeDue(state, 'claude', null, start + 61 * minute), false);
  });

  it('rests for 15, 30, then 60 minutes where no time can be read, each time after one task that goes first', () => {
    const state = fresh();
    let now = start;
    for (const [turn, minutes] of [15, 30, 60, 60].entries()) {
      const task = `tsk_${turn}`;
      assert.equal(starts(state, task, now), null);
      limited(state, run(task), limit(), now);
      // Others that were under way meet it as well: that makes it no longer.
      limited(state, run('tsk_other'), limit(), now + 1);
      assert.equal(restNow(state, now)?.until, toInstant(now + minutes * minute));
      now += minutes * minute;
      assert.ok(isProbeDue(state, 'claude', null, now));
    }
  });

  it('lets one task go first after a guessed time, and all others once that has an answer', () => {
    const state = fresh();
    limited(state, run('tsk_a'), limit(), start);
    const over = start + 15 * minute;
    assert.equal(starts(state, 'tsk_a', over), null);
    assert.equal(starts(state, 'tsk_b', over)?.first, 'tsk_a');
    answered(state, run('tsk_a'), over);
    assert.equal(starts(state, 'tsk_b', over), null);
    assert.deepEqual(state.rests, []);
  });

  it('rests no longer where the task that went first fails by itself, and lets another go first where it never started', () => {
    const state = fresh();
    limited(state, run('tsk_a'), limit(), start);
    const over = start + 15 * minute;
    starts(state, 'tsk_a', over);
    notStarted(state, run('tsk_a'), over);
    assert.equal(starts(state, 'tsk_b', over), null);
    failed(state, run('tsk_c'));
    assert.equal(starts(state, 'tsk_c', over)?.first, 'tsk_b');
    failed(state, run('tsk_b'));
    assert.equal(restNow(state, over), null);
  });

  it('waits no longer than 15 minutes for a task that goes first and says nothing', () => {
    const state = fresh();
    limited(state, run('tsk_a'), limit(), start);
    const over = start + 15 * minute;
    starts(state, 'tsk_a', over);
    assert.equal(nextChange(state, over), over + 15 * minute);
    assert.equal(starts(state, 'tsk_b', over + 15 * minute), null);
  });

  it('takes the later of two times, and a known one for a guess', () => {
    const state = fresh();
    limited(state, run('tsk_a'), limit(), start);
    limited(state, run('tsk_b'), limit(start + 5 * minute), start);
    assert.equal(restNow(state, start)?.until, toInstant(start + 6 * minute));
    limited(state, run('tsk_c'), limit(start + 60 * minute, { name: 'weekly limit' }), start);
    limited(state, run('tsk_d'), limit(start + 10 * minute), start);
    limited(state, run('tsk_e'), limit(), start);
    assert.equal(restNow(state, start)?.until, toInstant(start + 61 * minute));
    assert.equal(restNow(state, start)?.limit, 'weekly limit');
  });

  it('counts one report once, however often it comes', () => {
    const state = fresh();
    limited(state, run('tsk_a'), limit(), start);
    limited(state, run('tsk_a'), limit(), start + 20 * minute);
    assert.equal(restNow(state, start)?.until, toInstant(start + 15 * minute));
  });

  it('rests for one model where the limit is that of one', () => {
    const state = fresh();
    const opus = run('tsk_a', { model: 'opus' });
    limited(state, opus, limit(start + 60 * minute, { model: 'claude-opus-4' }), start);
    assert.equal(restNow(state, start, opus)?.model, 'opus');
    assert.equal(restNow(state, start, run('tsk_b', { model: 'haiku' })), null);
    // It may be the one that the agent uses by itself.
    assert.notEqual(restNow(state, start, run('tsk_c')), null);
  });

  it('rests no longer once a run that was started all the same has an answer', () => {
    const state = fresh();
    limited(state, run('tsk_a'), limit(start + 60 * minute), start);
    // What was under way before says nothing.
    answered(state, run('tsk_b'), start - 1);
    assert.notEqual(restNow(state, start), null);
    begin(state, run('tsk_c'), { budget: unbounded, anyway: true, now: start + 1 });
    answered(state, run('tsk_c'), start + 1);
    assert.equal(restNow(state, start + 1), null);
  });
});

describe('An account that nobody is logged in to', () => {
  it('rests until a person wakes it, or a run that was started by hand has an answer', () => {
    for (const end of ['wake', 'answer']) {
      const state = fresh();
      loggedOut(state, run('tsk_a'), start);
      const rest = restNow(state, start + 24 * 60 * minute);
      assert.deepEqual([rest?.until, rest?.limit], [null, 'not logged in']);
      assert.equal(nextChange(state, start), Number.POSITIVE_INFINITY);
      if (end === 'wake') wake(state, 'claude', start);
      else answered(state, run('tsk_b'), start + 1);
      assert.equal(restNow(state, start + 1), null);
    }
  });
});

describe('The budget of an account', () => {
  it('lets as many tasks start in a day as it says, from one local midnight to the next', () =>
    inZone('Europe/Berlin', () => {
      const state = fresh();
      const budget = { ...unbounded, day_tasks: 2 };
      assert.equal(starts(state, 'tsk_a', start, budget), null);
      // Of a run that was not started nothing counts.
      starts(state, 'tsk_b', start, budget);
      notStarted(state, run('tsk_b'), start);
      assert.equal(starts(state, 'tsk_c', start, budget), null);
      const rest = starts(state, 'tsk_d', start, budget);
      assert.deepEqual(
        [rest?.limit, rest?.until],
        ['daily budget', toInstant(Date.parse('2026-01-31T23:00:00Z'))],
      );
      assert.equal(nextChange(state, start), Date.parse('2026-01-31T23:00:00Z'));
      assert.equal(starts(state, 'tsk_d', Date.parse('2026-01-31T23:00:00Z'), budget), null);
    }));

  it('counts what each run has cost once, and counts from zero after a wake', () => {
    const state = fresh();
    const budget = { ...unbounded, day_usd: 1 };
    starts(state, 'tsk_a', start, budget);
    spent(state, run('tsk_a'), 0.6, start);
    spent(state, run('tsk_a'), 0.6, start);
    assert.equal(restNow(state, start, run('tsk_x'), budget), null);
    starts(state, 'tsk_b', start, budget);
    spent(state, run('tsk_b'), 0.5, start);
    assert.equal(restNow(state, start, run('tsk_x'), budget)?.limit, 'daily budget');
    // Another workspace may allow more.
    assert.equal(restNow(state, start, run('tsk_x'), { ...budget, day_usd: 5 }), null);
    wake(state, 'claude', start);
    assert.equal(restNow(state, start, run('tsk_x'), budget), null);
    assert.deepEqual(usedToday(state, 'claude', start), { usd: 0, tasks: 0 });
  });
});

it('What has long been over is forgotten', () => {
  const state = fresh();
  limited(state, run('tsk_a'), limit(start), start);
  starts(state, 'tsk_b', start + 2 * minute);
  loggedOut(state, run('tsk_c', { account: 'codex' }), start);
  forget(state, start + 8 * 24 * 60 * minute);
  assert.deepEqual([state.rests.map(({ account }) => account), state.used, state.open], [['codex'], {}, {}]);
});
