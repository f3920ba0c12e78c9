/** Tasks as workers take them and report on them. */

import assert from 'node:assert/strict';
import type { Task } from '../../../src/core/model';
import {
  type Case,
  type Door,
  instantPattern,
  type Lane,
  newLane,
  pass,
  passUntilFailed,
  refuses,
  some,
} from '../door';

/** One task in each state, made behind the door. */
async function oneOfEach({ behind }: Door, lane: Lane): Promise<Record<Task['status'], string>> {
  const [queued, running, succeeded, failed] = [
    await lane.add(),
    await lane.add(),
    await lane.add(),
    await lane.add(),
  ];
  for (const { id } of [running, succeeded, failed]) await behind.claimTask(id);
  await behind.complete(succeeded.id, { result_summary: 'x' });
  await behind.fail(failed.id, { error_message: 'x' });
  return { queued: queued.id, running: running.id, succeeded: succeeded.id, failed: failed.id };
}

/** A task that was claimed, timed out, and was claimed again: with the first lease and the second. */
async function superseded(door: Door): Promise<{ id: string; old: string; present: string; lane: Lane }> {
  const { behind } = door;
  const lane = await newLane(door);
  const { id } = await lane.add({ timeout: 10, max_attempts: 3 });
  const first = await behind.claimTask(id, { worker_id: 'first' });
  const back = new Promise<void>((resolve) => {
    const stop = behind.subscribe(({ task }) => {
      if (task?.id !== id || task.status !== 'queued') return;
      stop();
      resolve();
    });
  });
  await pass(door, 20_000, back);
  const second = await behind.claimTask(id, { worker_id: 'second' });
  return { id, old: first.lease, present: second.lease, lane };
}

