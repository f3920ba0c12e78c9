import assert from 'node:assert/strict';
import type { Accounts } from '../../../../src/accounts/accounts';
import { defaultConfig, fixedConfig, outsideTool } from '../../../../src/core/config';
import { QueueError } from '../../../../src/core/errors';
import type { Needs } from '../../../../src/core/model';
import type { NeedsDetails } from '../../../../src/core/queue';
import { enqueue, refused, withQueue } from '../../../support/localQueue';

const nothing = { task: null, place: false };
const runner = { supervised: true, tools: ['run-bash', 'big'] } as const;

/** What a claim was refused for. */
async function lack(claim: Promise<unknown>): Promise<Pick<NeedsDetails, 'task' | 'needs'>> {
  const error = await claim.then(
    () => assert.fail('It was not refused'),
    (thrown: unknown) => thrown,
  );
  assert.ok(QueueError.is(error, 'not_ready'));
  const { task, needs } = error.details as unknown as NeedsDetails;
  return { task, needs };
}

describe('What a run needs of the machine', () => {
  const big = { ...outsideTool, command: ['big'], needs: { memory: 2, gpu: 1 } };
  const config = fixedConfig({ ...defaultConfig, tools: { ...defaultConfig.tools, big } });

  it('is the most that task, tool and stream say, kept with the task and its copies', () =>
    withQueue(
      async (queue) => {
        const stream = await queue.updateStream('lane', { needs: { gpu: 1, port: 1 } });
        assert.deepEqual(stream.needs, { gpu: 1, port: 1 });
        const task = await enqueue(queue, { tool_name: 'big', needs: { gpu: 3 } });
        assert.deepEqual(task.needs, { gpu: 3 });
        const claim = await queue.claimTask(task.id);
        assert.deepEqual(claim.needs, { gpu: 3, memory: 2, port: 1 });
        await queue.complete(task.id, { lease: claim.lease, result_summary: 'done' });
        assert.deepEqual((await queue.requeue(task.id)).needs, { gpu: 3 });
        assert.equal((await queue.updateStream('lane', { needs: null })).needs, null);
        const next = await enqueue(queue, { needs: { gpu: 3 } });
        const edited = async (needs: Needs | null) => {
          const { id } = await queue.editTask(next.id, { needs });
          return (await queue.getTask(id)).needs;
        };
        assert.deepEqual([await edited({ gpu: 2 }), await edited(null)], [{ gpu: 2 }, null]);
        await refused(queue.editTask(next.id, { needs: { gpu: 0 } }), 'invalid_field');
      },
      { config },
    ));

  it('includes the folder where an agent works in it, and where a stream shares a worktree', () => {
    const agent = { ...outsideTool, command: ['agent'], task_class: 'LLM_HEAVY' };
    const tools = {
      agent,
      apart: { ...agent, worktree: 'task' as const },
      shared: { ...big, needs: null, worktree: 'stream' as const },
    };
    return withQueue(
      async (queue) => {
        const needsOf = async (tool: string) =>
          (await queue.claimTask((await enqueue(queue, { tool_name: tool })).id)).needs;
        const { id } = await queue.getStream('lane');
        assert.deepEqual(await needsOf('agent'), { '/home/ann/sample': 1 });
        assert.deepEqual(await needsOf('apart'), {});
        assert.deepEqual(await needsOf('shared'), { [`/home/ann/sample (${id})`]: 1 });
      },
      { config: fixedConfig({ ...defaultConfig, tools }) },
    );
  });

  it('is that of the tool which runs it: a stand-in locks the folder as well', () => {
    const agent = { ...outsideTool, command: ['agent'], task_class: 'LLM_HEAVY', account: 'acme' };
    const tools = {
      first: { ...agent, worktree: 'task' as const, needs: { gpu: 1 }, fallback: 'second' },
      second: { ...agent, account: 'other', needs: { port: 1 } },
    };
    const restOf = (tool: string) => (tool === 'first' ? {} : null);
    const accounts = { restOf, refresh() {}, offer() {}, onChange: () => () => {}, close() {} };
    return withQueue(
      async (queue) => {
        const { id } = await enqueue(queue, { tool_name: 'first', fall_back: true, needs: { disk: 1 } });
        const claimer = { supervised: true, tools: Object.keys(tools) };
        const needs = { disk: 1, port: 1, '/home/ann/sample': 1 };
        assert.deepEqual(await lack(queue.claimNext('lane', { ...claimer, holding: nothing })), {
          task: id,
          needs,
        });
        const anyway = queue.claimTask(id, { ...claimer, anyway: true, holding: nothing });
        assert.deepEqual(await lack(anyway), { task: id, needs: { disk: 1, gpu: 1 } });
        const claim = await queue.claimTask(id, { ...claimer, holding: { task: id, place: false } });
        assert.deepEqual([claim.stand_in, claim.needs], ['second', needs]);
      },
      {
        config: fixedConfig({ ...defaultConfig, tools }),
        accounts: accounts as unknown as Accounts,
      },
    );
  });

  it('has to be names with whole numbers', () =>
    withQueue(async (queue) => {
      const wrong: Needs[] = [{ '': 1 }, { '-x': 1 }, { gpu: 0 }, { gpu: 1.5 }, { gpu: 1_001 }];
      for (const needs of wrong) await refused(enqueue(queue, { needs }), 'invalid_field');
      assert.equal((await enqueue(queue, { needs: {} })).needs, null);
    }));

  it('has the claimer hold it before, while nothing passes the first task', () =>
    withQueue(async (queue) => {
      await queue.updateStream('lane', { skip_unrunnable: true });
      const { id } = await enqueue(queue, { tool_name: 'run-bash', needs: { gpu: 1 } });
      const next = await enqueue(queue, { tool_name: 'run-bash' });
      const asked = (task: string | null) => ({ ...runner, holding: { task, place: false } });
      assert.deepEqual(await lack(queue.claimNext('lane', asked(null))), { task: id, needs: { gpu: 1 } });
      assert.deepEqual(await lack(queue.claimNext('lane', asked(next.id))), { task: id, needs: { gpu: 1 } });
      assert.deepEqual(await lack(queue.claimTask(id, asked(null))), { task: id, needs: { gpu: 1 } });
      assert.equal((await queue.claimNext('lane', asked(id)))?.task.id, id);
      assert.equal((await queue.claimNext('lane', asked(null)))?.task.id, next.id);
    }));

  it('is told to a claimer that waits, as soon as there is such a task', () =>
    withQueue(async (queue) => {
      const waiting = queue.claimNext('lane', { ...runner, holding: nothing, wait: 60 });
      const { id } = await enqueue(queue, { tool_name: 'run-bash', needs: { gpu: 1 } });
      assert.equal((await lack(waiting)).task, id);
    }));

  it('includes a place on the machine where those are counted', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue, { tool_name: 'run-bash' });
      const holding = { task: null, place: true };
      assert.deepEqual(await lack(queue.claimNext('lane', { ...runner, holding })), { task: id, needs: {} });
      assert.ok(await queue.claimNext('lane', { ...runner, holding: { task: id, place: true } }));
    }));

  it('does not matter to a worker that holds nothing here', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue, { tool_name: 'run-bash', needs: { gpu: 1 } });
      assert.equal((await queue.claimNext('lane'))?.task.id, id);
    }));
});
