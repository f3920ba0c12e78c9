import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { presentTask } from '../../../../src/core/refusals';
import { Sqlite } from '../../../../src/store/engine/sqlite';
import { enqueue, enqueueMany, refused, withQueue } from '../../../support/localQueue';

describe('Lists of tasks', () => {
  it('are filtered, ordered and paged, with totals', () =>
    withQueue(async (queue, lane) => {
      await queue.createStream({ session: 'work', name: 'other' });
      const ids = await enqueueMany(queue, 5);
      const elsewhere = await enqueue(queue, {
        stream: 'other',
        label: 'Grün_1',
        payload: { text: 'Needle' },
      });
      const newest = [elsewhere.id, ...[...ids].reverse()];
      const list = async (filter: Parameters<typeof queue.listTasks>[0]) => {
        const { items, total } = await queue.listTasks(filter);
        return [items.map(({ id }) => id), total];
      };
      assert.deepEqual(await list({}), [newest, 6]);
      assert.deepEqual(await list({ limit: 2, offset: 1 }), [newest.slice(1, 3), 6]);
      assert.deepEqual(await list({ limit: 0 }), [[], 6]);
      assert.deepEqual(await list({ stream: lane.id, order: 'position' }), [ids, 5]);
      assert.deepEqual(await list({ stream: 'other' }), [[elsewhere.id], 1]);
      const some = [...ids.slice(0, 2), elsewhere.id, 'tsk_000000000000'];
      assert.deepEqual(await list({ ids: some, limit: 2 }), [[elsewhere.id, ids[1]], 3]);
      assert.deepEqual(await list({ ids: some, stream: 'lane' }), [[ids[1], ids[0]], 2]);
      assert.deepEqual(await list({ ids: [] }), [[], 0]);
      assert.deepEqual(await list({ stream: 'str_000000000000' }), [[], 0]);
      await refused(queue.listTasks({ stream: 'nope' }), 'not_found', 'Stream not found: nope');
      assert.deepEqual(await list({ session_id: lane.session_id }), [newest, 6]);
      assert.deepEqual(await list({ session_id: 'ses_000000000000' }), [[], 0]);
      assert.deepEqual(await list({ q: 'needle' }), [[elsewhere.id], 1]);
      assert.deepEqual(await list({ q: 'n_1' }), [[elsewhere.id], 1]);
      assert.deepEqual(await list({ q: '%' }), [[], 0]);
      assert.deepEqual(await list({ q: elsewhere.id.slice(4, 12).toUpperCase() }), [[elsewhere.id], 1]);
      const [a = '', b = '', c = ''] = ids;
      await queue.fail(b, { error_message: 'broken' });
      await queue.claimTask(a);
      await queue.complete(a, { result_summary: 'fine' });
      await queue.claimTask(c);
      assert.deepEqual(await list({ status: 'failed' }), [[b], 1]);
      assert.deepEqual(await list({ status: 'running', stream: 'lane' }), [[c], 1]);
      assert.deepEqual(await list({ status: 'queued', stream: 'lane' }), [[...ids.slice(3)].reverse(), 2]);
      assert.deepEqual(await list({ order: 'finished' }), [[a, b], 2]);
      assert.deepEqual(await list({ unreviewed: true, status: 'failed' }), [[b], 1]);
      assert.deepEqual(await list({ unreviewed: true, status: 'queued' }), [[], 0]);
      assert.deepEqual(await list({ status: 'queued', stale: true }), [[], 0]);
      assert.deepEqual(await list({ status: 'running', stale: true, unreviewed: true }), [[], 0]);
      assert.deepEqual(await list({ status: 'running', session_id: lane.session_id, q: 'bash' }), [[c], 1]);
      assert.deepEqual(await list({ status: 'queued', session_id: lane.session_id, order: 'finished' }), [
        [],
        0,
      ]);
      assert.deepEqual(await list({ q: 'BROKEN' }), [[b], 1]);
      assert.deepEqual(await list({ q: 'fine' }), [[a], 1]);
      assert.deepEqual(await list({ q: 'text' }), [[], 0]);
      assert.deepEqual(await list({ q: 'GRÜN' }), [[elsewhere.id], 1]);
      assert.deepEqual(await list({ q: 'bash', limit: 2, offset: 1 }), [newest.slice(1, 3), 6]);
      assert.deepEqual(await list({ q: 'bash', order: 'position', stream: 'lane' }), [ids, 5]);
      assert.deepEqual(await list({ q: 'BASH', order: 'finished' }), [[a, b], 2]);
      assert.deepEqual(await list({ q: 'bash', limit: 0 }), [[], 6]);
      assert.deepEqual(await list({ retry_of: b }), [[], 0]);
      assert.deepEqual(await list({ q: 'bash', script: 'nope.sh' }), [[], 0]);
      const script = await enqueue(queue, { payload: { script_path: 'scripts/Build.SH' } });
      assert.deepEqual(await list({ script: 'build.sh' }), [[script.id], 1]);
      assert.deepEqual(await list({ script: 'ild.sh' }), [[], 0]);
      assert.deepEqual(await list({ since: '1h', limit: 1 }), [[script.id], 7]);
      assert.deepEqual(await list({ since: '1h', order: 'finished' }), [[a, b], 2]);
      assert.deepEqual(await list({ since: '2999-01-01T00:00:00Z' }), [[], 0]);
      const copy = presentTask(await queue.requeue(b));
      assert.deepEqual(await list({ retry_of: b }), [[copy.id], 1]);
      assert.deepEqual(await list({ retry_of: b, status: 'failed' }), [[], 0]);
      await refused(queue.listTasks({ since: 'yesterday' }), 'invalid_field', 'Invalid since: yesterday');
      await refused(
        queue.listTasks({ q: 'ß'.repeat(1001) }),
        'invalid_filter',
        /1001 characters; at most 1000/,
      );
    }));

  it('find the values of payloads in every task of a long history', () =>
    withQueue(async (queue) => {
      const prompts = Array.from({ length: 2_500 }, (_, n) => `Fix the "login" test ${n}`);
      await Promise.all(prompts.map((prompt) => enqueue(queue, { prompt })));
      const { items, total } = await queue.listTasks({ q: 'fix THE "LOGIN"', limit: 3, offset: 2_000 });
      assert.deepEqual(
        [items.map(({ payload_json }) => payload_json), total],
        [[499, 498, 497].map((n) => ({ prompt: prompts[n] })), 2_500],
      );
      assert.equal((await queue.listTasks({ q: 'prompt' })).total, 0);
    }));

  it('find text that JSON writes in another way, and no wildcards', () =>
    withQueue(async (queue) => {
      const find = async (q: string) => (await queue.listTasks({ q })).items.map(({ label }) => label);
      await enqueue(queue, { label: 'escaped', payload: '{"x": "x\\u0079z"}' });
      await enqueue(queue, { label: 'slashed', payload: '{"x": "one\\/two"}' });
      await enqueue(queue, { label: 'accented', payload: { x: 'Straße' } });
      await enqueue(queue, { label: 'lines\nof text', payload: { x: 'tab\there' } });
      // No digits: ids are found as well.
      assert.deepEqual(await find('XYZ'), ['escaped']);
      assert.deepEqual(await find('one/two'), ['slashed']);
      assert.deepEqual(await find('strasse'), ['accented']);
      assert.deepEqual(await find('here'), [(await find('of text'))[0]]);
      for (const wildcard of ['a_b', '!', 'o%e', '%']) assert.deepEqual(await find(wildcard), [], wildcard);
    }));

  it('let the event loop turn while they search', () =>
    withQueue(async (queue) => {
      await Promise.all(Array.from({ length: 1_200 }, (_, n) => enqueue(queue, { payload: { n } })));
      await queue.status();
      const order: string[] = [];
      const search = queue.listTasks({ q: 'nothing has this' }).then(() => order.push('search'));
      const turns = nextTurn()
        .then(() => nextTurn())
        .then(() => order.push('second turn'));
      await Promise.all([search, turns]);
      assert.deepEqual(order, ['second turn', 'search']);
    }));

  it('let others have their turn while they search', () =>
    withQueue(async (queue) => {
      await Promise.all(Array.from({ length: 1_200 }, (_, n) => enqueue(queue, { payload: { n } })));
      const order: string[] = [];
      const search = queue.listTasks({ q: 'nothing has this' }).then(() => order.push('search'));
      const lookUp = queue.status().then(() => order.push('status'));
      await Promise.all([search, lookUp]);
      assert.deepEqual(order, ['status', 'search']);
    }));

  it('refuse an invalid filter, naming the valid options', () =>
    withQueue(async (queue) => {
      const refusal = await refused(
        queue.listTasks({ status: 'claimed' as 'queued' }),
        'invalid_filter',
        'Invalid status filter: claimed',
      );
      assert.equal(refusal.hint, 'Valid options: failed, queued, running, succeeded');
      await refused(queue.listTasks({ limit: -1 }), 'invalid_field', 'Invalid limit: -1');
      await refused(queue.listTasks({ offset: 1.5 }), 'invalid_field', 'Invalid offset: 1.5');
      assert.equal((await queue.listTasks({ limit: 5000 })).limit, 1000);
    }));
});

