import assert from 'node:assert/strict';
import type { Task } from '../../../../src/core/model';
import type { NewTask, TaskPatch } from '../../../../src/core/queue';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { enqueue, enqueueMany, nextEvent, refused, withQueue } from '../../../support/localQueue';

/** Ids of the queued tasks of a stream, in the order in which they will run. */
async function order(queue: LocalQueue, stream = 'lane'): Promise<string[]> {
  const { items } = await queue.listTasks({ stream, status: 'queued', order: 'position' });
  return items.map(({ id }) => id);
}

describe('Enqueueing', () => {
  it('resolves class and timeout: given, tool, class, built-in', () =>
    withQueue(async (queue) => {
      const cases: [Parameters<typeof enqueue>[1], string, number][] = [
        [{}, 'MEDIUM_SCRIPT', 300],
        [{ timeout: 7 }, 'MEDIUM_SCRIPT', 7],
        [{ tool_name: 'llm-sonnet' }, 'LLM_HEAVY', 900],
        [{ tool_name: 'llm-sonnet', task_class: 'FAST_SCRIPT' }, 'FAST_SCRIPT', 30],
        [{ tool_name: 'unknown' }, 'MEDIUM_SCRIPT', 300],
        [{ tool_name: 'constructor', task_class: 'toString' }, 'toString', 300],
      ];
      for (const [input, taskClass, timeout] of cases) {
        const task = await enqueue(queue, input);
        assert.deepEqual([task.task_class, task.timeout], [taskClass, timeout]);
      }
    }));

  it('accepts a payload as an object or text, with a prompt', () =>
    withQueue(async (queue) => {
      assert.equal((await enqueue(queue)).payload, '{}');
      assert.equal((await enqueue(queue, { payload: { a: [1, '"\n'] } })).payload, '{"a":[1,"\\"\\n"]}');
      assert.equal((await enqueue(queue, { payload: ' { "a": 1 } ' })).payload, ' { "a": 1 } ');
      assert.deepEqual((await enqueue(queue, { payload: { a: 1 }, prompt: 'do' })).payload_json, {
        a: 1,
        prompt: 'do',
      });
      for (const payload of ['no json', '[]', '5', 'null']) {
        await refused(enqueue(queue, { payload }), 'invalid_field', `Invalid payload: ${payload}`);
      }
    }));

  it('refuses invalid values, and names them', () =>
    withQueue(async (queue) => {
      await refused(enqueue(queue, { stream: ' ' }), 'missing_field', 'Stream is required');
      await refused(enqueue(queue, { tool_name: '' }), 'missing_field', 'Tool is required');
      await refused(enqueue(queue, { task_class: ' ' }), 'missing_field', 'Task class is required');
      for (const timeout of [0, -1, 1.5, Number.NaN, 1e12]) {
        await refused(enqueue(queue, { timeout }), 'invalid_field', /^Invalid timeout: /);
        await refused(enqueue(queue, { kill_after: timeout }), 'invalid_field', /^Invalid kill_after: /);
      }
      await refused(enqueue(queue, { not_before: 'soon' }), 'invalid_field', 'Invalid not_before: soon');
      await refused(enqueue(queue, { max_attempts: 0 }), 'invalid_field', 'Invalid max_attempts: 0');
      const refusal = await refused(
        enqueue(queue, { stream: 'nope' }),
        'not_found',
        'Stream not found: nope',
      );
      assert.equal(refusal.hint, 'List available: sparkq stream list');
      const tool = await refused(
        enqueue(queue, { tool_name: 'x', known_tool: true }),
        'not_found',
        'Tool not found: x',
      );
      assert.equal(tool.hint, 'List available: sparkq tools list (or: sparkq list tools)');
      assert.equal((await queue.listTasks()).total, 0);
    }));

  it('labels a plain command, and refuses a payload without one', () =>
    withQueue(async (queue) => {
      const add = (payload: NewTask['payload'], more: Partial<NewTask> = {}) =>
        enqueue(queue, { tool_name: 'run-command', payload, ...more });
      assert.equal((await add('{"argv": ["make", "-j", 2]}')).label, 'make -j 2');
      assert.equal((await add({ argv: ['make'] }, { label: 'Build' })).label, 'Build');
      await refused(add({ line: 'make' }), 'invalid_field', 'Invalid payload: (none)');
      await refused(add({ argv: ['make'], env: { A: null } }), 'invalid_field', 'Invalid env: {...}');
      const task = await add({ argv: ['make'] });
      await refused(queue.editTask(task.id, { payload: {} }), 'invalid_field');
      const edited = await queue.editTask(task.id, {
        tool_name: 'run-shell',
        payload: { line: 'make | tee log' },
      });
      assert.equal(edited.label, 'make | tee log');
      assert.equal((await queue.editTask(task.id, { label: 'Mine' })).label, 'Mine');
      assert.equal((await queue.editTask(task.id, { payload: { line: 'make' } })).label, 'Mine');
      assert.equal((await queue.editTask(task.id, { label: null })).label, 'make');
    }));

  it('goes to the front where it is asked to, several in their order', () =>
    withQueue(async (queue) => {
      const [first, second] = await enqueueMany(queue, 2);
      const urgent = await enqueue(queue, { front: true });
      const tasks = [{ tool_name: 'run-bash' }, { tool_name: 'run-bash' }];
      const most = await queue.enqueueMany({ stream: 'lane', front: true, tasks });
      const last = await enqueue(queue);
      const wanted = [...most.tasks.map(({ id }) => id), urgent.id, first, second, last.id];
      assert.deepEqual(await order(queue), wanted);
      assert.deepEqual(
        [urgent.waiting_reason?.code, last.waiting_reason],
        ['no_worker', { code: 'behind', values: { task: second } }],
      );
    }));

  it('returns the first task for the same key in the same stream', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'other' });
      const input = { stream: 'lane', tool_name: 'run-bash', idempotency_key: 'k' };
      const results = await Promise.all(Array.from({ length: 20 }, () => queue.enqueue(input)));
      assert.equal(results.filter(({ duplicate }) => !duplicate).length, 1);
      assert.equal(new Set(results.map(({ task }) => task.id)).size, 1);
      const elsewhere = await queue.enqueue({ ...input, stream: 'other' });
      assert.equal(elsewhere.duplicate, false);
      await queue.deleteTask(results[0]?.task.id ?? '');
      assert.equal((await queue.enqueue(input)).duplicate, false);
    }));

  it('keeps all that belongs to the task', () =>
    withQueue(async (queue) => {
      const git = { commit: 'abc', branch: 'main', dirty: true };
      const task = await enqueue(queue, { git, max_attempts: 3, not_before: '2020-01-01T00:00:00+02:00' });
      const seen = await queue.getTask(task.id);
      assert.deepEqual(seen.git, git);
      assert.deepEqual([seen.max_attempts, seen.not_before], [3, '2019-12-31T22:00:00.000000Z']);
      assert.equal((await queue.claimNext('lane'))?.task.id, task.id);
    }));
});

