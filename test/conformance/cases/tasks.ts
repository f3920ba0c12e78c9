/** Tasks as they are put in, listed and handed out. */

import assert from 'node:assert/strict';
import type { Task } from '../../../src/core/model';
import { type Case, idPattern, instantPattern, newLane, pass, refuses, some } from '../door';

const ids = (tasks: readonly Task[]) => tasks.map(({ id }) => id);

/** Of a task as it was just enqueued, besides its id, its stream and its times. */
const fresh = {
  tool_name: 'llm-haiku',
  task_class: 'LLM_LITE',
  payload_json: { prompt: 'Do it', deep: { list: [1, null, 'ü"\n'] } },
  status: 'queued',
  timeout: 300,
  attempts: 0,
  result: null,
  error: null,
  started_at: null,
  finished_at: null,
  label: 'First',
  not_before: null,
  max_attempts: 1,
  failures: 0,
  idempotency_key: null,
  retry_of: null,
  lease_until: null,
  deadline: null,
  worker_id: null,
  failure_kind: null,
  exit_code: null,
  progress: null,
  result_summary: null,
  cancel_requested: false,
  parked: false,
  reviewed_at: null,
  accepted: null,
  stale_warned_at: null,
  after: [],
  after_policy: 'fail',
  claimed_at: null,
  completed_at: null,
  failed_at: null,
  error_message: null,
};

