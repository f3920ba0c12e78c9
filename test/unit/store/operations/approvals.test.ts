import assert from 'node:assert/strict';
import { digestOf } from '../../../../src/config/pins';
import { type Config, defaultConfig, fixedConfig, outsideTool } from '../../../../src/core/config';
import type { Origin, Task } from '../../../../src/core/model';
import type { LocalQueue } from '../../../../src/store/localQueue';
import type { RememberedRuns, RunPlanner } from '../../../../src/store/operations/approvals/approvals';
import { enqueue, type QueueOfRows, refused, withQueue } from '../../../support/localQueue';

const agent: Origin = { kind: 'agent', conversation: 'c1' };

/** Plans from the payload and what a file has now. */
class World {
  file = 'echo one';

  readonly planner: RunPlanner = async (task) => {
    const parts = { payload: task.payload, 'file a.sh': this.file };
    return {
      digest: digestOf(parts),
      parts,
      command: ['bash', 'a.sh'],
      problem: null,
      folder: '/w',
      env: {},
      input: null,
      check: null,
      files: [],
    };
  };
}

function withWorld<T>(
  use: (queue: QueueOfRows<LocalQueue>, world: World) => Promise<T>,
  more: { config?: Config; remembered?: RememberedRuns } = {},
): Promise<T> {
  const world = new World();
  const { config = defaultConfig, remembered } = more;
  return withQueue((queue) => use(queue, world), {
    planner: world.planner,
    remembered,
    config: fixedConfig(config),
  });
}

const digestNow = async (queue: LocalQueue, { id }: Task) => (await queue.planRun(id)).digest;
const agentsMay = (mode: Config['agents']['enqueue']) => ({
  ...defaultConfig,
  agents: { ...defaultConfig.agents, enqueue: mode },
});

