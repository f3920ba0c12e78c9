import assert from 'node:assert/strict';
import { type Config, defaultConfig, fixedConfig, outsideTool } from '../../../../src/core/config';
import type { Origin, WorktreeKind } from '../../../../src/core/model';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { enqueue, type QueueOfRows, refused, withQueue } from '../../../support/localQueue';

const agent = { ...outsideTool, command: ['agent'], task_class: 'LLM_HEAVY' };
const byAgent: Origin = { kind: 'agent', via: 'claude', conversation: 'c1' };
const runner = { supervised: true } as const;

type Queued = QueueOfRows<LocalQueue>;

/** @param work is given what changes the worktree of the tool `apart` */
function withAgents(work: (queue: Queued, become: (kind: WorktreeKind) => void) => Promise<void>) {
  let worktree: WorktreeKind = 'task';
  const current = (): Config => ({
    ...defaultConfig,
    tools: { agent, apart: { ...agent, worktree }, script: { ...outsideTool, command: ['script'] } },
  });
  const become = (kind: WorktreeKind) => {
    worktree = kind;
  };
  return withQueue((queue) => work(queue, become), { config: { ...fixedConfig(), current } });
}

describe('Where the runs of a task work', () => {
  const claimed = async (queue: Queued, input: Parameters<typeof enqueue>[1]) =>
    (await queue.claimTask((await enqueue(queue, input)).id, runner)).worktree;

  it('is what the task says, else what its stream says, else what its tool says', () =>
    withAgents(async (queue) => {
      const kinds = [
        await claimed(queue, { tool_name: 'agent' }),
        await claimed(queue, { tool_name: 'apart' }),
        await claimed(queue, { tool_name: 'apart', worktree: 'none' }),
      ];
      assert.equal((await queue.updateStream('lane', { worktree: 'stream' })).worktree, 'stream');
      kinds.push(await claimed(queue, { tool_name: 'agent' }));
      kinds.push(await claimed(queue, { tool_name: 'apart' }));
      kinds.push(await claimed(queue, { tool_name: 'agent', worktree: 'task' }));
      kinds.push(await claimed(queue, { tool_name: 'script' }));
      assert.equal((await queue.updateStream('lane', { worktree: null })).worktree, null);
      kinds.push(await claimed(queue, { tool_name: 'agent' }));
      const expected = ['none', 'task', 'none', 'stream', 'stream', 'task', 'none', 'none'];
      assert.deepEqual(kinds, expected);
    }));

  it('has runs of agents in one folder, or in the worktree of a stream, need that for themselves', () =>
    withAgents(async (queue) => {
      const { id } = await queue.createStream({ session: 'work', name: 'shared', worktree: 'stream' });
      const needsOf = async (stream: string, worktree?: 'none' | 'task') =>
        (await queue.claimTask((await enqueue(queue, { stream, tool_name: 'apart', worktree })).id, runner))
          .needs;
      assert.deepEqual(await needsOf('lane', 'none'), { '/home/ann/sample': 1 });
      assert.deepEqual(await needsOf('lane'), {});
      assert.deepEqual(await needsOf('shared'), { [`/home/ann/sample (${id})`]: 1 });
      assert.deepEqual(await needsOf('shared', 'none'), { '/home/ann/sample': 1 });
    }));

  it('is told, by the worktree, to whoever has to see whether there is room for it', () =>
    withAgents(async (queue) => {
      const { id: lane } = await queue.getStream('lane');
      const keyOf = async (worktree: WorktreeKind) => {
        const task = await enqueue(queue, { tool_name: 'agent', worktree });
        const holding = { task: null, place: true };
        const refusal = await refused(queue.claimTask(task.id, { ...runner, holding }), 'not_ready');
        return [refusal.details?.worktree, task.id];
      };
      const [[none], [task, id], [stream]] = [
        await keyOf('none'),
        await keyOf('task'),
        await keyOf('stream'),
      ];
      assert.deepEqual([none, task, stream], [null, id, lane]);
    }));

  it('stays where its first run worked, whatever is changed later', () =>
    withAgents(async (queue, become) => {
      const task = await enqueue(queue, { tool_name: 'apart', max_attempts: 3 });
      const run = async () => {
        const { lease, worktree } = await queue.claimTask(task.id, runner);
        await queue.fail(task.id, { lease, error_message: 'broken' });
        await queue.editTask(task.id, { not_before: null });
        return worktree;
      };
      const released = await queue.claimTask(task.id, runner);
      await queue.releaseClaim(task.id, released.lease);
      become('none');
      assert.equal((await queue.editTask(task.id, { worktree: 'task' })).worktree, 'task');
      assert.equal((await queue.editTask(task.id, { worktree: null })).worktree, null);
      assert.equal(await run(), 'none');
      become('task');
      await queue.updateStream('lane', { worktree: 'task' });
      await refused(
        queue.editTask(task.id, { worktree: 'task' }),
        'wrong_state',
        /has begun with worktree none/,
      );
      assert.equal(await run(), 'none');
      await queue.cancel(task.id);
      const copy = await queue.requeue(task.id);
      assert.equal((await queue.claimTask(copy.id, runner)).worktree, 'task');
    }));

  it('is a worktree for agents only, and one of the three', () =>
    withAgents(async (queue) => {
      const wrong = enqueue(queue, { tool_name: 'script', worktree: 'task' });
      await refused(wrong, 'invalid_field', /only agents work in one, and script is none/);
      await enqueue(queue, { tool_name: 'script', worktree: 'none' });
      const many = {
        stream: 'lane',
        tasks: [{ tool_name: 'agent' }, { tool_name: 'script', worktree: 'task' as const }],
      };
      await refused(queue.enqueueMany(many), 'invalid_field');
      const other = 'folder' as 'task';
      await refused(enqueue(queue, { tool_name: 'agent', worktree: other }), 'invalid_field');
      await refused(queue.updateStream('lane', { worktree: other }), 'invalid_field');
    }));

  it('is no less apart because an agent says so', () =>
    withAgents(async (queue) => {
      const none = { worktree: 'none', origin: byAgent } as const;
      await refused(enqueue(queue, { tool_name: 'apart', ...none }), 'forbidden', /out of its worktree/);
      const own = await enqueue(queue, { tool_name: 'agent', ...none });
      await refused(queue.editTask(own.id, { tool_name: 'apart', origin: byAgent }), 'forbidden');
      await queue.editTask(own.id, { worktree: 'task', origin: byAgent });
      await queue.updateStream('lane', { worktree: 'stream' });
      await refused(queue.editTask(own.id, none), 'forbidden', /has worktree stream/);
      assert.equal((await queue.editTask(own.id, { worktree: 'none' })).worktree, 'none');
    }));
});
