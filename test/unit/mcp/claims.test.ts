import assert from 'node:assert/strict';
import type { Task } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import type { LocalQueue } from '../../../src/store/localQueue';
import { ConnectedAgent, withAgent } from '../../support/agents/connectedAgent';
import type { FakeClock } from '../../support/fakeClock';
import { enqueue, enqueueMany, nextEvent } from '../../support/localQueue';

const outside = { tool_name: 'agent', prompt: 'Write the tests' };

/** Lets the queue do what has begun. */
async function settle(queue: Queue): Promise<void> {
  for (let round = 0; round < 6; round++) await queue.stats();
}

/** Lets time pass in steps, and heartbeats be sent in between. */
async function pass(queue: LocalQueue, clock: FakeClock, seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 10) {
    clock.advance(Math.min(left, 10) * 1000);
    await settle(queue);
  }
}

/** Puts another operation in the place of one. */
function replace<K extends keyof Queue>(queue: Queue, name: K, by: Queue[K]): void {
  Object.assign(queue, { [name]: by });
}

function stateOf({ status, attempts, failure_kind }: Task): unknown[] {
  return [status, attempts, failure_kind];
}

describe('A claim of an agent', () => {
  it('has its prompt, its deadline and no lease', () =>
    withAgent(async (agent, queue) => {
      await queue.updateStream('lane', { instructions: 'Use tabs' });
      const { id } = await enqueue(queue, outside);
      const answer = await agent.call('claim_task', { stream: 'lane' });
      assert.deepEqual(answer, {
        task_id: id,
        resumed: false,
        tool: 'agent',
        stream: 'lane',
        attempt: 1,
        prompt: 'Write the tests',
        instructions: 'Use tabs',
        deadline: '2026-01-31T11:00:00.000000Z',
      });
      const task = await queue.getTask(id);
      assert.equal(task.deadline, answer.deadline);
      assert.match(task.worker_id ?? '', /^wrk_/);
    }));

  it('is kept until its deadline by heartbeats that no model sends', () =>
    withAgent(async (agent, queue, clock) => {
      const { id } = await enqueue(queue, outside);
      await agent.call('claim_task', { stream: 'lane', timeout_s: 600 });
      await pass(queue, clock, 590);
      assert.equal((await queue.getTask(id)).status, 'running');
      await pass(queue, clock, 10);
      assert.deepEqual(stateOf(await queue.getTask(id)), ['failed', 1, 'timeout']);
    }));

  it('has the deadline that was asked for, which each report starts afresh', () =>
    withAgent(async (agent, queue, clock) => {
      const { id } = await enqueue(queue, outside);
      await agent.call('claim_task', { stream: 'lane', timeout_s: 100 });
      await pass(queue, clock, 90);
      const answer = await agent.call('update_task', { task_id: id, progress: 40, message: 'half' });
      assert.deepEqual(answer, {
        task_id: id,
        deadline: '2026-01-31T09:03:10.000000Z',
        cancel_requested: false,
      });
      await pass(queue, clock, 90);
      const task = await queue.getTask(id);
      assert.deepEqual([task.status, task.progress, task.progress_message], ['running', 40, 'half']);
    }));

  it('is answered again while it is open', () =>
    withAgent(async (agent, queue) => {
      const [first, second] = await enqueueMany(queue, 2, outside);
      const claim = await agent.call('claim_task', { stream: 'lane' });
      assert.deepEqual(await agent.call('claim_task', { stream: 'lane' }), { ...claim, resumed: true });
      assert.equal((await agent.call('claim_task', { task_id: first })).resumed, true);
      await assert.rejects(
        agent.call('claim_task', { task_id: second }),
        new RegExp(`This conversation still has task ${first} open\\. Finish it first`),
      );
      const other = await agent.call('claim_task', { stream: 'lane', another: true });
      assert.deepEqual([other.task_id, other.resumed, other.open_tasks], [second, false, [first]]);
    }));

  it('belongs to one conversation', () =>
    withAgent(async (agent, queue) => {
      const [first, second] = await enqueueMany(queue, 2, outside);
      const ann = { meta: { 'vscode.conversationId': 'ann' } };
      const bob = { meta: { 'vscode.conversationId': 'bob' } };
      assert.equal((await agent.call('claim_task', { stream: 'lane' }, ann)).task_id, first);
      assert.equal((await agent.call('claim_task', { stream: 'lane' }, bob)).task_id, second);
      const report = { task_id: first, outcome: 'done', summary: 'ok' };
      await assert.rejects(agent.call('finish_task', report, bob), /is held by another conversation/);
      await assert.rejects(
        agent.call('update_task', { task_id: first, progress: 1 }),
        /is held by another conversation/,
      );
      assert.equal((await agent.call('finish_task', report, ann)).status, 'succeeded');
    }));

  it('may be made twice at once only where that is wanted', () =>
    withAgent(async (agent, queue) => {
      const waiting = agent.call('claim_task', { stream: 'lane', wait_s: 45 });
      await settle(queue);
      await assert.rejects(
        agent.call('claim_task', { stream: 'lane' }),
        /Another claim_task of this conversation is still waiting/,
      );
      const { id } = await enqueue(queue, outside);
      assert.equal((await waiting).task_id, id);
    }));

  it('takes no task that this machine runs itself', () =>
    withAgent(async (agent, queue) => {
      await queue.updateStream('lane', { skip_unrunnable: true });
      await enqueue(queue, { tool_name: 'run-bash' });
      assert.equal((await agent.call('claim_task', { stream: 'lane' })).task_id, null);
      const { id } = await enqueue(queue, outside);
      assert.equal((await agent.call('claim_task', { stream: 'lane' })).task_id, id);
    }));

  it('that is cancelled leaves nothing claimed, whether it waits or has just been made', () =>
    withAgent(async (agent, queue) => {
      const cancelled = new AbortController();
      const waiting = agent.call('claim_task', { stream: 'lane', wait_s: 45 }, cancelled);
      await settle(queue);
      cancelled.abort();
      await assert.rejects(waiting);
      const { id } = await enqueue(queue, outside);
      const claimNext = queue.claimNext.bind(queue);
      const late = new AbortController();
      replace(queue, 'claimNext', async (...args) => {
        const claim = await claimNext(...args);
        if (claim !== null) late.abort();
        // The abort reaches the tool as a message.
        await settle(queue);
        return claim;
      });
      const released = nextEvent(queue, 'task.updated', id);
      await assert.rejects(agent.call('claim_task', { stream: 'lane' }, late));
      assert.deepEqual(stateOf((await released).task as Task), ['queued', 0, null]);
    }));

  it('ends within 50 seconds, whatever the queue does', () =>
    withAgent(async (agent, queue, clock) => {
      replace(queue, 'listTasks', () => new Promise(() => undefined));
      const listing = agent.call('list_tasks');
      const refusal = assert.rejects(listing, /The queue did not answer within 50 seconds/);
      await settle(queue);
      clock.advance(50_000);
      await refusal;
    }));
});

