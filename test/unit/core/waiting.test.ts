import assert from 'node:assert/strict';
import type { WaitingReason } from '../../../src/core/model';
import { localWords } from '../../../src/core/times';
import { english } from '../../../src/core/translator';
import {
  type WaitingFacts,
  waitingFor,
  waitingIn,
  waitingSentences,
  whyWaiting,
  whyWaitingHere,
} from '../../../src/core/waiting';
import { aStream, aTask } from '../../support/sampleRows';

const facts: WaitingFacts = {
  parked: false,
  unapproved: false,
  asking: false,
  after: [],
  after_batch: null,
  batch: null,
  not_before: null,
  limited: false,
  stream: {
    name: 'lane',
    ended: false,
    paused: false,
    question: null,
    parallelism: 2,
    working: true,
    working_since: null,
  },
  behind: null,
  blocker: null,
  tool_name: 'run-bash',
  runnable: true,
  unconfirmed: false,
  rest: null,
  running: 0,
  elsewhere: null,
};
const now = Date.parse('2026-01-31T09:00:00');

const nothing: WaitingReason = { code: 'next', values: {} };
const today = '2026-01-31T14:05:00';
/** The zone of local times. */
const zone = localWords(today, now).replace('14:05 ', '');

describe('Why a task waits', () => {
  const stream = facts.stream;
  const open = (...ids: string[]) => ids.map((id) => ({ id, failed: false }));
  const cases: [string, Partial<WaitingFacts>, WaitingReason][] = [
    ['nothing', {}, nothing],
    [
      'a batch',
      { after_batch: { id: 'bat_1', failed: false } },
      { code: 'after_batch', values: { batch: 'bat_1' } },
    ],
    [
      'a batch in which tasks failed',
      { after_batch: { id: 'bat_1', failed: true } },
      { code: 'batch_failed', values: { batch: 'bat_1' } },
    ],
    [
      'its batch, which runs as many as it may',
      { batch: { id: 'bat_1', stopped: false, running: 2, parallelism: 2 }, behind: 'tsk_1' },
      { code: 'batch_full', values: { batch: 'bat_1', running: 2, parallelism: 2 } },
    ],
    [
      'its batch, which stopped',
      { batch: { id: 'bat_1', stopped: true, running: 0, parallelism: 2 }, behind: 'tsk_1' },
      { code: 'batch_stopped', values: { batch: 'bat_1' } },
    ],
    [
      'no worker',
      { stream: { ...stream, working: false } },
      { code: 'no_worker', values: { stream: 'lane' } },
    ],
    [
      'a worker that was stopped',
      { stream: { ...stream, working: false, working_since: today } },
      { code: 'worker_stopped', values: { stream: 'lane', at: today } },
    ],
    ['a full lane', { running: 2 }, { code: 'lane_full', values: { running: 2, parallelism: 2 } }],
    [
      'a tool without a command',
      { runnable: false, running: 2 },
      { code: 'outside_worker', values: { tool: 'run-bash' } },
    ],
    ['its position', { behind: 'tsk_1', runnable: false }, { code: 'behind', values: { task: 'tsk_1' } }],
    [
      'a tool that nobody has confirmed',
      { runnable: false, unconfirmed: true },
      { code: 'unconfirmed_tool', values: { tool: 'run-bash' } },
    ],
    [
      'the rest of its account, before its position',
      {
        behind: 'tsk_1',
        rest: { account: 'claude', until: today, limit: '5-hour limit', model: null, first: null },
      },
      { code: 'resting', values: { account: 'claude', at: today, limit: '5-hour limit', tool: 'run-bash' } },
    ],
    [
      'an account that nobody is logged in to',
      { rest: { account: 'claude', until: null, limit: 'not logged in', model: null, first: null } },
      { code: 'resting_login', values: { account: 'claude', limit: 'not logged in', tool: 'run-bash' } },
    ],
    [
      'a task that goes first',
      { rest: { account: 'claude', until: null, limit: '5-hour limit', model: null, first: 'tsk_1' } },
      {
        code: 'resting_probe',
        values: { account: 'claude', limit: '5-hour limit', tool: 'run-bash', task: 'tsk_1' },
      },
    ],
    [
      'the head of its lane',
      { behind: 'tsk_2', blocker: { task: 'tsk_1', tool: 'outside', unconfirmed: false } },
      { code: 'blocked', values: { task: 'tsk_1', tool: 'outside' } },
    ],
    [
      'the unconfirmed tool of the head of its lane',
      { behind: 'tsk_2', blocker: { task: 'tsk_1', tool: 'report', unconfirmed: true } },
      { code: 'blocked_unconfirmed', values: { task: 'tsk_1', tool: 'report' } },
    ],
    ['approval', { unapproved: true, asking: true }, { code: 'approval', values: {} }],
    ['its question', { asking: true, after: open('tsk_1') }, { code: 'answer', values: {} }],
    [
      'a question that holds its lane',
      { behind: 'tsk_1', stream: { ...stream, question: 'tsk_2' } },
      { code: 'blocked_answer', values: { task: 'tsk_2' } },
    ],
    [
      'a pause',
      { behind: 'tsk_1', stream: { ...stream, paused: true } },
      { code: 'paused', values: { stream: 'lane' } },
    ],
    [
      'an ended stream',
      { stream: { ...stream, ended: true, paused: true } },
      { code: 'stream_ended', values: { stream: 'lane' } },
    ],
    ['a time', { not_before: today }, { code: 'not_before', values: { at: today } }],
    ['a limit of its tool', { not_before: today, limited: true }, { code: 'limited', values: { at: today } }],
    ['a task', { after: open('tsk_2'), not_before: today }, { code: 'after', values: { task: 'tsk_2' } }],
    [
      'several tasks',
      { after: open('tsk_2', 'tsk_3', 'tsk_4') },
      { code: 'after_several', values: { task: 'tsk_2', more: 2 } },
    ],
    [
      'a failed task',
      { after: [...open('tsk_2'), { id: 'tsk_3', failed: true }] },
      { code: 'held', values: { task: 'tsk_3' } },
    ],
    ['somebody', { parked: true, after: open('tsk_2') }, { code: 'parked', values: {} }],
  ];
  for (const [what, more, reason] of cases) {
    it(`is given for ${what}`, () => assert.deepEqual(whyWaiting({ ...facts, ...more }), reason));
  }
});

