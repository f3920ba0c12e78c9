import assert from 'node:assert/strict';
import { defaultConfig, fixedConfig } from '../../../../src/core/config';
import { QueueError } from '../../../../src/core/errors';
import type { Claim } from '../../../../src/core/model';
import { type Files, nodeFiles } from '../../../../src/store/engine/files';
import { migrations } from '../../../../src/store/rows/schema';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';
import { enqueue, enqueueMany, refused, withQueue } from '../../../support/localQueue';
import { openDatabase } from '../../../support/openDatabase';

function won(results: PromiseSettledResult<Claim | null>[]): Claim[] {
  return results.flatMap((result) => (result.status === 'fulfilled' && result.value ? [result.value] : []));
}

function gate(): { promise: Promise<void>; open: () => void } {
  let open: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe('Claiming', () => {
  for (const claimants of [10, 100, 1000]) {
    it(`lets exactly one of ${claimants} claimants of a task win`, () =>
      withQueue(async (queue) => {
        const { id } = await enqueue(queue);
        const results = await Promise.allSettled(
          Array.from({ length: claimants }, () => queue.claimTask(id)),
        );
        assert.equal(won(results).length, 1);
        for (const result of results) {
          if (result.status === 'fulfilled') continue;
          assert.ok(QueueError.is(result.reason, 'already_claimed'));
          assert.equal(result.reason.message, `Task ${id} not found or already claimed`);
        }
        const task = await queue.getTask(id);
        assert.deepEqual([task.status, task.attempts], ['running', 1]);
        assert.equal((await queue.listAttempts(id)).length, 1);
      }));

    it(`gives the next task of a stream to one of ${claimants} claimants`, () =>
      withQueue(async (queue) => {
        const { id } = await enqueue(queue);
        const results = await Promise.allSettled(
          Array.from({ length: claimants }, () => queue.claimNext('lane')),
        );
        assert.deepEqual(
          won(results).map(({ task }) => task.id),
          [id],
        );
        assert.equal(results.filter(({ status }) => status === 'rejected').length, 0);
      }));
  }

  it('is decided by the guard on the status alone', () =>
    withFolder(async (folder) => {
      const db = await openDatabase(folder, { migrations });
      const guarded = "UPDATE tasks SET status = 'running', lease = ? WHERE id = ? AND status = 'queued'";
      const counts = await db.write((tx) => {
        tx.run("INSERT INTO projects VALUES ('prj_1', 'p', NULL, NULL, 'now', 'now')");
        tx.run(
          `INSERT INTO sessions (id, project_id, name, started_at, created_at, updated_at)
           VALUES ('ses_1', 'prj_1', 's', 'now', 'now', 'now')`,
        );
        tx.run(
          `INSERT INTO streams (id, session_id, name, created_at, updated_at)
           VALUES ('str_1', 'ses_1', 'lane', 'now', 'now')`,
        );
        tx.run(
          `INSERT INTO tasks (id, stream_id, tool_name, task_class, payload, timeout, created_at, updated_at, position)
           VALUES ('tsk_1', 'str_1', 'x', 'FAST_SCRIPT', '{}', 30, 'now', 'now', 1)`,
        );
        return ['first', 'second'].map((lease) => tx.run(guarded, lease, 'tsk_1'));
      });
      assert.deepEqual(counts, [1, 0]);
      const again = await Promise.all(
        Array.from({ length: 20 }, (_, index) => db.write((tx) => tx.run(guarded, `late ${index}`, 'tsk_1'))),
      );
      assert.deepEqual(new Set(again), new Set([0]));
      assert.equal(await db.read((reader) => reader.get('SELECT lease FROM tasks')?.lease), 'first');
      await db.close();
    }));

  it('refuses unknown, running and finished tasks', () =>
    withQueue(async (queue) => {
      await refused(queue.claimTask('tsk_000000000000'), 'not_found', 'Task not found: tsk_000000000000');
      await refused(queue.claimNext('nowhere'), 'not_found', 'Stream not found: nowhere');
      await refused(queue.claimNext('  '), 'missing_field', 'Stream is required');
      const { id } = await enqueue(queue);
      await queue.claimTask(id);
      await refused(queue.claimTask(id), 'already_claimed');
      await queue.complete(id, { result_summary: 'done' });
      await refused(queue.claimTask(id), 'already_claimed', `Task ${id} not found or already claimed`);
    }));

  it('keeps the order of the tasks, also for claimers that wait together', () =>
    withQueue(async (queue) => {
      const ids = await enqueueMany(queue, 50);
      const claims = await Promise.all(Array.from({ length: 60 }, () => queue.claimNext(' lane ')));
      assert.deepEqual(
        claims.map((claim) => claim?.task.id ?? null),
        [...ids, ...Array.from({ length: 10 }, () => null)],
      );
      assert.equal(new Set(claims.map((claim) => claim?.lease)).size, 51);
    }));

  it('grants nothing on a paused stream, except a task by its id', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      await queue.pauseStream('lane');
      assert.equal(await queue.claimNext('lane'), null);
      assert.equal(await queue.peek('lane'), null);
      assert.equal((await queue.claimTask(id)).task.id, id);
    }));

  it('skips tasks that are not ready, and refuses them by id', () =>
    withQueue(async (queue) => {
      const parked = await enqueue(queue);
      await queue.parkTask(parked.id);
      const first = await enqueue(queue);
      const waits = await enqueue(queue, { after: [first.id] });
      const later = await enqueue(queue, { not_before: '2999-01-01T00:00:00Z' });
      const last = await enqueue(queue);
      assert.equal((await queue.claimNext('lane'))?.task.id, first.id);
      assert.equal((await queue.claimNext('lane'))?.task.id, last.id);
      assert.equal(await queue.claimNext('lane'), null);
      for (const { id } of [parked, waits, later])
        await refused(queue.claimTask(id), 'not_ready', /is not ready: /);
      await queue.unparkTask(parked.id);
      assert.equal((await queue.claimNext('lane'))?.task.id, parked.id);
    }));

  it('lets a task of another tool block the lane, unless the stream skips it', () =>
    withQueue(async (queue) => {
      const other = await enqueue(queue, { tool_name: 'outside' });
      const ours = await enqueue(queue);
      assert.equal(await queue.claimNext('lane', { tools: ['run-bash'] }), null);
      await queue.updateStream('lane', { skip_unrunnable: true });
      assert.equal((await queue.claimNext('lane', { tools: ['run-bash'] }))?.task.id, ours.id);
      assert.equal(await queue.claimNext('lane', { tools: ['run-bash'] }), null);
      assert.equal((await queue.claimNext('lane'))?.task.id, other.id);
    }));

  it('keeps the order of what it passes, for two workers of different tools and one of any', () =>
    withQueue(async (queue) => {
      await queue.updateStream('lane', { skip_unrunnable: true });
      const added: Record<string, string[]> = { 'run-bash': [], outside: [] };
      for (const tool of ['outside', 'run-bash', 'outside', 'run-bash', 'outside', 'run-bash', 'outside'])
        added[tool]?.push((await enqueue(queue, { tool_name: tool })).id);
      const take = async (tools?: string[]) => (await queue.claimNext('lane', { tools }))?.task.id;
      const taken = [
        await take(['run-bash']),
        await take(['outside']),
        await take(['run-bash']),
        await take(),
        await take(['outside']),
        await take(),
        await take(['run-bash']),
        await take(),
      ];
      const [[b1, b2, b3], [o1, o2, o3, o4]] = [added['run-bash'] ?? [], added.outside ?? []];
      assert.deepEqual(taken, [b1, o1, b2, o2, o3, b3, undefined, o4]);
    }));

  it('passes over 10,000 tasks of other tools', () =>
    withQueue(async (queue) => {
      await queue.updateStream('lane', { skip_unrunnable: true });
      const [blocking] = await enqueueMany(queue, 10_000, { tool_name: 'outside' });
      const ours = await enqueueMany(queue, 3);
      const tools = ['run-bash'];
      const claims = await Promise.all(ours.map(() => queue.claimNext('lane', { tools })));
      assert.deepEqual(
        claims.map((claim) => claim?.task.id),
        ours,
      );
      const waiting = queue.claimNext('lane', { tools, wait: 60 });
      const last = await enqueue(queue);
      assert.equal((await waiting)?.task.id, last.id);
      assert.deepEqual((await queue.getStream('lane')).waiting_reason?.code, 'outside_worker');
      await queue.updateStream('lane', { skip_unrunnable: false });
      const behind = await enqueue(queue);
      assert.deepEqual(behind.waiting_reason, {
        code: 'blocked',
        values: { task: blocking, tool: 'outside' },
      });
    }));

  it('gives a claimer of outside tasks those of tools without a command, also later ones', () =>
    withQueue(async (queue) => {
      const ours = await enqueue(queue, { tool_name: 'run-bash' });
      await queue.updateStream('lane', { skip_unrunnable: true });
      const waiting = queue.claimNext('lane', { outside: true, wait: 60 });
      const other = await enqueue(queue, { tool_name: 'anything' });
      assert.equal((await waiting)?.task.id, other.id);
      await queue.updateStream('lane', { skip_unrunnable: false });
      await enqueue(queue, { tool_name: 'anything' });
      assert.equal(await queue.claimNext('lane', { outside: true }), null);
      assert.equal((await queue.claimNext('lane'))?.task.id, ours.id);
    }));

  it('refuses a deadline of no time to its own claimer only', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const [none, some] = await Promise.allSettled([
        queue.claimNext('lane', { kill_after: 0 }),
        queue.claimNext('lane', { kill_after: 60 }),
      ]);
      assert.ok(none.status === 'rejected' && QueueError.is(none.reason, 'invalid_field'));
      assert.equal(some.status === 'fulfilled' && some.value?.task.id, id);
      await refused(queue.claimTask(id, { kill_after: 1.5 }), 'invalid_field', 'Invalid kill_after: 1.5');
    }));

  it('serves claimers of different tools together', () =>
    withQueue(async (queue) => {
      await queue.updateStream('lane', { skip_unrunnable: true });
      const tasks = [];
      for (const tool of ['a', 'a', 'a', 'b']) tasks.push(await enqueue(queue, { tool_name: tool }));
      const claims = await Promise.all([
        queue.claimNext('lane', { tools: ['b'] }),
        queue.claimNext('lane', { tools: ['c'] }),
        queue.claimNext('lane', { tools: ['a', 'b'] }),
      ]);
      assert.deepEqual(
        claims.map((claim) => claim?.task.id),
        [tasks[3]?.id, undefined, tasks[0]?.id],
      );
    }));

  it('hands no task to a runner whose tool nobody has confirmed, and to others as ever', () =>
    withQueue(
      async (queue) => {
        const held = await enqueue(queue);
        const behind = await enqueue(queue, { tool_name: 'run-python' });
        assert.deepEqual(held.warnings[0]?.code, 'unconfirmed_tool');
        assert.deepEqual(behind.waiting_reason, {
          code: 'blocked_unconfirmed',
          values: { task: held.id, tool: 'run-bash' },
        });
        // A runner of an older program may offer what it is not to have.
        const runner = { supervised: true, tools: ['run-bash', 'run-python'] };
        assert.equal(await queue.claimNext('lane', runner), null);
        await refused(queue.claimTask(held.id, { supervised: true }), 'not_ready');
        await queue.updateStream('lane', { skip_unrunnable: true });
        assert.equal((await queue.claimNext('lane', runner))?.task.id, behind.id);
        assert.equal(await queue.claimNext('lane', runner), null);
        assert.equal((await queue.getStream('lane')).waiting_reason?.code, 'unconfirmed_tool');
        assert.equal((await queue.claimNext('lane'))?.task.id, held.id);
      },
      { config: fixedConfig({ ...defaultConfig, unconfirmed: ['tools.run-bash'] }) },
    ));

  it('answers a repeated claim with the same claim', () =>
    withQueue(async (queue) => {
      await enqueueMany(queue, 3);
      const first = await queue.claimNext('lane', { claim_request_id: 'r1' });
      const again = await queue.claimNext('lane', { claim_request_id: 'r1' });
      assert.deepEqual(again, first);
      const other = await queue.claimNext('lane', { claim_request_id: 'r2' });
      assert.notEqual(other?.task.id, first?.task.id);
      await refused(queue.claimTask(other?.task.id ?? '', { claim_request_id: 'r1' }), 'conflict');
      await queue.releaseClaim(first?.task.id ?? '', first?.lease ?? '');
      const anew = await queue.claimNext('lane', { claim_request_id: 'r1' });
      assert.equal(anew?.task.id, first?.task.id);
      assert.notEqual(anew?.lease, first?.lease);
      await queue.releaseClaim(anew?.task.id ?? '', anew?.lease ?? '');
      const { lease } = await queue.claimTask(anew?.task.id ?? '');
      const third = await queue.claimNext('lane', { claim_request_id: 'r1' });
      assert.notEqual(third?.task.id, anew?.task.id);
      assert.notEqual(third?.lease, lease);
    }));

  it('answers a repeat also where a new claim is refused: the stream has ended, or the task is gone', () =>
    withQueue(async (queue) => {
      const [id = ''] = await enqueueMany(queue, 2);
      const first = await queue.claimNext('lane', { claim_request_id: 'r' });
      await queue.endStream('lane');
      const [again, refusal] = await Promise.allSettled([
        queue.claimNext('lane', { claim_request_id: 'r' }),
        queue.claimNext('lane'),
      ]);
      assert.deepEqual(again, { status: 'fulfilled', value: first });
      assert.equal(refusal.status === 'rejected' && refusal.reason.code, 'stream_ended');
      const other = await queue.createStream({ session: 'work', name: 'other' });
      const task = await enqueue(queue, { stream: other.id });
      await queue.claimTask(task.id, { claim_request_id: 'by id' });
      await queue.complete(task.id, { result_summary: 'done' });
      await queue.complete(id, { result_summary: 'done' });
      await queue.deleteTask(task.id);
      await refused(queue.claimTask(task.id, { claim_request_id: 'by id' }), 'lease_superseded');
      await refused(queue.claimNext('lane', { claim_request_id: 'r' }), 'lease_superseded');
      await refused(queue.claimTask(task.id, { claim_request_id: 'new' }), 'not_found');
    }));

  it('answers a repeat that names its stream as it was called before', () =>
    withQueue(async (queue, lane) => {
      const [, second = ''] = await enqueueMany(queue, 2);
      const repeat = { claim_request_id: 'r' };
      const first = await queue.claimNext('lane', repeat);
      await queue.claimNext('lane', { claim_request_id: 'released' });
      await queue.updateStream(lane.id, { name: 'renamed' });
      const renamed = { ...first, stream: { ...first?.stream, name: 'renamed' } };
      const [again, waiting, other] = await Promise.allSettled([
        queue.claimNext('lane', repeat),
        queue.claimNext('lane', { ...repeat, wait: 60 }),
        queue.claimNext('lane', { claim_request_id: 'new' }),
      ]);
      assert.deepEqual(again, { status: 'fulfilled', value: renamed });
      assert.deepEqual(waiting, again);
      assert.equal(other.status === 'rejected' && other.reason.code, 'not_found');
      // What counts as not made is no claim of the old name.
      const { lease } = (await queue.claimNext(lane.id, { claim_request_id: 'released' })) ?? {};
      await queue.releaseClaim(second, lease ?? '');
      await refused(queue.claimNext('lane', { claim_request_id: 'released' }), 'not_found');
      await queue.complete(first?.task.id ?? '', { result_summary: 'done' });
      await refused(queue.claimNext('lane', repeat), 'lease_superseded');
      // The name is that of another stream now: the request is not one for it.
      await queue.createStream({ session: 'work', name: 'lane' });
      await refused(queue.claimNext('lane', repeat), 'conflict');
    }));

  it('refuses a repeat once the claim has ended, since its lease proves nothing any more', () =>
    withQueue(async (queue) => {
      const id = (await enqueue(queue, { max_attempts: 2 })).id;
      const repeat = { claim_request_id: 'r' };
      const first = await queue.claimNext('lane', repeat);
      await queue.fail(id, { error_message: 'no', lease: first?.lease });
      await refused(queue.claimNext('lane', repeat), 'lease_superseded');
      const next = await queue.claimNext('lane', { wait: 60 });
      await refused(queue.claimNext('lane', repeat), 'lease_superseded');
      await queue.complete(id, { result_summary: 'ok', lease: next?.lease });
      await queue.deleteTask(id);
      const direct = (await enqueue(queue)).id;
      const own = await queue.claimTask(direct, { claim_request_id: 't' });
      assert.deepEqual(await queue.claimTask(direct, { claim_request_id: 't' }), own);
      await queue.complete(direct, { result_summary: 'ok', lease: own.lease });
      await refused(queue.claimTask(direct, { claim_request_id: 't' }), 'lease_superseded');
    }));

  it('can be released: front of the lane, no attempt', () =>
    withQueue(async (queue) => {
      const [first] = await enqueueMany(queue, 2);
      const claim = await queue.claimNext('lane');
      assert.ok(claim);
      await refused(queue.releaseClaim(claim.task.id, 'wrong'), 'lease_superseded');
      const task = await queue.releaseClaim(claim.task.id, claim.lease);
      assert.deepEqual([task.status, task.attempts, task.started_at], ['queued', 0, null]);
      assert.deepEqual(await queue.listAttempts(task.id), []);
      assert.equal((await queue.claimNext('lane'))?.task.id, first);
      await refused(
        queue.complete(claim.task.id, { result_summary: 'x', lease: claim.lease }),
        'lease_superseded',
      );
    }));

  it('never reuses the number of a supervised attempt', () =>
    withQueue(async (queue) => {
      await enqueue(queue);
      const claim = await queue.claimNext('lane', { supervised: true });
      assert.ok(claim?.task.supervised);
      const task = await queue.releaseClaim(claim.task.id, claim.lease);
      assert.deepEqual([task.status, task.supervised, task.failures], ['queued', false, 0]);
      assert.equal((await queue.claimNext('lane'))?.task.attempts, 2);
      const outcomes = (await queue.listAttempts(task.id)).map(({ outcome }) => outcome);
      assert.deepEqual(outcomes, ['released', null]);
    }));

  it('refuses an ended stream, and only then', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const waiting = queue.claimNext('lane', { wait: 60, tools: ['none'] });
      const ended = refused(waiting, 'stream_ended', /^Claim not allowed in ended state/);
      await queue.endStream('lane');
      await ended;
      await refused(queue.claimNext('lane'), 'stream_ended');
      await refused(queue.claimTask(id), 'stream_ended');
      assert.equal((await queue.peek('lane'))?.task.id, id);
    }));

  it('returns the task that peek showed', () =>
    withQueue(async (queue, lane) => {
      assert.equal(await queue.peek(lane.id), null);
      const [first] = await enqueueMany(queue, 2);
      const seen = await queue.peek('lane');
      assert.equal(seen?.task.id, first);
      assert.deepEqual(seen?.stream, { id: lane.id, name: 'lane', instructions: null });
      assert.equal((await queue.getTask(first ?? '')).status, 'queued');
    }));
});