describe('An agent', () => {
  it('that ends gives back what it holds, with a note and no attempt spent', () =>
    withAgent(async (agent, queue) => {
      const ids = await enqueueMany(queue, 2, outside);
      for (const _ of ids) await agent.call('claim_task', { stream: 'lane', another: true });
      await agent.session.end();
      for (const id of ids) {
        const task = await queue.getTask(id);
        assert.deepEqual([task.status, task.failures, task.failure_kind], ['queued', 0, null]);
        assert.equal(task.progress_message, 'Given back: the agent that had claimed it has ended');
      }
      assert.deepEqual(
        (await queue.listTasks({ order: 'position' })).items.map(({ id }) => id),
        ids,
      );
    }));

  it('that ends while a claim is being made gives that back as well', () =>
    withAgent(async (agent, queue) => {
      const { id } = await enqueue(queue, outside);
      const claimNext = queue.claimNext.bind(queue);
      let end: Promise<void> | undefined;
      replace(queue, 'claimNext', async (...args) => {
        const claim = await claimNext(...args);
        end ??= agent.session.end();
        return claim;
      });
      await assert.rejects(agent.call('claim_task', { stream: 'lane' }), /The claim was cancelled/);
      await end;
      assert.deepEqual(stateOf(await queue.getTask(id)), ['queued', 0, null]);
    }));

  it('that is killed loses its task a minute after its last heartbeat', () =>
    withAgent(async (agent, queue, clock) => {
      const { id } = await enqueue(queue, { ...outside, max_attempts: 2 });
      await agent.call('claim_task', { stream: 'lane' });
      await pass(queue, clock, 60);
      // No program, no heartbeat.
      replace(queue, 'heartbeat', () => new Promise(() => undefined));
      await pass(queue, clock, 50);
      assert.equal((await queue.getTask(id)).status, 'running');
      await pass(queue, clock, 10);
      assert.deepEqual(stateOf(await queue.getTask(id)), ['queued', 1, null]);
      assert.equal((await queue.listAttempts(id))[0]?.outcome, 'lost');
    }));

  it('that has lost its task learns so from its report, which is kept with the attempt', () =>
    withAgent(async (agent, queue, clock) => {
      const { id } = await enqueue(queue, outside);
      await agent.call('claim_task', { stream: 'lane', timeout_s: 30 });
      await pass(queue, clock, 60);
      assert.equal((await queue.getTask(id)).failure_kind, 'timeout');
      await assert.rejects(agent.call('update_task', { task_id: id }), /superseded|not allowed/);
      const report = { task_id: id, outcome: 'done', summary: 'too late' };
      await assert.rejects(agent.call('finish_task', report), /superseded/);
      assert.equal((await queue.listAttempts(id))[0]?.summary, 'too late');
      await assert.rejects(agent.call('finish_task', report), /is not claimed by this conversation/);
    }));

  it('is told that its task is to be cancelled', () =>
    withAgent(async (agent, queue, clock) => {
      const { id } = await enqueue(queue, outside);
      await agent.call('claim_task', { stream: 'lane' });
      await queue.cancel(id);
      assert.equal((await agent.call('update_task', { task_id: id })).cancel_requested, true);
      await pass(queue, clock, 20);
      assert.equal((await agent.call('claim_task', { stream: 'lane' })).cancel_requested, true);
    }));

  it('keeps its task over heartbeats that fail', () =>
    withAgent(async (agent, queue, clock) => {
      const { id } = await enqueue(queue, outside);
      await agent.call('claim_task', { stream: 'lane' });
      const heartbeat = queue.heartbeat.bind(queue);
      let beats = 0;
      replace(queue, 'heartbeat', (...args) =>
        ++beats % 2 === 1 ? Promise.reject(new Error('no route')) : heartbeat(...args),
      );
      await pass(queue, clock, 180);
      assert.equal((await queue.getTask(id)).status, 'running');
    }));

  for (const [outcome, status] of [
    ['done', 'succeeded'],
    ['failed', 'failed'],
    ['release', 'queued'],
  ] as const) {
    it(`finishes its task as ${outcome}, once`, () =>
      withAgent(async (agent, queue) => {
        const { id } = await enqueue(queue, outside);
        await agent.call('claim_task', { stream: 'lane' });
        const report = { task_id: id, outcome, summary: 'as it is' };
        assert.equal((await agent.call('finish_task', report)).status, status);
        assert.equal((await agent.call('finish_task', report)).status, status);
        const again = { ...report, outcome: outcome === 'done' ? 'failed' : 'done' };
        await assert.rejects(agent.call('finish_task', again), /is not claimed by this conversation/);
        const task = await queue.getTask(id);
        assert.equal(task.result_summary ?? task.error ?? task.progress_message, 'as it is');
      }));
  }

  it('repeats a report that was cut off as the same one', () =>
    withAgent(async (agent, queue, clock) => {
      const { id } = await enqueue(queue, outside);
      await agent.call('claim_task', { stream: 'lane' });
      const complete = queue.complete.bind(queue);
      const keys: unknown[] = [];
      replace(queue, 'complete', async (...args) => {
        keys.push(args[1].key);
        const answer = await complete(...args);
        return keys.length === 1 ? new Promise(() => undefined) : answer;
      });
      const report = { task_id: id, outcome: 'done', summary: 'ok' };
      const cut = assert.rejects(agent.call('finish_task', report), /did not answer within/);
      await nextEvent(queue, 'task.succeeded', id);
      clock.advance(50_000);
      await cut;
      assert.equal((await agent.call('finish_task', report)).status, 'succeeded');
      assert.equal(keys[0], keys[1]);
    }));

  it('asks a person, and finds the answer in the note of its next claim', () =>
    withAgent(async (agent, queue) => {
      const { id } = await enqueue(queue, outside);
      await agent.call('claim_task', { stream: 'lane' });
      const stuck = { task_id: id, outcome: 'needs_input', summary: 'half done' };
      await assert.rejects(agent.call('finish_task', stuck), /Question is required/);
      const question = { ...stuck, question: 'Which one?', choices: ['this', 'that'] };
      assert.equal((await agent.call('finish_task', question)).question, 'Which one?');
      assert.equal((await agent.call('finish_task', question)).status, 'queued');
      assert.equal((await agent.call('claim_task', { stream: 'lane' })).task_id, null);
      const { question: kept, progress_message } = await queue.getTask(id);
      assert.deepEqual([kept?.choices, progress_message], [['this', 'that'], 'half done']);
      await queue.answer(id, { text: 'that' });
      const claim = await agent.call('claim_task', { stream: 'lane' });
      assert.deepEqual([claim.task_id, claim.note], [id, 'Question: Which one?\nAnswer: that']);
    }));

  it('shares its queue with another, each with a task of its own', () =>
    withAgent(async (agent, queue, clock) => {
      const ids = await enqueueMany(queue, 2, outside);
      const other = await ConnectedAgent.connect(queue, clock);
      const claims = await Promise.all(
        [agent, other].map((one) => one.call('claim_task', { stream: 'lane' })),
      );
      assert.deepEqual(claims.map(({ task_id }) => task_id).sort(), [...ids].sort());
      await assert.rejects(
        other.call('finish_task', { task_id: claims[0]?.task_id, outcome: 'done', summary: 'x' }),
        /is not claimed by this conversation/,
      );
      await other.client.close();
    }));
});
