import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { silentLog } from '../../../src/core/log';
import { BoundRun } from '../../../src/runner/boundRun';
import { readLastWord } from '../../../src/runner/lastWord';
import { type Progress, proofOf, runPaths } from '../../../src/runner/runFiles';
import { readJson } from '../../../src/system/wholeFiles';
import { ConnectedAgent } from '../../support/agents/connectedAgent';
import { FakeClock } from '../../support/fakeClock';
import { withFolder } from '../../support/folders';
import { enqueue, withQueue } from '../../support/localQueue';

const task = 'tsk_0123456789ab';
const lease = 'a'.repeat(32);

/** An agent that is the run of `task`, at a queue that does not have that. */
function withRunningAgent(
  use: (
    agent: ConnectedAgent,
    queue: Parameters<Parameters<typeof withQueue>[0]>[0],
    paths: ReturnType<typeof runPaths>,
  ) => Promise<void>,
): Promise<void> {
  return withFolder((storage) =>
    withQueue(async (queue) => {
      const paths = runPaths(storage, task, 1);
      mkdirSync(paths.folder);
      writeFileSync(paths.spec, JSON.stringify({ lease }));
      const run = BoundRun.in({
        SPARKQ_STORAGE: storage,
        SPARKQ_TASK_ID: task,
        SPARKQ_ATTEMPT: '1',
        SPARKQ_RUN_PROOF: proofOf(lease),
      });
      const agent = await ConnectedAgent.connect(queue, new FakeClock(), silentLog, run);
      try {
        await use(agent, queue, paths);
      } finally {
        await agent.client.close();
      }
    }),
  );
}

describe('An agent that is itself a run of the queue', () => {
  it('is told so', () =>
    withRunningAgent(async ({ client }) => {
      assert.match(
        client.getInstructions() ?? '',
        new RegExp(`You are the run of task ${task}: show progress`),
      );
    }));

  it('reports on it without claiming, whether it names it or not', () =>
    withRunningAgent(async (agent, _, paths) => {
      const answer = { task_id: task, cancel_requested: false };
      assert.deepEqual(await agent.call('update_task', { progress: 40, message: 'Reading' }), answer);
      writeFileSync(paths.cancel, '');
      const { cancel_requested: stop } = await agent.call('update_task', { task_id: task, progress: 50 });
      assert.equal(stop, true);
      assert.deepEqual(readJson<Progress>(paths.progress), { percent: 50, message: 'Reading' });
      const asked = { outcome: 'needs_input', summary: 'Half', question: 'Which?', choices: ['this'] };
      await assert.rejects(agent.call('finish_task', { ...asked, question: ' ' }), /Question is required/);
      await assert.rejects(
        agent.call('finish_task', { ...asked, outcome: 'release' }),
        /not put back by itself/,
      );
      await agent.call('finish_task', asked);
      assert.deepEqual(readLastWord(paths.word, lease, assert.fail), {
        outcome: 'needs_input',
        summary: 'Half',
        question: { text: 'Which?', choices: ['this'] },
      });
    }));

  it('claims other tasks, and reports on them, like any agent', () =>
    withRunningAgent(async (agent, queue, paths) => {
      const { id } = await enqueue(queue, { tool_name: 'agent' });
      const report = { task_id: id, outcome: 'done', summary: 'ok' };
      await assert.rejects(agent.call('finish_task', report), /is not claimed by this conversation/);
      await agent.call('claim_task', { task_id: id });
      await agent.call('update_task', { task_id: id, progress: 10 });
      assert.equal((await agent.call('finish_task', report)).status, 'succeeded');
      assert.deepEqual([readJson(paths.progress), readJson(paths.word)], [null, null]);
    }));

  it('is told what is missing where it is no run', () =>
    withQueue(async (queue) => {
      const agent = await ConnectedAgent.connect(queue, new FakeClock());
      await assert.rejects(agent.call('update_task', { progress: 10 }), /task_id is required/);
      await assert.rejects(
        agent.call('finish_task', { outcome: 'done', summary: 'x' }),
        /task_id is required/,
      );
      await agent.client.close();
    }));
});