export const taskCases: readonly Case[] = [
  {
    name: 'a new task has its columns and their defaults',
    rows: ['model.task', 'words.ids', 'words.statuses', 'words.max-attempts', 'words.flags', 'http.payload'],
    async run(door) {
      const lane = await newLane(door);
      const payload = fresh.payload_json;
      const input = { stream: ` ${lane.name} `, tool_name: 'llm-haiku', payload, label: 'First' };
      const { task, duplicate } = await door.queue.enqueue(input);
      assert.equal(duplicate, false);
      assert.match(task.id, idPattern('tsk'));
      assert.equal(task.stream_id, lane.stream.id);
      assert.match(task.created_at, instantPattern);
      assert.match(task.updated_at, instantPattern);
      assert.equal(typeof task.position, 'number');
      assert.deepEqual(JSON.parse(task.payload), payload);
      assert.deepEqual({ ...task, ...fresh }, task);
      assert.match(some(task.waiting), /\S/);
      assert.deepEqual(task.waiting_reason, { code: 'outside_worker', values: { tool: task.tool_name } });
      const { stdout, stderr, check, digest, ...same } = await door.queue.getTask(task.id);
      assert.deepEqual(same, task);
      assert.deepEqual([stdout, stderr, check, digest], [null, null, null, null]);
    },
  },
  {
    name: "the timeout is the given one, else the tool's, the class's as configured, or as built in",
    rows: ['decided.timeouts', 'decided.bad-timeouts', 'words.classes'],
    async run(door) {
      const { queue, name } = door;
      const lane = await newLane(door);
      const timeoutOf = async (input: { tool_name: string; timeout?: number; task_class?: string }) =>
        (await queue.enqueue({ stream: lane.name, ...input })).task.timeout;
      const wanted: [number, Promise<number>][] = [
        [7, timeoutOf({ tool_name: 'timed', timeout: 7, task_class: 'LLM_HEAVY' })],
        [45, timeoutOf({ tool_name: 'timed', task_class: 'LLM_HEAVY' })],
        [700, timeoutOf({ tool_name: 'quick', task_class: 'LLM_HEAVY' })],
        [30, timeoutOf({ tool_name: 'quick' })],
        [4000, timeoutOf({ tool_name: 'nightly' })],
        [700, timeoutOf({ tool_name: 'llm-sonnet' })],
        [30, timeoutOf({ tool_name: 'llm-sonnet', task_class: 'FAST_SCRIPT' })],
        [300, timeoutOf({ tool_name: 'run-bash' })],
        [300, timeoutOf({ tool_name: 'llm-haiku' })],
      ];
      wanted.push([300, timeoutOf({ tool_name: 'quick', task_class: 'What you like' })]);
      await refuses(
        timeoutOf({ tool_name: 'quick', task_class: ' ' }),
        'missing_field',
        /Task class is required/,
      );
      // Any tool will do for the API; the command line knows those of the configuration.
      if (name !== 'cli') {
        wanted.push([300, timeoutOf({ tool_name: 'anything', task_class: 'WHATEVER' })]);
        wanted.push([300, timeoutOf({ tool_name: 'anything' })]);
      }
      assert.deepEqual(
        await Promise.all(wanted.map(([, timeout]) => timeout)),
        wanted.map(([seconds]) => seconds),
      );
      await Promise.all(
        [0, -5, 1.5].map((timeout) =>
          refuses(timeoutOf({ tool_name: 'quick', timeout }), 'invalid_field', /timeout/),
        ),
      );
    },
  },
  {
    name: 'a task whose payload its tool cannot start with is taken, and warns',
    rows: ['words.payload-warning'],
    async run(door) {
      const { queue } = door;
      const lane = await newLane(door);
      const enqueue = async (payload: Record<string, unknown>) => {
        const { task } = await queue.enqueue({ stream: lane.name, tool_name: 'run-bash', payload });
        const told = task.warnings.map(({ code, values }) => ({ code, values }));
        assert.deepEqual((await queue.getTask(task.id)).warnings, task.warnings);
        return { task, told };
      };
      const { task, told } = await enqueue({ args: ['x'] });
      assert.equal(task.status, 'queued');
      assert.deepEqual(told, [{ code: 'no_script', values: { tool: 'run-bash' } }]);
      assert.match(some(task.warnings[0]).message, /script_path/);
      assert.deepEqual((await enqueue({ script_path: 'scripts/a.sh' })).told, []);
      assert.deepEqual((await enqueue({ metadata: { script_path: 'scripts/a.sh' } })).told, []);
      const edited = await queue.editTask(task.id, { payload: { script_path: 'scripts/a.sh' } });
      assert.deepEqual(edited.warnings, []);
    },
  },
  {
    name: 'a plain command needs its command, is labelled with it, and may go to the front',
    rows: ['payload.command', 'decided.front'],
    async run(door) {
      const { queue } = door;
      const lane = await newLane(door);
      const add = async (tool: string, payload: Record<string, unknown>, front = false) =>
        (await queue.enqueue({ stream: lane.name, tool_name: tool, payload, front })).task;
      const last = await add('run-command', { argv: ['make', '-j', 2, 'a b'], env: { STAGE: 'x' } });
      const first = await add('run-shell', { line: 'make |\n tee log', shell: 'bash' }, true);
      assert.deepEqual([last.label, first.label], ["make -j 2 'a b'", 'make | tee log']);
      assert.deepEqual(last.payload_json, { argv: ['make', '-j', 2, 'a b'], env: { STAGE: 'x' } });
      assert.equal((await queue.peek(lane.name))?.task.id, first.id);
      await Promise.all([
        refuses(add('run-command', { line: 'make' }), 'invalid_field', /payload/),
        refuses(add('run-shell', { argv: ['make'] }), 'invalid_field', /payload/),
        refuses(add('run-command', { argv: ['make'], env: ['A=b'] }), 'invalid_field', /env/),
        refuses(queue.editTask(last.id, { payload: { argv: [] } }), 'invalid_field', /payload/),
      ]);
      const edited = await queue.editTask(last.id, { payload: { argv: ['make', 'all'] } });
      assert.equal(edited.label, 'make all');
    },
  },
  {
    name: 'a task for an outside worker warns, and what it blocks says so',
    rows: ['words.outside-warning'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const input = { stream: lane.name, tool_name: 'llm-haiku', prompt: 'x' };
      const warning = (tool: string) => ({ code: 'blocks_stream', values: { tool, stream: lane.name } });
      const warningOf = ({ warnings }: Task) => warnings.map(({ code, values }) => ({ code, values }));
      const { task } = await queue.enqueue(input);
      assert.deepEqual(warningOf(task), [warning('llm-haiku')]);
      assert.match(some(task.warnings[0]).message, /llm-haiku/);
      const later = await queue.enqueue({ ...input, not_before: '2999-01-01T00:00:00Z' });
      assert.deepEqual(warningOf(later.task), [warning('llm-haiku')]);
      const payload = { script_path: 'scripts/a.sh' };
      const { task: ours } = await queue.enqueue({ stream: lane.name, tool_name: 'run-bash', payload });
      assert.deepEqual(warningOf(ours), []);
      const blocked = { code: 'blocked', values: { task: task.id, tool: 'llm-haiku' } };
      assert.deepEqual(ours.waiting_reason, blocked);
      assert.deepEqual((await queue.getStream(lane.name)).waiting_reason, blocked);
      await queue.updateStream(lane.name, { skip_unrunnable: true });
      assert.equal((await queue.getStream(lane.name)).waiting_reason, null);
      assert.notEqual((await queue.getTask(ours.id)).waiting_reason?.code, 'blocked');
      const { lease } = await behind.claimTask(task.id);
      await behind.complete(task.id, { lease, result_summary: 'x' });
      const copy = await queue.requeue(task.id);
      assert.deepEqual(warningOf(copy), [{ code: 'outside_worker', values: { tool: 'llm-haiku' } }]);
    },
  },
  {
    name: "kill_after is the given one, else the tool's, else twice the timeout, and sets the deadline",
    rows: ['decided.kill-after'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const add = async (input: { tool_name: string; timeout?: number; kill_after?: number }) =>
        (await queue.enqueue({ stream: lane.name, ...input })).task;
      const wanted: [number, number, Promise<Task>][] = [
        [45, 50, add({ tool_name: 'timed' })],
        [60, 50, add({ tool_name: 'timed', timeout: 60 })],
        [45, 46, add({ tool_name: 'timed', kill_after: 46 })],
        [120, 120, add({ tool_name: 'quick', timeout: 120, kill_after: 120 })],
        [300, 7, add({ tool_name: 'run-bash', kill_after: 7 })],
        [30, 60, add({ tool_name: 'quick' })],
      ];
      const tasks = await Promise.all(wanted.map(([, , task]) => task));
      assert.deepEqual(
        tasks.map(({ timeout, kill_after }) => [timeout, kill_after]),
        wanted.map(([timeout, killAfter]) => [timeout, killAfter]),
      );
      await Promise.all(
        [0, -5, 1.5].map((kill_after) =>
          refuses(add({ tool_name: 'quick', kill_after }), 'invalid_field', /kill_after/),
        ),
      );
      const [timed, , , exact, , usual] = tasks.map(({ id }) => id);
      assert.equal((await queue.editTask(some(usual), { timeout: 40 })).kill_after, 80);
      assert.equal((await queue.editTask(some(usual), { kill_after: 45 })).kill_after, 45);
      assert.equal((await queue.editTask(some(usual), { kill_after: null })).kill_after, 80);
      const claim = await queue.claimTask(some(exact));
      assert.equal(Date.parse(claim.deadline) - Date.parse(some(claim.task.started_at)), 120_000);
      await behind.claimTask(some(timed));
      await behind.complete(some(timed), { result_summary: 'x' });
      const copy = await queue.requeue(some(timed));
      assert.deepEqual([copy.timeout, copy.kill_after], [45, 50]);
      const tool = (await queue.listTools()).find(({ name }) => name === 'timed');
      assert.deepEqual([tool?.timeout, tool?.kill_after], [45, 50]);
    },
  },
  {
    name: 'tasks are handed out in order, and listed newest first',
    rows: ['decided.order', 'life.claim'],
    async run(door) {
      const { queue } = door;
      const lane = await newLane(door);
      const [first, second, third] = [await lane.add(), await lane.add(), await lane.add()];
      const listed = await queue.listTasks({ stream: lane.name });
      assert.deepEqual(ids(listed.items), ids([third, second, first]));
      assert.equal(listed.total, 3);
      for (const task of [first, second, third]) {
        const before = await queue.peek(lane.name);
        assert.equal(before?.task.id, task.id);
        assert.deepEqual(before?.stream, { id: lane.stream.id, name: lane.name, instructions: null });
        assert.equal((await queue.claimNext(lane.name))?.task.id, task.id);
      }
      assert.equal(await queue.peek(lane.name), null);
      assert.equal(await queue.claimNext(lane.name), null);
    },
  },
  {
    name: 'tasks are filtered by stream, session, status, text and review',
    rows: ['GET /api/tasks', 'POST /api/tasks/{id}/review', 'decided.search-values'],
    async run(door) {
      const { queue, behind } = door;
      const lane = await newLane(door);
      const [good, bad, open] = [
        await lane.add({ label: 'needle in Hay' }),
        await lane.add(),
        await lane.add({ prompt: 'a needle%, a "ПРИВЕТ" and a Straße' }),
      ];
      await behind.claimNext(lane.name);
      await behind.complete(good.id, { result_summary: 'fine' });
      await behind.fail(bad.id, { error_message: 'broken' });
      const find = async (filter: Parameters<typeof queue.listTasks>[0]) =>
        ids((await queue.listTasks(filter)).items);
      const stream = lane.stream.id;
      assert.deepEqual(
        await Promise.all([
          find({ session_id: lane.session.id }),
          find({ stream, status: 'succeeded' }),
          find({ stream, status: 'failed' }),
          find({ stream: lane.name, status: 'queued' }),
          find({ stream, q: 'NEEDLE' }),
          find({ stream, q: 'needle%' }),
          find({ stream, q: '"привет" and a STRASSE' }),
          find({ stream, q: 'prompt' }),
          find({ stream, unreviewed: true }),
          find({ stream, stale: true }),
          find({ stream, limit: 1 }),
        ]),
        [
          [open.id, bad.id, good.id],
          [good.id],
          [bad.id],
          [open.id],
          [open.id, good.id],
          [open.id],
          [open.id],
          [],
          [bad.id, good.id],
          [],
          [open.id],
        ],
      );
      assert.deepEqual((await queue.listTasks({ stream: 'str_000000000000' })).items, []);
      const reviewed = await queue.reviewTask(bad.id, { accepted: false });
      assert.match(some(reviewed.reviewed_at), instantPattern);
      assert.equal(reviewed.accepted, false);
      assert.equal((await queue.reviewTask(good.id, { accepted: true })).accepted, true);
      assert.deepEqual(await find({ stream, unreviewed: true }), []);
      await refuses(queue.reviewTask(open.id, { accepted: true }), 'wrong_state', /queued/);
    },
  },
  {
    name: 'the same idempotency key in the same stream returns the first task',
    rows: ['POST /api/tasks', 'cli.enqueue-options'],
    async run(door) {
      const { queue } = door;
      const [lane, other] = [await newLane(door), await newLane(door)];
      const input = { tool_name: 'llm-haiku', idempotency_key: 'once' };
      const first = await queue.enqueue({ stream: lane.name, ...input });
      const again = await queue.enqueue({ stream: lane.name, ...input, label: 'other' });
      assert.deepEqual([again.task.id, again.duplicate], [first.task.id, true]);
      const elsewhere = await queue.enqueue({ stream: other.name, ...input });
      assert.equal(elsewhere.duplicate, false);
      assert.notEqual(elsewhere.task.id, first.task.id);
    },
  },
  {
    name: 'a task waits for its dependencies, and follows its policy if they fail',
    rows: ['life.after', 'cli.enqueue-options'],
    async run(door) {
      const { queue, behind } = door;
      const [lane, next] = [await newLane(door), await newLane(door)];
      const [good, bad] = [await lane.add(), await lane.add()];
      const add = async (after: string[], after_policy?: 'fail' | 'hold' | 'run') =>
        (await queue.enqueue({ stream: next.name, tool_name: 'llm-haiku', after, after_policy })).task;
      const both = await add([good.id, bad.id]);
      assert.deepEqual(both.after, [good.id, bad.id]);
      const [held, run] = [await add([bad.id], 'hold'), await add([bad.id], 'run')];
      await refuses(add(['tsk_000000000000']), 'not_found', /tsk_000000000000/);
      await refuses(queue.claimTask(both.id), 'not_ready', new RegExp(`${good.id}|${bad.id}`));
      assert.equal(await queue.claimNext(next.name), null);
      await behind.claimTask(good.id);
      await behind.complete(good.id, { result_summary: 'x' });
      await behind.claimTask(bad.id);
      await behind.fail(bad.id, { error_message: 'x' });
      const failed = await queue.getTask(both.id);
      assert.deepEqual([failed.status, failed.failure_kind], ['failed', 'dependency']);
      assert.equal((await queue.claimNext(next.name))?.task.id, run.id);
      assert.equal(await queue.claimNext(next.name), null);
      assert.equal((await queue.getTask(held.id)).status, 'queued');
    },
  },
  {
    name: 'a delayed task is handed out when it is due',
    rows: ['POST /api/tasks', 'cli.enqueue-options'],
    async run(door) {
      const { queue, behind, clock } = door;
      const lane = await newLane(door);
      const not_before = new Date(clock.now() + 30_000).toISOString();
      const { task } = await queue.enqueue({ stream: lane.name, tool_name: 'llm-haiku', not_before });
      assert.equal(Date.parse(some(task.not_before)), Date.parse(not_before));
      assert.equal(await queue.claimNext(lane.name), null);
      const waiting = behind.claimNext(lane.name, { wait: 60 });
      // Comes back only after the claim above has begun to wait.
      await behind.getTask(task.id);
      assert.equal((await pass(door, 30_000, waiting))?.task.id, task.id);
    },
  },
  {
    name: 'the tools are those of the current configuration',
    rows: ['GET /api/tools', 'decided.tools-list', 'words.outside-tool'],
    async run({ queue }) {
      const tools = await queue.listTools();
      const named = (name: string) => some(tools.find((tool) => tool.name === name));
      assert.deepEqual(
        ['run-bash', 'run-python', 'run-node', 'llm-haiku', 'llm-sonnet', 'quick', 'timed', 'nightly'].filter(
          (name) => tools.some((tool) => tool.name === name),
        ).length,
        8,
      );
      assert.deepEqual(named('quick'), {
        name: 'quick',
        description: 'For small things',
        task_class: 'FAST_SCRIPT',
        timeout: null,
        kill_after: null,
        runnable: false,
        agent: null,
        agents_default: false,
        account: null,
        rest: null,
      });
      assert.equal(named('timed').timeout, 45);
      assert.equal(named('run-bash').runnable, true);
    },
  },
  {
    name: 'the queue counts its tasks',
    rows: ['GET /stats'],
    async run(door) {
      const before = await door.queue.stats();
      const lane = await newLane(door);
      await lane.add();
      await lane.add();
      await door.behind.claimNext(lane.name);
      assert.deepEqual(await door.queue.stats(), {
        sessions: before.sessions + 1,
        streams: before.streams + 1,
        queued_tasks: before.queued_tasks + 1,
        running_tasks: before.running_tasks + 1,
      });
    },
  },
];