export const workCases: readonly Case[] = [
  {
    name: 'a claim gives the task, its stream, a lease and a deadline',
    rows: ['life.claim', 'POST /api/streams/{id}/claim', 'http.lease-secret', 'decided.peek-claim-json'],
    async run(door) {
      const { queue } = door;
      const lane = await newLane(door, { instructions: 'Be brief' });
      const { id } = await lane.add({ timeout: 60, prompt: 'Do it' });
      const { task, stream, lease, lease_until, deadline } = some(
        await queue.claimNext(lane.name, { worker_id: 'me' }),
      );
      assert.equal(task.id, id);
      assert.deepEqual([task.status, task.attempts, task.worker_id], ['running', 1, 'me']);
      assert.match(some(task.started_at), instantPattern);
      assert.equal(task.claimed_at, task.started_at);
      assert.deepEqual(stream, { id: lane.stream.id, name: lane.name, instructions: 'Be brief' });
      assert.match(lease, /^[0-9a-f]{16,}$/);
      assert.equal(Date.parse(deadline) - Date.parse(some(task.started_at)), 120_000);
      assert.ok(lease_until <= deadline);
      const shown = JSON.stringify([
        await queue.getTask(id),
        await queue.listTasks({ stream: lane.name }),
        await queue.listAttempts(id),
      ]);
      assert.ok(!shown.includes(lease) && !shown.includes('"lease"'), 'the lease is shown');
    },
  },
  {
    name: 'of many claimers of one task exactly one wins, and claim-next gives each a different one',
    rows: ['decided.lost-race', 'life.claim'],
    async run(door) {
      const { queue, name } = door;
      const many = name === 'cli' ? 3 : 20;
      const lane = await newLane(door);
      const { id } = await lane.add();
      const claims = await Promise.all(
        Array.from({ length: many }, () =>
          queue.claimTask(id).then(
            (claim) => claim.task.attempts,
            (error: unknown) => refuses(Promise.reject(error), 'already_claimed', new RegExp(id)),
          ),
        ),
      );
      assert.deepEqual(
        claims.filter((claim) => typeof claim === 'number'),
        [1],
      );
      const open = new Set<string>();
      for (let i = 0; i < many; i += 1) open.add((await lane.add()).id);
      const taken = await Promise.all(Array.from({ length: many }, () => queue.claimNext(lane.name)));
      assert.deepEqual(new Set(taken.map((claim) => claim?.task.id)), open);
    },
  },
  {
    name: 'each state allows its operations, and refuses the others by name',
    rows: ['life.complete', 'life.fail', 'life.requeue', 'decided.fail-states', 'decided.requeue-states'],
    async run(door) {
      const { queue, behind, name } = door;
      const tasks = await oneOfEach(door, await newLane(door));
      const result = { result_summary: 'x' };
      const failure = { error_message: 'x' };
      const refused = (call: Promise<unknown>, state: string) =>
        refuses(call, 'wrong_state', new RegExp(`not allowed in ${state} state`));
      await Promise.all([
        ...(['running', 'succeeded', 'failed'] as const).map((state) =>
          refuses(queue.claimTask(tasks[state]), 'already_claimed', new RegExp(tasks[state])),
        ),
        ...(['queued', 'succeeded', 'failed'] as const).map((state) =>
          refused(queue.complete(tasks[state], result), state),
        ),
        ...(['succeeded', 'failed'] as const).map((state) =>
          refused(queue.fail(tasks[state], failure), state),
        ),
        ...(['queued', 'running'] as const).map((state) => refused(queue.requeue(tasks[state]), state)),
      ]);
      if (name === 'cli') {
        await refused(queue.fail(tasks.queued, failure), 'queued');
        assert.equal((await behind.getTask(tasks.queued)).status, 'queued');
      } else {
        const failed = await queue.fail(tasks.queued, failure);
        assert.deepEqual([failed.status, failed.failure_kind, failed.attempts], ['failed', 'error', 0]);
      }
      assert.equal((await queue.fail(tasks.running, failure)).status, 'failed');
      for (const state of ['succeeded', 'failed'] as const) {
        assert.equal((await queue.requeue(tasks[state])).status, 'queued');
      }
    },
  },
  {
    name: 'any text completes a task, and a JSON object provides its summary',
    rows: ['decided.complete-text', 'decided.summary-kept', 'POST /api/tasks/{id}/complete'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const texts: [string, string][] = [
        ['Work finished', 'Work finished'],
        ['{"summary": "All green", "files": 3}', 'All green'],
        ['{"status":"ok"}', '{"status":"ok"}'],
        ...['[]', '5', 'true', 'null'].map((text): [string, string] => [text, text]),
        ['"quoted"', '"quoted"'],
      ];
      await Promise.all(
        texts.map(async ([given, summary]) => {
          const { id } = await lane.add();
          await behind.claimTask(id);
          const done = await queue.complete(id, { result_summary: given });
          assert.deepEqual([done.status, done.result, done.result_summary], ['succeeded', given, summary]);
          assert.match(some(done.finished_at), instantPattern);
          assert.deepEqual([done.completed_at, done.failed_at, done.error], [done.finished_at, null, null]);
          const later = await behind.getTask(id);
          assert.deepEqual([later.result, later.result_summary], [given, summary]);
        }),
      );
      const { id } = await lane.add();
      await behind.claimTask(id);
      await Promise.all([
        ...['', '  ', '{"summary": ""}'].map((text) =>
          refuses(
            queue.complete(id, { result_summary: text }),
            'missing_field',
            /Result summary is required/,
          ),
        ),
        ...['{"summary": 5}', '{"summary": null}'].map((text) =>
          refuses(queue.complete(id, { result_summary: text }), 'invalid_field', /summary/),
        ),
      ]);
      assert.equal((await queue.getTask(id)).status, 'running');
    },
  },
  {
    name: 'a failure stores its type before its message',
    rows: ['life.fail', 'POST /api/tasks/{id}/fail', 'words.statuses'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const [typed, plain] = [await lane.add(), await lane.add()];
      for (const { id } of [typed, plain]) await behind.claimTask(id);
      await refuses(
        queue.fail(typed.id, { error_message: '  ' }),
        'missing_field',
        /Error message is required/,
      );
      const failed = await queue.fail(typed.id, { error_message: 'Two tests fail', error_type: 'TESTS' });
      assert.deepEqual(
        [failed.status, failed.error, failed.failure_kind, failed.failed_at, failed.result],
        ['failed', 'TESTS: Two tests fail', 'error', failed.finished_at, null],
      );
      assert.equal((await behind.getTask(typed.id)).error_message, 'TESTS: Two tests fail');
      assert.equal((await queue.fail(plain.id, { error_message: 'No' })).error, 'No');
    },
  },
  {
    name: 'requeue adds a copy at the back and leaves the original unchanged',
    rows: ['life.requeue', 'POST /api/tasks/{id}/requeue'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const { id } = await lane.add({ payload: { a: 1 }, timeout: 12 });
      await behind.claimTask(id);
      await behind.complete(id, { result_summary: 'x', stdout: 'out' });
      const waiting = await lane.add();
      const before = await behind.getTask(id);
      const copy = await queue.requeue(id);
      assert.notEqual(copy.id, id);
      const { stream_id, tool_name, task_class, payload_json, timeout } = before;
      assert.deepEqual(
        { ...copy, stream_id, tool_name, task_class, payload_json, timeout, retry_of: id, status: 'queued' },
        copy,
      );
      for (const field of ['result', 'error', 'started_at', 'finished_at', 'result_summary'] as const) {
        assert.equal(copy[field], null, field);
      }
      assert.equal(copy.attempts, 0);
      assert.deepEqual(await behind.getTask(id), before);
      assert.equal((await queue.claimNext(lane.name))?.task.id, waiting.id);
      assert.equal((await queue.claimNext(lane.name))?.task.id, copy.id);
    },
  },
  {
    name: 'a heartbeat extends the lease and reports progress',
    rows: ['POST /api/tasks/{id}/heartbeat'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const { id } = await lane.add();
      await refuses(queue.heartbeat(id, { lease: '' }), 'missing_field', /Lease is required/);
      await refuses(queue.heartbeat(id, { lease: 'f'.repeat(32) }), 'lease_superseded', /nobody holds it/);
      const { lease } = await behind.claimTask(id);
      const beat = await queue.heartbeat(id, { lease, progress: 40, message: 'half way' });
      assert.match(beat.lease_until, instantPattern);
      assert.match(beat.deadline, instantPattern);
      assert.equal(beat.cancel_requested, false);
      const task = await queue.getTask(id);
      assert.deepEqual([task.progress, task.progress_message], [40, 'half way']);
      await refuses(queue.heartbeat(id, { lease, progress: 101 }), 'invalid_field', /progress/);
      await refuses(queue.heartbeat(id, { lease: 'f'.repeat(32) }), 'lease_superseded');
    },
  },
  {
    name: 'a worker that lost its lease is refused, and its report is kept on its attempt',
    rows: [
      'POST /api/tasks/{id}/complete',
      'POST /api/tasks/{id}/heartbeat',
      'GET /api/tasks/{id}/attempts',
      'words.retry',
    ],
    async run(door) {
      const { queue, behind } = door;
      const { id, old, present } = await superseded(door);
      assert.equal((await queue.getTask(id)).attempts, 2);
      const beat = await refuses(queue.heartbeat(id, { lease: old }), 'lease_superseded', /second .*since/);
      if (beat.facts.details) {
        assert.deepEqual(Object.keys(beat.facts.details.holder as object).sort(), [
          'attempt',
          'since',
          'worker_id',
        ]);
      }
      await refuses(queue.complete(id, { result_summary: 'too late', lease: old }), 'lease_superseded');
      const [first] = await queue.listAttempts(id);
      assert.deepEqual([first?.number, first?.outcome, first?.summary], [1, 'superseded', 'too late']);
      const done = await queue.complete(id, { result_summary: 'in time', lease: present });
      assert.deepEqual([done.status, done.result_summary], ['succeeded', 'in time']);
      // The same report again changes nothing and is no error.
      const again = await queue.complete(id, { result_summary: 'in time', lease: present });
      assert.equal(again.status, 'succeeded');
      assert.equal(again.finished_at, done.finished_at);
      await refuses(queue.fail(id, { error_message: 'x', lease: present }), 'wrong_state');
      const [, second] = await behind.listAttempts(id);
      assert.deepEqual([second?.number, second?.outcome, second?.worker_id], [2, 'succeeded', 'second']);
    },
  },
  {
    name: 'a task with attempts left is queued again after a failure, and keeps its error',
    rows: ['words.retry', 'words.max-attempts', 'decided.auto-fail'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const { task } = await queue.enqueue({
        stream: lane.name,
        tool_name: 'llm-haiku',
        max_attempts: 2,
        timeout: 5,
      });
      assert.equal(task.max_attempts, 2);
      await behind.claimTask(task.id);
      const back = await queue.fail(task.id, { error_message: 'first time' });
      assert.deepEqual([back.status, back.error, back.attempts], ['queued', 'first time', 1]);
      await behind.claimTask(task.id);
      await passUntilFailed(door, task.id, 10_000);
      const failed = await queue.getTask(task.id);
      assert.deepEqual([failed.status, failed.failure_kind, failed.attempts], ['failed', 'timeout', 2]);
    },
  },
  {
    name: 'a rate limit delays a task and spends no attempt',
    rows: ['POST /api/tasks/{id}/fail', 'words.retry'],
    async run(door) {
      const { queue, behind, name, clock } = door;
      const lane = await newLane(door);
      const { id } = await lane.add();
      const { lease } = await behind.claimTask(id);
      const until = new Date(clock.now() + 30_000).toISOString();
      const retry_after = name === 'cli' ? until : 30;
      const rest = await queue.fail(id, { error_message: 'Too many requests', lease, retry_after });
      assert.deepEqual([rest.status, rest.failures, rest.error], ['queued', 0, 'Too many requests']);
      assert.equal(Date.parse(some(rest.not_before)), Date.parse(until));
      assert.equal(await queue.claimNext(lane.name), null);
      const [attempt] = await queue.listAttempts(id);
      assert.equal(attempt?.outcome, 'limited');
      const waiting = behind.claimNext(lane.name, { wait: 60 });
      await behind.getTask(id);
      assert.equal((await pass(door, 30_000, waiting))?.task.id, id);
    },
  },
  {
    name: 'output is part of the report; without it, stored output stays',
    rows: ['decided.http-output', 'GET /api/tasks/{id}/output', 'GET /api/tasks/{id}/attempts'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const [first, second] = [await lane.add(), await lane.add()];
      for (const { id } of [first, second]) await behind.claimTask(id);
      await queue.complete(first.id, { result_summary: 'x', stdout: 'grüße\n', stderr: 'oops' });
      const { stdout, stderr } = await queue.getTask(first.id);
      assert.deepEqual([stdout, stderr], ['grüße\n', 'oops']);
      const out = await queue.readOutput(first.id, { stream: 'stdout' });
      assert.deepEqual(out, { text: 'grüße\n', size: 8, next_offset: 8, dropped: null });
      assert.equal((await queue.readOutput(first.id, { stream: 'stderr', attempt: 1 })).text, 'oops');
      const [attempt] = await queue.listAttempts(first.id);
      assert.deepEqual([attempt?.stdout_size, attempt?.stderr_size, attempt?.outcome], [8, 4, 'succeeded']);
      await queue.fail(second.id, { error_message: 'x', stderr: 'only this' });
      const failed = await queue.getTask(second.id);
      assert.deepEqual([failed.stdout, failed.stderr], [null, 'only this']);
      for (const task of (await behind.listTasks({ stream: lane.name })).items) {
        assert.ok(!('stdout' in task) && !('stderr' in task));
      }
    },
  },
  {
    name: 'a claim can wait for work',
    rows: ['claim.wait'],
    async run(door) {
      const { queue, behind, name } = door;
      const lane = await newLane(door);
      const waiting = queue.claimNext(lane.name, { wait: 60 });
      const { id } = await lane.add();
      assert.equal((await waiting)?.task.id, id);
      if (name !== 'cli') await refuses(queue.claimNext(lane.name, { wait: 61 }), 'invalid_field', /wait/);
      if (name !== 'cli') await refuses(queue.claimNext(lane.name, { wait: -1 }), 'invalid_field', /wait/);
      assert.equal(await behind.claimNext(lane.name, { wait: 0 }), null);
    },
  },
  {
    name: 'a claim repeated with its request id is the same claim',
    rows: ['claim.request-id'],
    async run(door) {
      const { queue } = door;
      const lane = await newLane(door);
      await lane.add();
      const next = await lane.add();
      const request = { claim_request_id: `request-${lane.name}` };
      const first = some(await queue.claimNext(lane.name, request));
      const again = some(await queue.claimNext(lane.name, request));
      assert.deepEqual([again.task.id, again.lease, again.task.attempts], [first.task.id, first.lease, 1]);
      const direct = { claim_request_id: `direct-${lane.name}` };
      const claim = await queue.claimTask(next.id, direct);
      assert.equal((await queue.claimTask(next.id, direct)).lease, claim.lease);
    },
  },
];