describe('Requeueing', () => {
  it('copies a finished task to the back, and leaves the original unchanged', () =>
    withQueue(async (queue) => {
      const first = await enqueue(queue, {
        payload: { a: 1 },
        label: 'l',
        timeout: 5,
        max_attempts: 2,
        kill_after: 6,
      });
      await refused(queue.requeue(first.id), 'wrong_state', 'Requeue not allowed in queued state');
      await queue.claimTask(first.id);
      await refused(queue.requeue(first.id), 'wrong_state', 'Requeue not allowed in running state');
      await queue.complete(first.id, { result_summary: 'ok' });
      const second = await enqueue(queue);
      const before = await queue.getTask(first.id);
      const event = nextEvent(queue, 'task.requeued');
      const copy = await queue.requeue(first.id, { note: 'try again' });
      assert.deepEqual((await event).task, copy);
      assert.deepEqual(await queue.getTask(first.id), before);
      assert.notEqual(copy.id, first.id);
      assert.deepEqual(
        [
          copy.status,
          copy.attempts,
          copy.retry_of,
          copy.note,
          copy.label,
          copy.payload,
          copy.timeout,
          copy.kill_after,
          copy.max_attempts,
        ],
        ['queued', 0, first.id, 'try again', 'l', '{"a":1}', 5, 6, 2],
      );
      assert.deepEqual(await order(queue), [second.id, copy.id]);
    }));
});