describe('The statements of the queue', () => {
  /** Every statement that `use` has prepared, with its plan. */
  async function plansOf(use: () => Promise<void>): Promise<Map<string, string[]>> {
    const plans = new Map<string, string[]>();
    const { prepare } = Sqlite.prototype;
    Sqlite.prototype.prepare = function (this: Sqlite, sql: string) {
      if (/^\s*(select|update|delete)/i.test(sql) && !plans.has(sql)) {
        const values = Array.from(sql.matchAll(/\?/g), () => null);
        const rows = this.all(prepare.call(this, `EXPLAIN QUERY PLAN ${sql}`), values);
        plans.set(
          sql,
          rows.map(({ detail }) => String(detail)),
        );
      }
      return prepare.call(this, sql);
    };
    try {
      await use();
    } finally {
      Sqlite.prototype.prepare = prepare;
    }
    return plans;
  }

  it('never scan the history of a stream to find, change or list a few of its tasks', () =>
    withQueue(async (queue) => {
      const plans = await plansOf(async () => {
        const [a = '', b = '', c = ''] = await enqueueMany(queue, 3);
        const at = '2999-01-01T00:00:00Z';
        await enqueue(queue, { after: [a], not_before: at, idempotency_key: 'k' });
        const claim = await queue.claimNext('lane', { claim_request_id: 'r' });
        await queue.claimNext('lane', { tools: ['x'] });
        await queue.heartbeat(a, { lease: claim?.lease ?? '', progress: 1 });
        await queue.complete(a, { result_summary: 'ok', lease: claim?.lease, key: 'k' });
        await queue.moveTask(c, { before: b });
        await queue.moveTask(b, { to: 'front' });
        await queue.peek('lane');
        await queue.requeue(a);
        await queue.getTask(a);
        await queue.listAttempts(a);
        await queue.status();
        await queue.purge({ dry_run: true });
        for (const filter of [
          {},
          { status: 'queued', order: 'position' },
          { status: 'queued' },
          { status: 'running' },
          { status: 'failed' },
          { order: 'finished' },
          { unreviewed: true, order: 'finished' },
        ] as const) {
          await queue.listTasks({ stream: 'lane', ...filter });
        }
        await queue.listRuns({ since: at, limit: 10 });
        await queue.listTasks({ ids: [a, b] });
        await queue.listTasks({ stale: true });
        await queue.listTasks({ unreviewed: true });
        await queue.listTasks({ unreviewed: true, status: 'failed', order: 'finished' });
        await queue.listTasks();
      });
      assert.ok(plans.size > 30, String(plans.size));
      for (const [sql, plan] of plans) {
        for (const step of plan) {
          // The partial indexes hold nothing but what is queued or running; the newest tasks and the oldest keys are read from an end.
          const allowed =
            /USING (COVERING )?INDEX idx_tasks_(status|started_at|delayed|stream_status|unreviewed|unapproved|question|ready_limited)/;
          const newest = /ORDER BY seq (DESC )?LIMIT/.test(sql) && !/stream_id = |reviewed_at IS/.test(sql);
          const small =
            /^SCAN (head|place|projects|sessions|streams|stream_counts|failure_counts|json_each|.*SUBQUERY)/.test(
              step,
            );
          if (/^SCAN/.test(step) && !small && !newest) assert.match(step, allowed, sql);
          if (step.includes('TEMP B-TREE')) assert.match(sql, /INDEXED BY/, sql);
        }
      }
      const list = [...plans].find(([sql]) => /stream_id = \?\s+ORDER BY seq DESC/.test(sql));
      assert.deepEqual(list?.[1], ['SEARCH tasks USING INDEX idx_tasks_created_at (stream_id=?)']);
    }));
});
