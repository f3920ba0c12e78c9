import assert from 'node:assert/strict';
import { approveShown, readUnapproved, shownRunLines } from '../../../src/client/plannedRuns';
import { QueueError } from '../../../src/core/errors';
import type { PlannedRun, Task } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { english } from '../../../src/core/translator';
import { aTask } from '../../support/sampleRows';

const batch = 'bat_000000000001';
const pending = (id: string, part: Partial<Task> = {}) =>
  aTask({ id, label: `task ${id}`, approval: 'pending', origin: { kind: 'agent' }, ...part });
const aRun = (part: Partial<PlannedRun> = {}): PlannedRun => ({
  digest: 'd1',
  parts: {},
  command: ['bash', 'a b.sh'],
  problem: null,
  folder: '/w',
  env: {},
  input: null,
  check: null,
  files: [],
  ...part,
});

/** A queue of these tasks, and what was approved of them. */
function queueOf(tasks: readonly Task[]): { queue: Queue; approved: unknown[] } {
  const approved: unknown[] = [];
  const queue: Partial<Queue> = {
    getTask: async (id) => ({
      ...aTask(tasks.find((task) => task.id === id)),
      stdout: null,
      stderr: null,
      check: null,
      digest: null,
    }),
    getBatch: async (id) => ({ id }) as Awaited<ReturnType<Queue['getBatch']>>,
    listTasks: async (filter = {}) => {
      assert.deepEqual([filter.batch_id, filter.unapproved, filter.order], [batch, true, 'position']);
      return { items: [...tasks], total: tasks.length, limit: 1_000, offset: 0 };
    },
    planRun: async (id) => aRun({ digest: `digest of ${id}` }),
    approve: async (id, input) => {
      approved.push([id, input]);
      return { id };
    },
    approveBatch: async (id, input) => {
      approved.push([id, input]);
      return {} as Awaited<ReturnType<Queue['approveBatch']>>;
    },
  };
  return { queue: queue as Queue, approved };
}

describe('What waits for approval', () => {
  it('is read for a task, and approved with the digest that was shown', async () => {
    const { queue, approved } = queueOf([pending('tsk_1')]);
    const shown = await readUnapproved(queue, 'tsk_1');
    assert.deepEqual(
      shown.map(({ task, run }) => [task.id, run.digest]),
      [['tsk_1', 'digest of tsk_1']],
    );
    await approveShown(queue, 'tsk_1', shown, { remember: true });
    assert.deepEqual(approved, [['tsk_1', { digest: 'digest of tsk_1', remember: true }]]);
  });

  it('is read for a batch, which is approved as one', async () => {
    const { queue, approved } = queueOf([pending('tsk_1'), pending('tsk_2')]);
    await approveShown(queue, batch, await readUnapproved(queue, batch), { follow_ups: true });
    const digests = { tsk_1: 'digest of tsk_1', tsk_2: 'digest of tsk_2' };
    assert.deepEqual(approved, [[batch, { digests, follow_ups: true }]]);
  });

  it('is refused where nothing waits', async () => {
    const { queue } = queueOf([aTask({ id: 'tsk_1' })]);
    await assert.rejects(readUnapproved(queue, 'tsk_1'), (error) => QueueError.is(error, 'wrong_state'));
  });
});

describe('What is shown before it is approved', () => {
  it('is all that would start, with what has changed', () => {
    const task = pending('tsk_1', {
      approval_changes: ['file a b.sh'],
      origin: { kind: 'agent', via: 'claude', conversation: 'c1' },
      tool_name: 'run-bash',
    });
    const run = aRun({
      env: { CI: '1' },
      input: 'Write the tests\nand run them\n',
      check: ['npm', 'test'],
      files: [
        { path: 'a b.sh', text: 'echo one\n', bytes: 9 },
        { path: 'gone.md', text: null, bytes: 0 },
      ],
    });
    assert.deepEqual(shownRunLines({ task, run }, english), [
      'task tsk_1 (tsk_1)',
      '  Queued by: an agent (claude), conversation c1',
      '  Changed since it was approved: file a b.sh',
      '  Tool: run-bash',
      "  Command: bash 'a b.sh'",
      '  Then checks: npm test',
      '  Folder: /w',
      '  Environment: CI=1',
      '  Reads from its input:',
      '  | Write the tests',
      '  | and run them',
      '  File a b.sh, 9 bytes:',
      '  | echo one',
      '  File gone.md, 0 bytes:',
      '  | (missing, or not text)',
    ]);
  });

  it('says why it cannot start', () => {
    const run = aRun({ command: null, folder: null, problem: 'The script is missing' });
    assert.ok(
      shownRunLines({ task: pending('tsk_1'), run }, english).includes(
        '  Cannot start: The script is missing',
      ),
    );
  });

  it('has nothing in it that passes for a line of ours, or is not seen', () => {
    const task = pending('tsk_1', { label: 'Build\n  Command: true' });
    const run = aRun({
      env: { A: '1\n  Folder: /safe' },
      input: 'one\n  File b.sh:\u001b[2K\u202e',
    });
    const lines = shownRunLines({ task, run }, english);
    assert.equal(lines[0], 'Build Command: true (tsk_1)');
    assert.deepEqual(lines.slice(-4), [
      '  Environment: A=1 Folder: /safe',
      '  Reads from its input:',
      '  | one',
      '  |   File b.sh:\u241b[2K\ufffd',
    ]);
  });

  it('is cut where it is long, and says so', () => {
    const run = aRun({ input: `${'x\n'.repeat(1_002)}` });
    assert.equal(shownRunLines({ task: pending('tsk_1'), run }, english).at(-1), '  … and 2 more lines');
    const part = aRun({ files: [{ path: 'a.sh', text: 'echo', bytes: 300_000 }] });
    assert.equal(
      shownRunLines({ task: pending('tsk_1'), run: part }, english).at(-1),
      '  … only the beginning is shown',
    );
  });
});