describe('Editing', () => {
  it('changes a queued task', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue, { payload: { a: 1 } });
      const edited = await queue.editTask(id, { prompt: 'p', label: 'l', timeout: 9, tool_name: 'other' });
      assert.deepEqual(
        [edited.payload_json, edited.label, edited.timeout, edited.tool_name],
        [{ a: 1, prompt: 'p' }, 'l', 9, 'other'],
      );
      const later = await queue.editTask(id, { not_before: '2999-01-01T00:00:00Z', label: null });
      assert.deepEqual([later.not_before, later.label], ['2999-01-01T00:00:00.000000Z', null]);
      assert.equal(await queue.claimNext('lane'), null);
      const claim = queue.claimNext('lane', { wait: 60 });
      await queue.editTask(id, { not_before: null });
      assert.equal((await claim)?.task.id, id);
      await refused(queue.editTask(id, { label: 'x' }), 'wrong_state', 'Edit not allowed in running state');
    }));

  it('changes when a task is late and when it is stopped', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue, { timeout: 10 });
      const limits = async (patch: TaskPatch) => {
        const { timeout, kill_after } = await queue.editTask(id, patch);
        return [timeout, kill_after];
      };
      assert.deepEqual(await limits({ label: 'x' }), [10, 20]);
      assert.deepEqual(await limits({ timeout: 15 }), [15, 30], 'the usual one follows the timeout');
      assert.deepEqual(await limits({ kill_after: 5 }), [15, 5], 'less than the timeout');
      assert.deepEqual(await limits({ timeout: 20 }), [20, 5], 'a given one stays');
      assert.deepEqual(await limits({ kill_after: null }), [20, 40]);
      await refused(queue.editTask(id, { kill_after: 0 }), 'invalid_field', 'Invalid kill_after: 0');
    }));

  it('refuses invalid values and changes nothing', () =>
    withQueue(async (queue) => {
      const task = await enqueue(queue);
      await refused(queue.editTask(task.id, { label: 'x', timeout: 0 }), 'invalid_field');
      await refused(queue.editTask(task.id, { payload: '[]' }), 'invalid_field');
      for (const not_before of ['2999-01-01', '2999-02-30T09:00:00Z', '30', '-1']) {
        await refused(queue.editTask(task.id, { label: 'x', not_before }), 'invalid_field');
      }
      assert.equal((await queue.getTask(task.id)).label, null);
    }));
});

describe('Moving', () => {
  it('moves a task before or after another, to the front or to the back', () =>
    withQueue(async (queue) => {
      const [a, b, c, d] = (await enqueueMany(queue, 4)) as [string, string, string, string];
      await queue.moveTask(d, { before: b });
      assert.deepEqual(await order(queue), [a, d, b, c]);
      await queue.moveTask(a, { after: b });
      assert.deepEqual(await order(queue), [d, b, a, c]);
      await queue.moveTask(c, { to: 'front' });
      assert.deepEqual(await order(queue), [c, d, b, a]);
      await queue.moveTask(d, { to: 'back' });
      assert.deepEqual(await order(queue), [c, b, a, d]);
      await queue.moveTask(b, { after: d });
      const last = await enqueue(queue);
      assert.deepEqual(await order(queue), [c, a, d, b, last.id]);
      await queue.moveTask(a, { before: a });
      await refused(queue.moveTask(a, { before: b, to: 'back' }), 'invalid_field');
      for (const id of [c, a, d, b]) assert.equal((await queue.claimNext('lane'))?.task.id, id);
      await refused(queue.moveTask(last.id, { before: c }), 'wrong_state', /it is not queued on stream lane/);
      await refused(queue.moveTask(c, { to: 'back' }), 'wrong_state', 'Move not allowed in running state');
    }));

  it('makes room where none is left', () =>
    withQueue(async (queue) => {
      const ids = await enqueueMany(queue, 3);
      const expected = [...ids];
      const [first = ''] = ids;
      for (let round = 0; round < 60; round++) {
        const mover = expected[2] ?? '';
        await queue.moveTask(mover, { after: first });
        expected.splice(2, 1);
        expected.splice(1, 0, mover);
        assert.deepEqual(await order(queue), expected);
      }
      const last = await enqueue(queue);
      assert.deepEqual(await order(queue), [...expected, last.id]);
    }));

  it('moves a task to another stream', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'other' });
      const there = await enqueue(queue, { stream: 'other', idempotency_key: 'k' });
      const here = await enqueue(queue, { idempotency_key: 'k' });
      const waiting = queue.claimNext('other', { wait: 60, tools: ['moved'] });
      await queue.editTask(here.id, { tool_name: 'moved' });
      const moved = await queue.moveTask(here.id, { stream: 'other', before: there.id });
      assert.equal(moved.idempotency_key, null);
      assert.equal((await waiting)?.task.id, here.id);
      assert.deepEqual((await queue.getStream('lane')).counts.queued, 0);
      assert.deepEqual((await queue.getStream('other')).counts, {
        queued: 1,
        running: 1,
        succeeded: 0,
        failed: 0,
        unreviewed: 0,
        failed_unreviewed: 0,
        unapproved: 0,
        asking: 0,
      });
    }));
});

