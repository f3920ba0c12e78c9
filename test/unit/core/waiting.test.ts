import assert from 'node:assert/strict';
import { type WaitingFacts, whyWaiting } from '../../../src/core/waiting';

const facts: WaitingFacts = {
  parked: false,
  after: [],
  not_before: null,
  stream: { name: 'lane', ended: false, paused: false, parallelism: 2, working: true },
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