describe('A task that an agent queues', () => {
  it('is passed over until a person approves it, and its dependents wait', () =>
    withWorld(async (queue) => {
      const plan = await enqueue(queue, { origin: agent });
      const dependent = await enqueue(queue, { after: [plan.id] });
      const other = await enqueue(queue);
      assert.deepEqual(
        [plan.approval, plan.origin, plan.waiting_reason],
        ['pending', agent, { code: 'approval', values: {} }],
      );
      await refused(queue.claimTask(plan.id), 'not_ready', /approve/);
      assert.equal((await queue.claimNext('lane'))?.task.id, other.id);
      assert.equal(await queue.claimNext('lane'), null);

      const waiting = queue.claimNext('lane', { wait: 60 });
      const approved = await queue.approve(plan.id, { digest: await digestNow(queue, plan) });
      assert.equal(approved.approval, 'given');
      const claim = await waiting;
      assert.deepEqual(
        [claim?.task.id, claim?.approved],
        [plan.id, { payload: plan.payload, 'file a.sh': 'echo one' }],
      );
      const { waiting_reason: reason } = await queue.getTask(dependent.id);
      assert.deepEqual(reason, { code: 'after', values: { task: plan.id } });
    }));

  it('is listed while it waits, and its answer has the digest that approving it names', () =>
    withWorld(async (queue) => {
      const plan = await enqueue(queue, { origin: agent });
      await enqueue(queue);
      const { items, total } = await queue.listTasks({ unapproved: true });
      assert.deepEqual([items.map(({ id }) => id), total], [[plan.id], 1]);
      assert.equal((await queue.getStream('lane')).counts.unapproved, 1);
      const digest = await digestNow(queue, plan);
      assert.equal((await queue.getTask(plan.id)).digest, digest);
      await queue.approve(plan.id, { digest });
      assert.equal((await queue.getTask(plan.id)).digest, digest);
      assert.equal((await queue.listTasks({ unapproved: true })).total, 0);
      assert.equal((await queue.getStream('lane')).counts.unapproved, 0);
    }));

  it('is not approved as what it no longer is', () =>
    withWorld(async (queue, world) => {
      const plan = await enqueue(queue, { origin: agent });
      const shown = await digestNow(queue, plan);
      world.file = 'rm -rf ~';
      const refusal = await refused(queue.approve(plan.id, { digest: shown }), 'changed');
      assert.deepEqual(refusal.details, { tasks: [plan.id] });
      assert.equal((await queue.getTask(plan.id)).approval, 'pending');
    }));

  it('waits again, and says what has changed, once its run turns out to be another', () =>
    withWorld(async (queue) => {
      const plan = await enqueue(queue, { origin: agent, max_attempts: 1 });
      await queue.approve(plan.id, { digest: await digestNow(queue, plan) });
      const { lease } = await queue.claimTask(plan.id, { supervised: true });
      const back = await queue.returnForApproval(plan.id, { lease, changes: ['file a.sh'] });
      assert.deepEqual(
        [back.status, back.approval, back.approval_changes, back.failures],
        ['queued', 'pending', ['file a.sh'], 0],
      );
      await refused(queue.claimTask(plan.id), 'not_ready');
      const again = await queue.approve(plan.id, { digest: await digestNow(queue, plan) });
      assert.deepEqual(again.approval_changes, []);
      assert.equal((await queue.claimTask(plan.id)).task.attempts, 2);
    }));

  it('fails where a person denies it: reviewed, with the reason, and with what depends on it', () =>
    withWorld(async (queue) => {
      const plan = await enqueue(queue, { origin: agent });
      const dependent = await enqueue(queue, { after: [plan.id] });
      const denied = await queue.deny(plan.id, { reason: 'not tonight' });
      assert.deepEqual(
        [denied.status, denied.failure_kind, denied.approval, denied.error],
        ['failed', 'denied', 'denied', 'DENIED: not tonight'],
      );
      assert.notEqual(denied.reviewed_at, null);
      assert.equal((await queue.getTask(dependent.id)).failure_kind, 'dependency');
      await refused(queue.approve(plan.id, { digest: 'x' }), 'wrong_state');
      const again = await queue.requeue(plan.id);
      assert.deepEqual([again.approval, again.origin], ['given', { kind: 'person' }]);
    }));

  it('waits again after an edit of an agent, and runs as a person has changed it', () =>
    withWorld(async (queue) => {
      const plan = await enqueue(queue, { origin: agent });
      await queue.approve(plan.id, { digest: await digestNow(queue, plan) });
      const edited = await queue.editTask(plan.id, { payload: { a: 1 }, origin: agent });
      assert.equal(edited.approval, 'pending');
      await refused(queue.claimTask(plan.id), 'not_ready');
      assert.equal((await queue.editTask(plan.id, { payload: { a: 2 } })).approval, 'given');
      assert.equal((await queue.claimTask(plan.id)).approved, null);
    }));

  it('needs no approval where nothing here starts it', () =>
    withWorld(async (queue) => {
      const { approval } = await enqueue(queue, { origin: agent, tool_name: 'llm-haiku' });
      assert.equal(approval, 'given');
    }));

  for (const [mode, script, prompt] of [
    ['ask', 'pending', 'pending'],
    ['prompts', 'pending', 'given'],
    ['all', 'given', 'given'],
  ] as const) {
    it(`with agents.enqueue: ${mode}, is ${script} for a script and ${prompt} for a prompt of an agent tool`, () => {
      const haiku = { ...defaultConfig.tools['llm-haiku'], command: ['claude', '-p'] };
      const config = { ...agentsMay(mode), tools: { ...defaultConfig.tools, 'llm-haiku': haiku } } as Config;
      return withWorld(
        async (queue) => {
          const ofScript = await enqueue(queue, { origin: agent });
          const ofPrompt = await enqueue(queue, { origin: agent, tool_name: 'llm-haiku', prompt: 'Hi' });
          assert.deepEqual([ofScript.approval, ofPrompt.approval], [script, prompt]);
        },
        { config },
      );
    });
  }

  it('needs approval with agents.enqueue: prompts, where its agent may do anything without asking', () => {
    const claude = { ...outsideTool, agent: 'claude', command: [] } as const;
    const bold = { ...claude, permission: 'bypassPermissions' };
    const config = { ...agentsMay('prompts'), tools: { ...defaultConfig.tools, claude, bold } };
    return withWorld(
      async (queue) => {
        const approvals = ['claude', 'bold'].map(async (tool_name) => {
          const task = await enqueue(queue, { origin: agent, tool_name, prompt: 'Hi' });
          return task.approval;
        });
        assert.deepEqual(await Promise.all(approvals), ['given', 'pending']);
      },
      { config },
    );
  });

  it('needs approval for a command of its own that verifies it, even where prompts need none', () => {
    const haiku = { ...defaultConfig.tools['llm-haiku'], command: ['claude', '-p'] };
    const config = {
      ...agentsMay('prompts'),
      tools: { ...defaultConfig.tools, 'llm-haiku': haiku },
    } as Config;
    return withWorld(
      async (queue) => {
        const prompt = { origin: agent, tool_name: 'llm-haiku', prompt: 'Hi' };
        const verified = await enqueue(queue, { ...prompt, verify: ['npm', 'test'] });
        assert.equal(verified.approval, 'pending');
        const { id, approval } = await enqueue(queue, prompt);
        assert.equal(approval, 'given');
        const edited = await queue.editTask(id, { verify: ['npm', 'test'], origin: agent });
        assert.equal(edited.approval, 'pending');
        assert.equal((await queue.editTask(id, { verify: ['make'] })).approval, 'given');
      },
      { config },
    );
  });

  it('needs approval while nobody has confirmed another agents.enqueue', () =>
    withWorld(async (queue) => assert.equal((await enqueue(queue, { origin: agent })).approval, 'pending'), {
      config: { ...agentsMay('all'), unconfirmed: ['agents.enqueue'] },
    }));

  it('starts by itself once the same run was approved for good', async () => {
    const digests = new Set<string>();
    const remembered = {
      isEmpty: () => digests.size === 0,
      has: (one: string) => digests.has(one),
      add: (one: string) => digests.add(one),
    };
    await withWorld(
      async (queue, world) => {
        const first = await enqueue(queue, { origin: agent, payload: { a: 1 } });
        await queue.approve(first.id, { digest: await digestNow(queue, first), remember: true });
        assert.equal((await enqueue(queue, { origin: agent, payload: { a: 1 } })).approval, 'given');
        assert.equal((await enqueue(queue, { origin: agent, payload: { a: 2 } })).approval, 'pending');
        world.file = 'echo two';
        assert.equal((await enqueue(queue, { origin: agent, payload: { a: 1 } })).approval, 'pending');
      },
      { remembered },
    );
  });
});