describe('Waiting for work', () => {
  it('ends when a task arrives, in order of arrival', () =>
    withQueue(async (queue) => {
      const first = queue.claimNext('lane', { wait: 60 });
      const second = queue.claimNext('lane', { wait: 60 });
      const one = await enqueue(queue);
      assert.equal((await first)?.task.id, one.id);
      const two = await enqueue(queue);
      assert.equal((await second)?.task.id, two.id);
    }));

  it('takes precedence over later claims', () =>
    withQueue(async (queue) => {
      const early = queue.claimNext('lane', { wait: 60 });
      await queue.stats();
      const [task, late] = await Promise.all([enqueue(queue), queue.claimNext('lane')]);
      assert.equal((await early)?.task.id, task.id);
      assert.equal(late, null);
    }));

  it('refuses a request id of another claim, and affects no other claimer', () =>
    withQueue(async (queue) => {
      await queue.createStream({ session: 'work', name: 'other' });
      await enqueue(queue, { stream: 'other' });
      await queue.claimNext('other', { claim_request_id: 'r' });
      const waiting = queue.claimNext('lane', { wait: 60 });
      const beside = queue.claimNext('lane', { wait: 60, claim_request_id: 'mine' });
      await refused(queue.claimNext('lane', { wait: 60, claim_request_id: 'r' }), 'conflict');
      const ids = await enqueueMany(queue, 2);
      const claims = await Promise.all([waiting, beside]);
      assert.deepEqual(
        claims.map((claim) => claim?.task.id),
        ids,
      );
    }));

  it('gives one task to a request repeated while it waits', () =>
    withQueue(async (queue) => {
      const first = queue.claimNext('lane', { wait: 60, claim_request_id: 'r' });
      await queue.stats();
      const again = queue.claimNext('lane', { wait: 60, claim_request_id: 'r' });
      const [task] = await enqueueMany(queue, 2);
      assert.equal((await first)?.task.id, task);
      assert.deepEqual(await again, await first);
      assert.equal((await queue.stats()).queued_tasks, 1);
    }));

  it('ends without a task when the time is up', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue) => {
        const claim = queue.claimNext('lane', { wait: 5 });
        await queue.stats();
        await queue.stats();
        clock.advance(5000);
        assert.equal(await claim, null);
        await enqueue(queue);
        assert.ok(await queue.claimNext('lane'));
      },
      { clock },
    );
  });

  it('ends what waited for a time in its own stream, and changes nothing of another', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue) => {
        await queue.createStream({ session: 'work', name: 'other' });
        const later = { not_before: '2026-01-31T09:00:01Z' };
        const here = await enqueue(queue, later);
        const there = await enqueue(queue, { ...later, stream: 'other' });
        clock.oversleep(2000);
        assert.equal((await queue.claimNext('lane'))?.task.id, here.id);
        assert.equal((await queue.getTask(there.id)).waiting_reason?.code, 'not_before');
        assert.equal((await queue.claimNext('other'))?.task.id, there.id);
      },
      { clock },
    );
  });

  it('notes on which host it was made', () =>
    withQueue(async (queue) => {
      const host_id = 'hst_0123456789ab';
      const [a = '', b = '', c = ''] = await enqueueMany(queue, 3);
      await queue.claimNext('lane', { host_id });
      await queue.claimTask(b, { host_id, supervised: true });
      await queue.claimTask(c);
      const hosts = await Promise.all(
        [a, b, c].map(async (id) => (await queue.listAttempts(id))[0]?.host_id),
      );
      assert.deepEqual(hosts, [host_id, host_id, null]);
      const none = { host_id: 'here' };
      await refused(queue.claimNext('lane', none), 'invalid_field', 'Invalid host_id: here');
      await refused(queue.claimTask(a, none), 'invalid_field');
    }));

  it('can be aborted, and the task goes to the next', () =>
    withQueue(async (queue) => {
      const giving = new AbortController();
      const first = queue.claimNext('lane', { wait: 60, signal: giving.signal });
      const second = queue.claimNext('lane', { wait: 60 });
      await queue.stats();
      giving.abort();
      assert.equal(await first, null);
      const task = await enqueue(queue);
      assert.equal((await second)?.task.id, task.id);
      assert.equal(await queue.claimNext('lane', { signal: AbortSignal.abort() }), null);
    }));

  it('loses no task to a claimer that leaves during the claim', () =>
    withQueue(async (queue) => {
      const ids = await enqueueMany(queue, 20);
      const claims = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const giving = new AbortController();
          const claim = queue.claimNext('lane', { signal: giving.signal });
          if (index % 2 === 0) setImmediate(() => giving.abort());
          return claim;
        }),
      );
      const rest: string[] = [];
      while (rest.length + claims.filter(Boolean).length < 20) {
        const claim = await queue.claimNext('lane', { wait: 10 });
        if (claim) rest.push(claim.task.id);
      }
      const all = [...claims.flatMap((claim) => (claim ? [claim.task.id] : [])), ...rest];
      assert.deepEqual(all.sort(), ids.sort());
      assert.equal((await queue.stats()).queued_tasks, 0);
    }));

  it('keeps a task for the repeat of a claimer that leaves during the claim', async () => {
    const reached = gate();
    const through = gate();
    let slow = false;
    const files: Files = {
      ...nodeFiles,
      async datasync(descriptor) {
        if (slow) {
          reached.open();
          await through.promise;
        }
        await nodeFiles.datasync(descriptor);
      },
    };
    await withQueue(
      async (queue) => {
        const { id } = await enqueue(queue);
        const giving = new AbortController();
        slow = true;
        const first = queue.claimNext('lane', { claim_request_id: 'r', signal: giving.signal });
        await reached.promise;
        giving.abort();
        const repeat = queue.claimNext('lane', { claim_request_id: 'r' });
        slow = false;
        through.open();
        const claim = await repeat;
        // Whoever asked with an id sees to the repeat, and so has to know what was granted.
        assert.deepEqual(await first, claim);
        assert.equal(claim?.task.id, id);
        assert.equal(await queue.claimNext('lane', { claim_request_id: 'other' }), null);
        await queue.complete(id, { result_summary: 'ok', lease: claim.lease });
      },
      { files },
    );
  });

  it('ends when a stream resumes, a task is unparked, or a dependency ends', () =>
    withQueue(async (queue) => {
      const task = await enqueue(queue);
      await queue.parkTask(task.id);
      const unparked = queue.claimNext('lane', { wait: 60 });
      await queue.unparkTask(task.id);
      const claim = await unparked;
      assert.equal(claim?.task.id, task.id);
      const after = await enqueue(queue, { after: [task.id] });
      const released = queue.claimNext('lane', { wait: 60 });
      await queue.complete(task.id, { result_summary: 'ok' });
      assert.equal((await released)?.task.id, after.id);
      await queue.pauseStream('lane');
      const last = await enqueue(queue);
      const resumed = queue.claimNext('lane', { wait: 60 });
      await queue.resumeStream('lane');
      assert.equal((await resumed)?.task.id, last.id);
    }));

  it('is refused when the queue closes', () =>
    withQueue(async (queue) => {
      const waiting = refused(queue.claimNext('lane', { wait: 60 }), 'unavailable');
      await queue.stats();
      await queue.close();
      await waiting;
      await refused(queue.claimNext('lane'), 'unavailable');
    }));
});

describe('A lane under load', () => {
  it('loses nothing, runs nothing twice, and keeps the order', () =>
    withQueue(async (queue) => {
      const count = 300;
      const workers = 20;
      const ids = await enqueueMany(queue, count);
      const started: string[] = [];
      const copies = new Map<string, string>();
      const worker = async () => {
        for (;;) {
          const claim = await queue.claimNext('lane');
          if (claim === null) return;
          const { id, retry_of: original } = claim.task;
          started.push(id);
          await queue.complete(id, { result_summary: 'ok', lease: claim.lease });
          if (original === null) copies.set((await queue.requeue(id)).id, id);
        }
      };
      await Promise.all(Array.from({ length: workers }, worker));
      await worker();
      assert.equal(new Set(started).size, started.length);
      assert.deepEqual(
        started.filter((id) => !copies.has(id)),
        ids,
      );
      assert.equal(copies.size, count);
      assert.deepEqual(new Set(copies.values()), new Set(ids));
      assert.equal(started.length, 2 * count);
      const { counts } = await queue.getStream('lane');
      assert.deepEqual(
        [counts.queued, counts.running, counts.succeeded, counts.unreviewed],
        [0, 0, 600, 600],
      );
    }));
});
