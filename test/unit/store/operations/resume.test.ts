import assert from 'node:assert/strict';
import type { Claim } from '../../../../src/core/model';
import type { Queue } from '../../../../src/core/queue';
import { enqueue, withQueue } from '../../../support/localQueue';

type End = (queue: Queue, claim: Claim) => Promise<unknown>;

function usage(cost: number | null) {
  return { input: null, cached: null, output: null, cost_usd: cost, turns: null };
}

const failing =
  (failure: object): End =>
  async (queue, { task, lease }) => {
    await queue.fail(task.id, { lease, error_message: 'x', agent_session: 'abc', ...failure });
    // It need not wait.
    await queue.editTask(task.id, { not_before: null });
  };

const asking =
  (facts: object = {}): End =>
  async (queue, { task, lease }) => {
    await queue.ask(task.id, {
      lease,
      attempt: task.attempts,
      text: 'Which?',
      agent_session: 'abc',
      ...facts,
    });
    await queue.answer(task.id, { text: 'this' });
  };

const limited = failing({ failure_kind: 'limited', retry_after: 0 });
const released: End = (queue, { task, lease }) => queue.releaseClaim(task.id, lease);
const renamed =
  (tool_name: string): End =>
  async (queue, claim) => {
    await limited(queue, claim);
    await queue.editTask(claim.task.id, { tool_name });
  };

/** What the claim after these attempts of a task says of a session. */
async function resumeAfter(queue: Queue, ...ends: readonly End[]): Promise<Claim['resume']> {
  const { id } = await enqueue(queue, { max_attempts: 10 });
  await queue.updateStream('lane', { retry_interrupted: true });
  for (const end of ends) await end(queue, await queue.claimTask(id, { supervised: true }));
  return (await queue.claimTask(id, { supervised: true })).resume;
}

const session = { session: 'abc', attempt: 1, cost_usd: null };

describe('The session that a claim says an agent can go on with', () => {
  for (const [what, end] of [
    ['asked', asking()],
    ['was limited', limited],
    ['was interrupted', failing({ failure_kind: 'interrupted' })],
  ] as const) {
    it(`is that of an attempt that ${what}`, () =>
      withQueue(async (queue) => assert.deepEqual(await resumeAfter(queue, end), session)));
  }

  for (const [what, ...ends] of [
    ['at the first attempt'],
    ['after a failure of its own', failing({})],
    ['after one that names none', asking({ agent_session: undefined })],
    ['after one of another tool', asking({ tool_name: 'other' })],
    ['where the task has another tool by now', renamed('other')],
  ] as const) {
    it(`is none ${what}`, () =>
      withQueue(async (queue) => assert.equal(await resumeAfter(queue, ...ends), null)));
  }

  it('is there again where the task has its tool again', () =>
    withQueue(async (queue) => {
      const { tool_name: tool } = await enqueue(queue);
      assert.deepEqual(await resumeAfter(queue, renamed('other'), released, renamed(tool)), null);
      const there = async (queue: Queue, claim: Claim) => {
        await limited(queue, claim);
        await queue.editTask(claim.task.id, { tool_name: 'other' });
        await queue.editTask(claim.task.id, { tool_name: tool });
      };
      assert.deepEqual(await resumeAfter(queue, there), session);
    }));

  it('is still there after a claim that was released', () =>
    withQueue(async (queue) => assert.deepEqual(await resumeAfter(queue, asking(), released), session)));

  it('has cost what its attempts have, as far as they say', () =>
    withQueue(async (queue) => {
      const ends = [
        asking({ usage: usage(0.25) }),
        failing({ failure_kind: 'limited', retry_after: 0, usage: usage(null) }),
        asking({ agent_session: 'other', usage: usage(4) }),
        asking({ usage: usage(0.5) }),
      ];
      assert.deepEqual(await resumeAfter(queue, ...ends), { session: 'abc', attempt: 4, cost_usd: 0.75 });
    }));
});