describe('The sentence for a waiting reason', () => {
  const cases: [WaitingReason, string][] = [
    [nothing, 'Next to start.'],
    [{ code: 'parked', values: {} }, 'Parked until somebody unparks it.'],
    [{ code: 'untrusted', values: {} }, 'This workspace is not trusted, so no task runs in it.'],
    [{ code: 'no_worker', values: { stream: 'lane' } }, 'No worker has been started on stream lane.'],
    [
      { code: 'worker_stopped', values: { stream: 'lane', at: '2026-01-31T08:12:00' } },
      `No worker on stream lane since 08:12 ${zone}.`,
    ],
    [
      { code: 'worker_absent', values: { stream: 'lane' } },
      'No worker is running on stream lane: open its workspace, or run sparkq watch lane.',
    ],
    [{ code: 'lane_full', values: { running: 2, parallelism: 2 } }, 'The lane is full: 2 of 2 running.'],
    [
      { code: 'outside_worker', values: { tool: 'run-bash' } },
      'Waiting for an outside worker: tool run-bash has no command.',
    ],
    [{ code: 'behind', values: { task: 'tsk_1' } }, 'Behind tsk_1.'],
    [{ code: 'after_batch', values: { batch: 'bat_1' } }, 'Waiting for batch bat_1.'],
    [
      { code: 'batch_failed', values: { batch: 'bat_1' } },
      'Held because tasks of batch bat_1, which it waits for, failed.',
    ],
    [
      { code: 'batch_stopped', values: { batch: 'bat_1' } },
      'Batch bat_1 stopped after its failures: retry it, or cancel what is left.',
    ],
    [
      { code: 'batch_full', values: { batch: 'bat_1', running: 2, parallelism: 2 } },
      'Batch bat_1 runs as many as it may: 2 of 2.',
    ],
    [
      { code: 'blocked', values: { task: 'tsk_1', tool: 'outside' } },
      'Blocked by tsk_1, which waits for an outside worker: tool outside has no command.',
    ],
    [
      { code: 'blocked_unconfirmed', values: { task: 'tsk_1', tool: 'report' } },
      'Blocked by tsk_1, whose tool report has changed in sparkq.yml: nobody has confirmed that yet.',
    ],
    [{ code: 'approval', values: {} }, 'Waiting for a person to approve it.'],
    [{ code: 'answer', values: {} }, 'Waiting for the answer to its question.'],
    [
      { code: 'blocked_answer', values: { task: 'tsk_1' } },
      'Blocked by tsk_1, whose question nobody has answered yet.',
    ],
    [
      { code: 'unconfirmed_tool', values: { tool: 'report' } },
      'Tool report has changed in sparkq.yml, and nobody has confirmed that yet.',
    ],
    [
      { code: 'resting', values: { account: 'claude', at: today, limit: '5-hour limit', tool: 'a' } },
      `Account claude rests until 14:05 ${zone} (5-hour limit).`,
    ],
    [
      { code: 'resting_login', values: { account: 'claude', limit: 'not logged in', tool: 'opus' } },
      'Account claude rests until somebody has logged in: then sparkq tools wake opus.',
    ],
    [
      {
        code: 'resting_probe',
        values: { account: 'claude', limit: '5-hour limit', tool: 'a', task: 'tsk_1' },
      },
      'Account claude rests (5-hour limit) until tsk_1, which goes first, has got an answer.',
    ],
    [
      { code: 'resource', values: { resource: 'gpu', needed: 1, capacity: 1, task: 'tsk_1', folder: '/w' } },
      'Waiting for gpu, which tsk_1 in /w has or gets before it.',
    ],
    [
      {
        code: 'folder_busy',
        values: { resource: '/a', needed: 1, capacity: 1, task: 'tsk_1', folder: '/w' },
      },
      'One agent at a time works in /a: waiting for tsk_1 in /w.',
    ],
    [
      { code: 'resource_short', values: { resource: 'gpu', needed: 2, capacity: 1 } },
      'It needs 2 of gpu, of which machine.yml allows 1.',
    ],
    [
      { code: 'machine_full', values: { running: 2, parallelism: 2 } },
      'The machine runs as many tasks as machine.yml allows: 2 of 2.',
    ],
    [
      { code: 'worktrees_full', values: { used: 20.1, capacity: 20 } },
      'Worktrees take 20.1 GB of the 20 that machine.yml allows: no new one is made until some are discarded.',
    ],
    [{ code: 'host', values: { host: 'box' } }, 'Waiting for box, where it runs.'],
    [
      { code: 'host_absent', values: { host: 'box' } },
      'Waiting for box, where it runs, but which does not have the queue open.',
    ],
    [{ code: 'host_labels', values: { labels: 'gpu, linux' } }, 'Waiting for a host with gpu, linux.'],
    [
      { code: 'person', values: { person: 'ben' } },
      'This host does not accept tasks of ben: see accept in machine.yml.',
    ],
    [{ code: 'paused', values: { stream: 'lane' } }, 'Stream lane is paused.'],
    [
      { code: 'stream_ended', values: { stream: 'lane' } },
      'Stream lane has ended: move the task to another stream.',
    ],
    [{ code: 'not_before', values: { at: today } }, `Not before 14:05 ${zone}.`],
    [{ code: 'not_before', values: { at: '2026-02-01T08:00:00' } }, `Not before 2026-02-01 08:00 ${zone}.`],
    [{ code: 'limited', values: { at: today } }, `Rate-limited until 14:05 ${zone}.`],
    [{ code: 'after', values: { task: 'tsk_2' } }, 'Waiting for tsk_2.'],
    [{ code: 'after_several', values: { task: 'tsk_2', more: 2 } }, 'Waiting for tsk_2 and 2 more.'],
    [{ code: 'held', values: { task: 'tsk_3' } }, 'Held because tsk_3, which it depends on, failed.'],
  ];
  for (const [reason, sentence] of cases) {
    it(`says ${reason.code}: ${sentence}`, () =>
      assert.deepEqual(waitingFor(reason, now), { waiting: sentence, waiting_reason: reason }));
  }

  it('is tested for each of them', () => {
    assert.equal(new Set(cases.map(([{ code }]) => code)).size, waitingSentences.length);
  });

  it('is translated, with its values', () => {
    const shouting = {
      t: (text: string, ...values: unknown[]) => `${text.toUpperCase()} ${values.join('+')}`,
    };
    const waiting = waitingFor({ code: 'worker_stopped', values: { stream: 'lane', at: today } }, now);
    assert.match(waitingIn(waiting, now, shouting) ?? '', /^NO WORKER .* lane\+14:05 UTC/);
    assert.equal(waitingIn({ waiting: null, waiting_reason: null }, now, shouting), null);
  });

  it("stays in the owner's words where only a newer program knows the reason", () => {
    const newer = { code: 'newer', values: {} } as unknown as WaitingReason;
    assert.equal(
      waitingIn({ waiting: 'Something new.', waiting_reason: newer }, now, english),
      'Something new.',
    );
  });
});