describe('Reviewing and deleting', () => {
  it('removes a finished task from the unreviewed ones', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      await refused(
        queue.reviewTask(id, { accepted: true }),
        'wrong_state',
        'Review not allowed in queued state',
      );
      await queue.fail(id, { error_message: 'x' });
      assert.equal((await queue.status()).counts.failed_unreviewed, 1);
      assert.equal((await queue.listTasks({ unreviewed: true })).total, 1);
      const reviewed = await queue.reviewTask(id, { accepted: false });
      assert.equal(reviewed.accepted, false);
      assert.ok(reviewed.reviewed_at);
      assert.equal((await queue.reviewTask(id, { accepted: true })).accepted, true);
      const { counts } = await queue.status();
      assert.deepEqual([counts.unreviewed, counts.failed_unreviewed, counts.failed], [0, 0, 1]);
      assert.equal((await queue.listTasks({ unreviewed: true })).total, 0);
    }));

  it('requires no review of a cancelled task', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const cancelled = await queue.cancel(id);
      assert.equal(cancelled.reviewed_at, cancelled.finished_at);
      assert.equal(cancelled.accepted, null);
      const { counts } = await queue.status();
      assert.deepEqual([counts.unreviewed, counts.failed_unreviewed, counts.failed], [0, 0, 1]);
      assert.equal((await queue.listTasks({ unreviewed: true })).total, 0);
    }));

  it('hides a deleted task everywhere, and never deletes a running one', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const other = await enqueue(queue);
      const event = nextEvent(queue, 'task.deleted', id);
      await queue.deleteTask(id);
      await event;
      assert.equal((await queue.listTasks()).total, 1);
      await refused(queue.getTask(id), 'not_found');
      await refused(queue.deleteTask(id), 'not_found');
      assert.equal((await queue.claimNext('lane'))?.task.id, other.id);
      assert.equal(await queue.claimNext('lane'), null);
      await refused(queue.deleteTask(other.id), 'wrong_state', 'Delete not allowed in running state');
    }));
});

