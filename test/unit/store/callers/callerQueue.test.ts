import assert from 'node:assert/strict';
import type { Origin } from '../../../../src/core/model';
import { type OperationName, operationNames } from '../../../../src/core/operations';
import type { Queue } from '../../../../src/core/queue';
import { agentRights } from '../../../../src/store/callers/agentRights';
import { CallerQueue } from '../../../../src/store/callers/callerQueue';
import { enqueue, refused, withQueue } from '../../../support/localQueue';

const agent: Origin = { kind: 'agent', conversation: 'c1' };

describe('A queue as its caller may use it', () => {
  it('knows who queued a task', () =>
    withQueue(async (queue) => {
      for (const origin of [
        { kind: 'person', via: 'claude' },
        { kind: 'run', task: 'tsk_000000000001' },
        agent,
      ] as const) {
        const task = await enqueue(new CallerQueue(queue, origin), { tool_name: 'llm-haiku' });
        assert.deepEqual((await queue.getTask(task.id)).origin, origin);
      }
    }));

  it('refuses an agent what is for a person, before anything is looked at', () =>
    withQueue(async (queue) => {
      const calls = new CallerQueue(queue, agent) as unknown as Record<
        string,
        (id: string) => Promise<unknown>
      >;
      const names = operationNames.filter((name) => agentRights[name] === 'person');
      for (const name of names)
        await refused(Promise.resolve(calls[name]?.('x')), 'forbidden', new RegExp(name));
      const mustBe: OperationName[] = [
        'approve',
        'approveBatch',
        'deny',
        'answer',
        'reviewTask',
        'moveTask',
        'deleteTask',
        'requeue',
        'undeleteTask',
        'updateSession',
        'updateStream',
        'purge',
        'reload',
        'backup',
      ];
      assert.deepEqual(
        mustBe.filter((name) => !names.includes(name)),
        [],
      );
    }));

  it('lets an agent change what it has queued itself, until that starts', () =>
    withQueue(async (queue) => {
      const caller: Queue = new CallerQueue(queue, agent);
      const own = await enqueue(caller, { tool_name: 'llm-haiku', prompt: 'Hi' });
      const started = await enqueue(caller, { tool_name: 'llm-haiku', prompt: 'Hi' });
      const others = [
        await enqueue(queue),
        await enqueue(new CallerQueue(queue, { ...agent, conversation: 'c2' })),
      ];
      for (const { id } of others) {
        await refused(caller.editTask(id, { prompt: 'Ho' }), 'forbidden', /somebody else/);
        await refused(caller.cancel(id), 'forbidden', /somebody else/);
      }
      await queue.claimTask(started.id);
      await refused(caller.cancel(started.id), 'forbidden', /is running/);
      await caller.editTask(own.id, { prompt: 'Ho' });
      assert.equal((await caller.cancel(own.id)).status, 'failed');
    }));

  it('lets an agent report on its claim, and on no other', () =>
    withQueue(async (queue) => {
      const caller: Queue = new CallerQueue(queue, agent);
      const { id } = await enqueue(queue, { tool_name: 'llm-haiku' });
      const { lease } = await caller.claimTask(id);
      await refused(caller.complete(id, { result_summary: 'ok' }), 'forbidden', /without a lease/);
      await refused(caller.fail(id, { error_message: 'no' }), 'forbidden', /without a lease/);
      assert.equal((await caller.complete(id, { result_summary: 'ok', lease })).status, 'succeeded');
    }));

  it('lets an agent make the stream of tasks that name none, and no other', () =>
    withQueue(async (queue) => {
      const caller = new CallerQueue(queue, agent);
      await refused(caller.createStream({ session: 'work', name: 'mine' }), 'forbidden');
      await refused(caller.createSession({ name: 'mine' }), 'forbidden');
      assert.equal((await caller.createStream({ session: 'work', name: 'main' })).name, 'main');
    }));

  it('lets a script that a person has queued do what the person may', () =>
    withQueue(async (queue) => {
      const caller = new CallerQueue(queue, { kind: 'run', task: 'tsk_000000000001' });
      const task = await enqueue(caller);
      assert.equal(task.approval, 'given');
      await caller.deleteTask(task.id);
    }));
});