describe('Why a task waits, where it is known who works', () => {
  const lane = aStream({ name: 'lane', working: true });
  const here = (reason: WaitingReason, present: boolean, untrusted = false, stream = lane) =>
    whyWaitingHere(waitingFor(reason, now), stream, { present, untrusted }, now);
  const off: WaitingReason = { code: 'no_worker', values: { stream: 'lane' } };
  const stopped: WaitingReason = { code: 'worker_stopped', values: { stream: 'lane', at: today } };
  const full: WaitingReason = { code: 'lane_full', values: { running: 1, parallelism: 1 } };

  it('is that a wanted worker is not there, or may not be', () => {
    const absent: WaitingReason = { code: 'worker_absent', values: { stream: 'lane' } };
    assert.deepEqual(here(nothing, false), waitingFor(absent, now));
    assert.deepEqual(here(nothing, false, true), waitingFor({ code: 'untrusted', values: {} }, now));
    assert.deepEqual(here(nothing, true), waitingFor(nothing, now));
  });

  it('is not that no worker was asked for, where one is there', () => {
    const counts = { ...lane.counts, running: 1 };
    for (const reason of [off, stopped]) {
      assert.deepEqual(here(reason, true), waitingFor(nothing, now));
      assert.deepEqual(here(reason, true, false, { ...lane, counts }), waitingFor(full, now));
      assert.deepEqual(here(reason, false), waitingFor(reason, now));
    }
  });

  it('is what it waits for of the machine, where somebody works', () => {
    const machine: WaitingReason = { code: 'machine_full', values: { running: 2, parallelism: 2 } };
    const reasonHere = (reason: WaitingReason, present: boolean, stream = lane) =>
      whyWaitingHere(waitingFor(reason, now), stream, { present, machine }, now).waiting_reason;
    for (const reason of [nothing, off]) assert.deepEqual(reasonHere(reason, true), machine);
    assert.deepEqual(reasonHere(off, false), off);
    const counts = { ...lane.counts, running: 1 };
    assert.deepEqual(reasonHere(off, true, { ...lane, counts }), full);
  });

  it('is left as it is where the task itself or its stream says it', () => {
    const behind: WaitingReason = { code: 'behind', values: { task: 'tsk_1' } };
    assert.deepEqual(here(behind, false, true), waitingFor(behind, now));
    const running = aTask({ status: 'running' });
    assert.equal(whyWaitingHere(running, lane, { present: false }, now).waiting, null);
  });
});
