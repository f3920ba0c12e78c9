import assert from 'node:assert/strict';
import { type WaitingFacts, whyWaiting, whyWaitingHere } from '../../../src/core/waiting';
import { aStream, aTask } from '../../support/sampleRows';

const facts: WaitingFacts = {
  parked: false,
  after: [],
  not_before: null,
  limited: false,
  stream: { name: 'lane', ended: false, paused: false, parallelism: 2, working: true, working_since: null },
  behind: null,
  tool_name: 'run-bash',
  runnable: true,
  running: 0,
};
const now = Date.parse('2026-01-31T09:00:00');

describe('Why a task waits', () => {
  const stream = facts.stream;
  const cases: [string, Partial<WaitingFacts>, string][] = [
    ['nothing', {}, 'Next to start.'],
    ['no worker', { stream: { ...stream, working: false } }, 'No worker has been started on stream lane.'],
    [
      'a worker that was stopped',
      { stream: { ...stream, working: false, working_since: '2026-01-31T08:12:00' } },
      'No worker on stream lane since 08:12.',
    ],
    ['a full lane', { running: 2 }, 'The lane is full: 2 of 2 running.'],
    [
      'an unknown tool',
      { runnable: null },
      'Waits for an outside worker: there is no command for tool run-bash.',
    ],
    [
      'a tool without a command',
      { runnable: false, running: 2 },
      'Waits for an outside worker: there is no command for tool run-bash.',
    ],
    ['its place', { behind: 'tsk_1', runnable: false }, 'Behind tsk_1.'],
    ['a pause', { behind: 'tsk_1', stream: { ...stream, paused: true } }, 'Stream lane is paused.'],
    [
      'an ended stream',
      { stream: { ...stream, ended: true, paused: true } },
      'Stream lane has ended: move the task to another one.',
    ],
    ['a time today', { not_before: '2026-01-31T14:05:00' }, 'Not before 14:05.'],
    [
      'a limit of its tool',
      { not_before: '2026-01-31T14:05:00', limited: true },
      'Its tool asked to come back at 14:05.',
    ],
    ['a later time', { not_before: '2026-02-01T08:00:00' }, 'Not before 2026-02-01 08:00.'],
    [
      'a task',
      { after: [{ id: 'tsk_2', failed: false }], not_before: '2026-02-01T08:00:00' },
      'Waits for tsk_2.',
    ],
    [
      'several tasks',
      { after: ['tsk_2', 'tsk_3', 'tsk_4'].map((id) => ({ id, failed: false })) },
      'Waits for tsk_2 and 2 more.',
    ],
    [
      'a failed task',
      { after: ['tsk_2', 'tsk_3'].map((id) => ({ id, failed: id === 'tsk_3' })) },
      'Held because tsk_3, which it waits for, failed.',
    ],
    [
      'somebody',
      { parked: true, after: [{ id: 'tsk_2', failed: false }] },
      'Parked until somebody unparks it.',
    ],
  ];
  for (const [what, more, sentence] of cases) {
    it(`is told for ${what}`, () => assert.equal(whyWaiting({ ...facts, ...more }, now), sentence));
  }
});

describe('Why a task waits, where it is known who works', () => {
  const lane = aStream({ name: 'lane', working: true });
  const here = (waiting: string | null, present: boolean, untrusted = false, stream = lane) =>
    whyWaitingHere(aTask({ waiting }), stream, { present, untrusted });
  const off = whyWaiting({ ...facts, stream: { ...facts.stream, working: false } }, now);
  const next = whyWaiting(facts, now);

  it('is that a wanted worker is not there, or may not be', () => {
    const missing =
      'No worker is on stream lane at present: one starts with its workspace, or with sparkq watch.';
    assert.equal(here(next, false), missing);
    assert.equal(here(next, false, true), 'This workspace is not trusted, so nothing is run in it.');
    assert.equal(here(next, true), next);
  });

  it('is not that no worker was asked for, where one is there', () => {
    assert.equal(here(off, true), 'Next to start.');
    const counts = { ...lane.counts, running: 1 };
    assert.equal(here(off, true, false, { ...lane, counts }), 'The lane is full: 1 of 1 running.');
    assert.equal(here(off, false), off);
  });

  it('is left as it is where the task itself or its stream says it', () => {
    for (const waiting of ['Behind tsk_1.', null]) assert.equal(here(waiting, false, true), waiting);
  });
});