describe('A plan of an agent', () => {
  const plan = async (queue: QueueOfRows<LocalQueue>, count: number, origin = agent) =>
    queue.enqueueMany({
      stream: 'lane',
      origin,
      tasks: Array.from({ length: count }, (_, at) => ({ tool_name: 'run-bash', payload: { at } })),
    });
  const digestsOf = async (queue: LocalQueue, tasks: readonly Task[]) =>
    Object.fromEntries(
      await Promise.all(tasks.map(async (task) => [task.id, await digestNow(queue, task)] as const)),
    );

  it('is approved with one call, all or none', () =>
    withWorld(async (queue, world) => {
      const { tasks, batch_id: batch } = await plan(queue, 20);
      const digests = await digestsOf(queue, tasks);
      const [first = '', ...others] = tasks.map(({ id }) => id);
      const { [first]: _, ...incomplete } = digests;
      const refusal = await refused(queue.approveBatch(batch, { digests: incomplete }), 'changed');
      assert.deepEqual(refusal.details, { tasks: [first] });
      assert.equal((await queue.listTasks({ unapproved: true })).total, others.length + 1);

      const file = world.file;
      world.file = 'rm -rf ~';
      await refused(queue.approveBatch(batch, { digests }), 'changed');
      world.file = file;
      await queue.approveBatch(batch, { digests });
      assert.equal((await queue.listTasks({ unapproved: true })).total, 0);
      assert.equal((await queue.claimNext('lane'))?.task.id, first);
    }));

  it('may be approved with what the same conversation queues there in the next 12 hours', () =>
    withWorld(async (queue) => {
      const { tasks, batch_id: batch } = await plan(queue, 1);
      await queue.approveBatch(batch, { digests: await digestsOf(queue, tasks), follow_ups: true });
      await queue.createStream({ session: 'work', name: 'other' });
      const approvals = [
        await enqueue(queue, { origin: agent }),
        await enqueue(queue, { origin: { ...agent, conversation: 'c2' } }),
        await enqueue(queue, { origin: { kind: 'agent' } }),
        await enqueue(queue, { origin: agent, stream: 'other' }),
      ].map(({ approval }) => approval);
      assert.deepEqual(approvals, ['given', 'pending', 'pending', 'pending']);
    }));

  it('may also be approved so task by task', () =>
    withWorld(async (queue) => {
      const task = await enqueue(queue, { origin: agent });
      await queue.approve(task.id, { digest: await digestNow(queue, task), follow_ups: true });
      assert.equal((await enqueue(queue, { origin: agent })).approval, 'given');
    }));

  it('is remembered as a whole or not at all', () => {
    const kept = new Map<string, string>();
    const remembered = {
      isEmpty: () => kept.size === 0,
      has: (digest: string) => kept.has(digest),
      add: (digest: string, label: string) => void kept.set(digest, label),
    };
    return withWorld(
      async (queue, world) => {
        const { tasks, batch_id: batch } = await plan(queue, 2);
        const digests = await digestsOf(queue, tasks);
        const { file } = world;
        world.file = 'rm -rf ~';
        await refused(queue.approveBatch(batch, { digests, remember: true }), 'changed');
        assert.equal(kept.size, 0);
        world.file = file;
        await queue.approveBatch(batch, { digests, remember: true });
        assert.deepEqual([...kept.keys()].sort(), Object.values(digests).sort());
        const again = await plan(queue, 2);
        assert.deepEqual(
          again.tasks.map(({ approval }) => approval),
          ['given', 'given'],
        );
      },
      { remembered },
    );
  });

  it('is approved once, however often that is repeated with its key', () =>
    withWorld(async (queue, world) => {
      const { tasks, batch_id: batch } = await plan(queue, 2);
      const digests = await digestsOf(queue, tasks);
      await queue.approveBatch(batch, { digests }, { key: 'once' });
      world.file = 'echo two';
      assert.equal((await queue.approveBatch(batch, { digests }, { key: 'once' })).id, batch);
    }));
});