describe('Depending on other tasks', () => {
  it('waits until all of them have succeeded', () =>
    withQueue(async (queue) => {
      const [a, b] = (await enqueueMany(queue, 2)) as [string, string];
      const task = await enqueue(queue, { after: [a, b, a] });
      assert.deepEqual([task.after, task.after_policy], [[a, b], 'fail']);
      assert.deepEqual(task.waiting_reason, { code: 'after_several', values: { task: a, more: 1 } });
      for (const id of [a, b]) {
        await queue.claimTask(id);
        await refused(queue.claimTask(task.id), 'not_ready');
        await queue.complete(id, { result_summary: 'ok' });
      }
      assert.equal((await queue.claimNext('lane'))?.task.id, task.id);
      const late = await enqueue(queue, { after: [a] });
      assert.equal((await queue.claimNext('lane'))?.task.id, late.id);
    }));

  it('fails with them, and with it the tasks that depend on it', () =>
    withQueue(async (queue) => {
      const first = await enqueue(queue);
      const second = await enqueue(queue, { after: [first.id] });
      const third = await enqueue(queue, { after: [second.id] });
      await queue.fail(first.id, { error_message: 'x' });
      for (const { id } of [second, third]) {
        const task = await queue.getTask(id);
        assert.deepEqual([task.status, task.failure_kind], ['failed', 'dependency']);
      }
      assert.match((await queue.getTask(second.id)).error ?? '', new RegExp(`^DEPENDENCY: ${first.id}`));
      const late = await enqueue(queue, { after: [first.id] });
      assert.deepEqual([late.status, late.failure_kind], ['failed', 'dependency']);
      assert.deepEqual((await queue.getStream('lane')).counts.failed, 4);
    }));

  it('works for a chain of a thousand', () =>
    withQueue(async (queue) => {
      const first = await enqueue(queue);
      let last = first;
      for (let link = 0; link < 1000; link++) last = await enqueue(queue, { after: [last.id] });
      await queue.cancel(first.id);
      assert.equal((await queue.getTask(last.id)).failure_kind, 'dependency');
      assert.equal((await queue.stats()).queued_tasks, 0);
    }));

  it('with `hold` waits until a copy of the failed task succeeds', () =>
    withQueue(async (queue) => {
      const first = await enqueue(queue);
      const held = await enqueue(queue, { after: [first.id], after_policy: 'hold' });
      await queue.fail(first.id, { error_message: 'x' });
      assert.deepEqual((await queue.getTask(held.id)).waiting_reason, {
        code: 'held',
        values: { task: first.id },
      });
      assert.equal(await queue.claimNext('lane'), null);
      const copy = await queue.requeue(first.id);
      assert.deepEqual((await queue.getTask(held.id)).after, [copy.id]);
      await queue.claimTask(copy.id);
      await queue.complete(copy.id, { result_summary: 'ok' });
      assert.equal((await queue.claimNext('lane'))?.task.id, held.id);
    }));

  it('with `run` continues anyway', () =>
    withQueue(async (queue) => {
      const first = await enqueue(queue);
      const task = await enqueue(queue, { after: [first.id], after_policy: 'run' });
      await queue.fail(first.id, { error_message: 'x' });
      assert.equal((await queue.claimNext('lane'))?.task.id, task.id);
    }));

  it('requires existing tasks, so that there are no cycles, and they cannot be deleted', () =>
    withQueue(async (queue) => {
      await refused(
        enqueue(queue, { after: ['tsk_000000000000'] }),
        'not_found',
        'Task not found: tsk_000000000000',
      );
      const first = await enqueue(queue);
      const task = await enqueue(queue, { after: [first.id] });
      await refused(
        queue.deleteTask(first.id),
        'wrong_state',
        `Delete not allowed while ${task.id} waits for ${first.id}`,
      );
      await queue.deleteTask(task.id);
      await queue.deleteTask(first.id);
    }));

  it('continues during retries of a dependency', () =>
    withQueue(async (queue) => {
      const first = await enqueue(queue, { max_attempts: 2 });
      const task = await enqueue(queue, { after: [first.id] });
      await queue.claimTask(first.id);
      await queue.fail(first.id, { error_message: 'x' });
      assert.equal((await queue.getTask(task.id)).status, 'queued');
    }));
});

