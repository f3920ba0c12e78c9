/** Tasks as they are changed: edited, moved, parked, deleted, purged, cancelled, and given up by the clock. */

import assert from 'node:assert/strict';
import type { Task } from '../../../src/core/model';
import { type Case, eventOf, instantPattern, newLane, pass, passUntilFailed, refuses, some } from '../door';

const day = 24 * 60 * 60 * 1000;

const ids = (tasks: readonly Pick<Task, 'id'>[]) => tasks.map(({ id }) => id);

export const changeCases: readonly Case[] = [
  {
    name: 'only a queued task can be edited',
    rows: ['PUT /api/tasks/{id}'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const task = await lane.add({ payload: { prompt: 'old', keep: 1 } });
      const soon = '2031-01-31T09:00:00.000000Z';
      const patch = {
        prompt: 'new',
        label: 'Better',
        timeout: 12,
        tool_name: 'llm-sonnet',
        not_before: soon,
      };
      const edited = await queue.editTask(task.id, patch);
      assert.deepEqual(edited.payload_json, { prompt: 'new', keep: 1 });
      const { label, timeout, tool_name, not_before } = edited;
      assert.deepEqual([label, timeout, tool_name, not_before], ['Better', 12, 'llm-sonnet', soon]);
      assert.equal(await queue.claimNext(lane.name), null);
      const whole = await queue.editTask(task.id, { payload: { other: true } });
      assert.deepEqual(whole.payload_json, { other: true });
      await refuses(queue.editTask(task.id, { timeout: 0 }), 'invalid_field', /timeout/);
      await behind.editTask(task.id, { not_before: null });
      await behind.claimNext(lane.name);
      await refuses(queue.editTask(task.id, { label: 'x' }), 'wrong_state', /running/);
      await behind.complete(task.id, { result_summary: 'x' });
      await refuses(queue.editTask(task.id, { label: 'x' }), 'wrong_state', /succeeded/);
    },
  },
  {
    name: 'a queued task can be moved within its stream and to another one',
    rows: ['POST /api/tasks/{id}/move'],
    async run(door) {
      const { queue, behind } = door;
      const [lane, other] = [await newLane(door), await newLane(door)];
      const [a, b, c] = [await lane.add(), await lane.add(), await lane.add()];
      const order = async (stream: string) =>
        ids((await behind.listTasks({ stream, status: 'queued', order: 'position' })).items);
      await queue.moveTask(c.id, { to: 'front' });
      assert.deepEqual(await order(lane.name), [c.id, a.id, b.id]);
      await queue.moveTask(c.id, { after: a.id });
      assert.deepEqual(await order(lane.name), [a.id, c.id, b.id]);
      await queue.moveTask(b.id, { before: a.id });
      assert.deepEqual(await order(lane.name), [b.id, a.id, c.id]);
      await queue.moveTask(b.id, { to: 'back' });
      assert.deepEqual(await order(lane.name), [a.id, c.id, b.id]);
      const there = await other.add();
      assert.equal(
        (await queue.moveTask(a.id, { stream: other.name, before: there.id })).stream_id,
        other.stream.id,
      );
      assert.deepEqual(await order(other.name), [a.id, there.id]);
      await behind.claimTask(a.id);
      await refuses(queue.moveTask(a.id, { to: 'back' }), 'wrong_state', /running/);
      await refuses(queue.moveTask(b.id, { before: a.id }), 'wrong_state');
    },
  },
  {
    name: 'a parked task is not handed out until it is unparked',
    rows: ['POST /api/tasks/{id}/park', 'words.flags'],
    async run(door) {
      const { queue } = door;
      const lane = await newLane(door);
      const [task, next] = [await lane.add(), await lane.add()];
      const parked = await queue.parkTask(task.id);
      assert.deepEqual([parked.parked, parked.status], [true, 'queued']);
      await refuses(queue.claimTask(task.id), 'not_ready', new RegExp(task.id));
      assert.equal((await queue.claimNext(lane.name))?.task.id, next.id);
      assert.equal(await queue.claimNext(lane.name), null);
      assert.equal((await queue.unparkTask(task.id)).parked, false);
      assert.equal((await queue.claimNext(lane.name))?.task.id, task.id);
      await refuses(queue.parkTask(task.id), 'wrong_state', /running/);
    },
  },
  {
    name: 'a task that is not running can be deleted',
    rows: ['DELETE /api/tasks/{id}'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const [first, second] = [await lane.add(), await lane.add()];
      await behind.claimTask(first.id);
      await refuses(queue.deleteTask(first.id), 'wrong_state', /running/);
      await queue.deleteTask(second.id);
      await refuses(queue.getTask(second.id), 'not_found', new RegExp(second.id));
      assert.deepEqual(ids((await queue.listTasks({ stream: lane.name })).items), [first.id]);
      await behind.complete(first.id, { result_summary: 'x' });
      await queue.deleteTask(first.id);
      await refuses(queue.deleteTask(first.id), 'not_found');
    },
  },
  {
    name: 'a deleted task can be restored for seven days',
    rows: ['POST /api/tasks/{id}/undelete'],
    async run(door) {
      const { queue, behind, clock } = door;
      const lane = await newLane(door);
      const [done, first, second] = [await lane.add(), await lane.add(), await lane.add()];
      await behind.claimTask(done.id);
      await behind.complete(done.id, { result_summary: 'x' });
      await refuses(queue.undeleteTask(first.id), 'wrong_state', /queued/);
      const before = await queue.getTask(done.id);
      await queue.deleteTask(done.id);
      await queue.deleteTask(first.id);
      const deleted = { stream: lane.name, deleted: true };
      assert.deepEqual(ids((await queue.listTasks(deleted)).items).sort(), [done.id, first.id].sort());
      clock.jump(6 * day);
      assert.equal((await queue.undeleteTask(first.id)).status, 'queued');
      assert.equal((await queue.claimNext(lane.name))?.task.id, first.id);
      await behind.complete(first.id, { result_summary: 'x' });
      const { status, result_summary, deleted_at } = await queue.undeleteTask(done.id);
      assert.deepEqual([status, result_summary, deleted_at], [before.status, before.result_summary, null]);
      for (const { id } of [done, first, second]) await queue.deleteTask(id);
      clock.jump(8 * day);
      await refuses(queue.undeleteTask(second.id), 'not_found', new RegExp(second.id));
      assert.deepEqual((await queue.listTasks(deleted)).items, []);
    },
  },
  {
    name: 'purge deletes old finished tasks, but none that a live task depends on',
    rows: [
      'decided.purge',
      'decided.purge-needed',
      'decided.purge-unreviewed',
      'POST /api/purge',
      'cli.purge',
    ],
    async run(door) {
      const { queue, behind, clock } = door;
      const lane = await newLane(door);
      const [old, unlooked, copied, needed, young, open] = [
        await lane.add(),
        await lane.add(),
        await lane.add(),
        await lane.add(),
        await lane.add(),
        await lane.add(),
      ];
      const finish = async (id: string) => {
        await behind.claimTask(id);
        return behind.complete(id, { result_summary: 'x' });
      };
      for (const { id } of [old, unlooked, copied, needed]) await finish(id);
      await behind.requeue(copied.id);
      const waiter = await lane.add({ after: [needed.id] });
      await behind.parkTask(waiter.id);
      await clock.timerSet(day);
      clock.advance(4 * day);
      // The daily purge is over: it takes nothing between the answers that are compared.
      await clock.timerSet(day);
      await finish(young.id);
      const kept = await queue.purge({ older_than_days: 3, keep_unreviewed: true });
      assert.ok(kept.kept_unreviewed >= 2);
      assert.ok(!kept.tasks.includes(old.id) && !kept.tasks.includes(unlooked.id));
      await behind.reviewTask(old.id, { accepted: true });
      await queue.purge({ older_than_days: 3, keep_unreviewed: true });
      await refuses(queue.getTask(old.id), 'not_found');
      const none = await queue.purge({ older_than_days: 5 });
      assert.ok(!none.tasks.includes(unlooked.id));
      const told = await queue.purge({ dry_run: true });
      assert.equal(told.dry_run, true);
      assert.ok(told.tasks.includes(unlooked.id));
      const purged = await queue.purge({ older_than_days: 3 });
      assert.deepEqual(purged, { ...told, dry_run: false });
      assert.equal(purged.kept_unreviewed, 0);
      await refuses(queue.getTask(unlooked.id), 'not_found');
      for (const { id } of [copied, needed, young, open, waiter]) {
        assert.equal((await behind.getTask(id)).id, id);
      }
    },
  },
  {
    name: 'what a purge took is in the history until it is erased, but no deleted task',
    rows: ['GET /api/history', 'DELETE /api/history/{id}', 'cli.history'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const script = `scripts/${lane.name}.sh`;
      const [done, failed, deleted] = [
        await lane.add({ payload: { script_path: script } }),
        await lane.add({ payload: { script_path: script }, label: 'Straße' }),
        await lane.add({ payload: { script_path: script } }),
      ];
      await behind.claimTask(done.id);
      await behind.complete(done.id, { result_summary: 'well' });
      for (const { id } of [failed, deleted]) await behind.fail(id, { error_message: 'broken' });
      await behind.deleteTask(deleted.id);
      await behind.purge({ older_than_days: 0 });
      const listed = async (filter: object) =>
        (await queue.listHistory({ script: `${lane.name}.sh`, ...filter })).tasks;
      const tasks = await listed({});
      assert.deepEqual(ids(tasks).sort(), [done.id, failed.id].sort());
      const task = some(tasks.find(({ id }) => id === done.id));
      assert.deepEqual([task.result_summary, task.stream_name, task.attempts.length], ['well', lane.name, 1]);
      assert.match(task.purged_at, instantPattern);
      assert.deepEqual(ids(await listed({ failed: true, q: 'STRASSE', since: '1000w' })), [failed.id]);
      await queue.eraseHistory(done.id);
      await refuses(queue.eraseHistory(done.id), 'not_found');
      assert.deepEqual(ids(await listed({ since: '2000-01-01T00:00:00Z' })), [failed.id]);
    },
  },
  {
    name: 'cancelling ends a queued task at once, and requests it of a running one',
    rows: ['POST /api/tasks/{id}/cancel', 'words.flags', 'words.statuses'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const [queued, running] = [await lane.add(), await lane.add()];
      const ended = await queue.cancel(queued.id);
      assert.deepEqual([ended.status, ended.failure_kind, ended.attempts], ['failed', 'cancelled', 0]);
      const claim = some(await behind.claimNext(lane.name));
      assert.equal(claim.task.id, running.id);
      const asked = await queue.cancel(running.id);
      assert.deepEqual([asked.status, asked.cancel_requested], ['running', true]);
      assert.equal((await queue.heartbeat(running.id, { lease: claim.lease })).cancel_requested, true);
      const stopped = await queue.fail(running.id, { error_message: 'stopped', lease: claim.lease });
      assert.deepEqual([stopped.status, stopped.failure_kind], ['failed', 'cancelled']);
      await refuses(queue.cancel(running.id), 'wrong_state', /failed/);
    },
  },
  {
    name: 'a suspended run keeps its time, and nobody else can be suspended',
    rows: ['POST /api/tasks/{id}/suspend', 'words.flags', 'words.statuses'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const [first, second] = [await lane.add(), await lane.add()];
      await refuses(queue.suspend(first.id), 'wrong_state', /queued/);
      const { task } = some(await behind.claimNext(lane.name, { supervised: true }));
      const suspended = await queue.suspend(task.id);
      assert.deepEqual([suspended.status, suspended.suspended], ['running', true]);
      assert.equal((await queue.getTask(task.id)).suspended, true);
      const continued = await queue.continue(task.id);
      assert.deepEqual([continued.status, continued.suspended], ['running', false]);
      assert.ok(some(continued.deadline) >= some(task.deadline));
      await behind.claimTask(second.id);
      await refuses(queue.suspend(second.id), 'wrong_state', /outside worker/);
    },
  },
  {
    name: 'a task with a question waits for the answer, and the next claim has both',
    rows: ['POST /api/tasks/{id}/ask', 'POST /api/tasks/{id}/answer'],
    async run(door) {
      const { queue } = door;
      const lane = await newLane(door);
      const { id } = await lane.add();
      await refuses(queue.answer(id, { text: 'the first' }), 'wrong_state', /asks nothing/);
      const { lease } = some(await queue.claimNext(lane.name));
      await refuses(queue.ask(id, { lease: 'f'.repeat(32), text: 'Which?' }), 'lease_superseded');
      const asked = await queue.ask(id, { lease, text: 'Which?', choices: ['this', 'that'] });
      const { text, choices } = some(asked.question);
      assert.deepEqual([asked.status, text, choices], ['queued', 'Which?', ['this', 'that']]);
      await refuses(queue.claimTask(id), 'not_ready');
      assert.equal(await queue.claimNext(lane.name), null);
      await queue.answer(id, { text: 'this' });
      const { task } = some(await queue.claimNext(lane.name));
      assert.deepEqual([task.note, task.failures], ['Question: Which?\nAnswer: this', 0]);
    },
  },
  {
    name: 'a run of the built-in runner asks once it has ended, and the next goes on with its session',
    rows: ['POST /api/tasks/{id}/ask', 'claim.resume'],
    async run(door) {
      const { queue, behind, name } = door;
      const lane = await newLane(door);
      const { id } = await lane.add();
      const { lease, resume } = await behind.claimTask(id, { supervised: true });
      assert.equal(resume, null);
      await refuses(queue.ask(id, { lease, text: 'Which?' }), 'wrong_state', /built-in runner/);
      // Only what runs tasks says this, and it has no command of its own.
      const runner = name === 'cli' ? behind : queue;
      const usage = { input: null, cached: null, output: null, cost_usd: 0.5, turns: null };
      const end = { lease, attempt: 1, text: 'Which?', exit_code: 0, agent_session: 'abc', usage };
      await refuses(queue.ask(id, { ...end, attempt: 2 }), 'wrong_state');
      await runner.ask(id, end);
      const [attempt] = await queue.listAttempts(id);
      assert.deepEqual([attempt?.outcome, attempt?.exit_code, attempt?.usage], ['asked', 0, usage]);
      await queue.answer(id, { text: 'this' });
      const claim = some(await queue.claimNext(lane.name));
      assert.deepEqual(claim.resume, { session: 'abc', attempt: 1, cost_usd: 0.5 });
    },
  },
  {
    name: 'a clock that jumps by a day, either way, ends no claim and no key',
    rows: ['decided.clock-jumps'],
    ofThisMachine: true,
    async run(door) {
      const { queue, behind, clock } = door;
      const lane = await newLane(door);
      const { id } = await lane.add({ timeout: 100 });
      const request = { claim_request_id: `jump ${id}` };
      const { lease } = some(await queue.claimNext(lane.name, request));
      await queue.heartbeat(id, { lease });
      for (const jump of [day, -day, -day]) {
        clock.jump(jump);
        const beat = await queue.heartbeat(id, { lease });
        assert.equal(Math.round((Date.parse(beat.lease_until) - clock.now()) / 1000), 60);
        assert.equal(Math.round((Date.parse(beat.deadline) - clock.now()) / 1000), 200);
        assert.equal(some(await queue.claimNext(lane.name, request)).lease, lease);
      }
      clock.jump(day);
      assert.equal((await behind.getTask(id)).status, 'running');
      assert.equal((await queue.complete(id, { lease, result_summary: 'done' })).status, 'succeeded');
    },
  },
  {
    name: 'a task is stale at its timeout, and fails at twice its timeout',
    rows: ['decided.stale', 'decided.auto-fail', 'words.statuses'],
    async run(door) {
      const { queue, behind, clock } = door;
      const lane = await newLane(door);
      const [stale, other] = [await lane.add({ timeout: 100 }), await lane.add({ timeout: 1000 })];
      await behind.claimNext(lane.name);
      await behind.claimNext(lane.name);
      clock.advance(99_000);
      assert.deepEqual((await queue.listTasks({ stream: lane.name, stale: true })).items, []);
      await pass(door, 1_000, eventOf(behind, 'task.stale', stale.id));
      assert.deepEqual(ids((await queue.listTasks({ stream: lane.name, stale: true })).items), [stale.id]);
      await passUntilFailed(door, stale.id, 100_000);
      const failed = await queue.getTask(stale.id);
      assert.deepEqual(
        [failed.status, failed.failure_kind, failed.error],
        ['failed', 'timeout', 'TIMEOUT: Task timeout (auto-failed)'],
      );
      assert.match(some(failed.stale_warned_at), instantPattern);
      assert.equal((await behind.getTask(other.id)).status, 'running');
    },
  },
];