describe('Why a task waits', () => {
  it('is said in a sentence and as data', () =>
    withQueue(async (queue) => {
      const [a, b] = (await enqueueMany(queue, 2)) as [string, string];
      const reason = async (id: string) => {
        const { waiting, waiting_reason } = await queue.getTask(id);
        assert.equal(waiting === null, waiting_reason === null);
        return waiting_reason;
      };
      assert.deepEqual(await reason(a), { code: 'no_worker', values: { stream: 'lane' } });
      assert.deepEqual(await reason(b), { code: 'behind', values: { task: a } });
      await queue.updateStream('lane', { working: true });
      assert.deepEqual(await reason(a), { code: 'next', values: {} });
      await queue.claimTask(a);
      assert.equal(await reason(a), null);
      assert.deepEqual(await reason(b), { code: 'lane_full', values: { running: 1, parallelism: 1 } });
      await queue.editTask(b, { tool_name: 'outside' });
      assert.deepEqual(await reason(b), { code: 'outside_worker', values: { tool: 'outside' } });
      await queue.pauseStream('lane');
      assert.deepEqual(await reason(b), { code: 'paused', values: { stream: 'lane' } });
      await queue.editTask(b, { not_before: '2999-01-01T12:00:00Z' });
      assert.deepEqual(await reason(b), {
        code: 'not_before',
        values: { at: '2999-01-01T12:00:00.000000Z' },
      });
      await queue.parkTask(b);
      assert.deepEqual(await reason(b), { code: 'parked', values: {} });
    }));

  it('names the task for an outside worker that blocks the lane, on every task behind it and on the stream', () =>
    withQueue(async (queue) => {
      await queue.updateStream('lane', { working: true });
      const first = await enqueue(queue);
      const outside = await enqueue(queue, { tool_name: 'outside' });
      const other = await enqueue(queue, { tool_name: 'llm-haiku' });
      const last = await enqueue(queue);
      const reasons = async () => {
        const tasks = await Promise.all([outside, other, last].map(({ id }) => queue.getTask(id)));
        const { waiting, waiting_reason } = await queue.getStream('lane');
        assert.equal(waiting === null, waiting_reason === null);
        return [...tasks.map((task) => task.waiting_reason), waiting_reason];
      };
      const behind = (task: { id: string }) => ({ code: 'behind', values: { task: task.id } });
      const blocked = { code: 'blocked', values: { task: outside.id, tool: 'outside' } };
      const waits = (tool: string) => ({ code: 'outside_worker', values: { tool } });
      assert.deepEqual(await reasons(), [behind(first), behind(outside), behind(other), null]);
      await queue.claimTask(first.id);
      assert.deepEqual(await reasons(), [waits('outside'), blocked, blocked, blocked]);
      const listed = await queue.listTasks({ status: 'queued', order: 'position' });
      assert.deepEqual(
        listed.items.map(({ waiting_reason }) => waiting_reason?.code),
        ['outside_worker', 'blocked', 'blocked'],
      );
      assert.equal((await queue.listStreams()).items[0]?.waiting_reason?.code, 'blocked');
      await queue.complete(first.id, { result_summary: 'x' });

      const skipping = await queue.updateStream('lane', { skip_unrunnable: true });
      assert.equal(skipping.waiting_reason, null);
      assert.deepEqual(await reasons(), [
        waits('outside'),
        waits('llm-haiku'),
        { code: 'next', values: {} },
        null,
      ]);
      const more = await enqueue(queue);
      assert.deepEqual(more.waiting_reason, { code: 'behind', values: { task: last.id } });
      await queue.parkTask(more.id);
      await queue.cancel(last.id);
      assert.deepEqual((await queue.getStream('lane')).waiting_reason, waits('outside'));
      await queue.pauseStream('lane');
      assert.equal((await queue.getStream('lane')).waiting_reason, null, 'a pause says enough');
      await queue.resumeStream('lane');
      await queue.endStream('lane');
      assert.equal((await queue.getStream('lane')).waiting_reason, null);
    }));

  it('warns of a task for an outside worker wherever it is queued, whatever else it waits for', () =>
    withQueue(async (queue) => {
      const blocks = [['blocks_stream', 'outside', 'lane']];
      const codes = ({ warnings }: Task) =>
        warnings.map(({ code, values }) => [code, values.tool, values.stream]);
      const outside = { tool_name: 'outside' };
      const first = await enqueue(queue, outside);
      const later = { ...outside, not_before: '2999-01-01T00:00:00Z' };
      for (const task of [
        first,
        await enqueue(queue, later),
        await enqueue(queue, { ...outside, after: [first.id] }),
      ])
        assert.deepEqual(codes(task), blocks);
      const ours = await enqueue(queue, { payload: { script_path: 'x.sh' } });
      assert.deepEqual(codes(ours), []);
      assert.deepEqual(codes(await queue.editTask(ours.id, outside)), blocks);
      await queue.createStream({ session: 'work', name: 'other', skip_unrunnable: true });
      const moved = await queue.moveTask(ours.id, { stream: 'other' });
      assert.deepEqual(codes(moved), [['outside_worker', 'outside', undefined]]);
      const { lease, task: running } = await queue.claimTask(first.id);
      assert.deepEqual(codes(running), []);
      assert.deepEqual(codes(await queue.complete(first.id, { lease, result_summary: 'x' })), []);
      assert.deepEqual(codes(await queue.requeue(first.id)), blocks);
    }));
});
