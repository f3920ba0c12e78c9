import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultConfig, fixedConfig, outsideTool } from '../../../../src/core/config';
import type { Claim } from '../../../../src/core/model';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { FakeClock } from '../../../support/fakeClock';
import { configWith, enqueue, nextEvent, refused, withQueue } from '../../../support/localQueue';

/** Enqueues a task and claims it. */
async function started(queue: LocalQueue, more: Parameters<typeof enqueue>[1] = {}): Promise<Claim> {
  const { id } = await enqueue(queue, more);
  return queue.claimTask(id, { worker_id: 'w' });
}

describe('Completing', () => {
  const accepted: [string, string, string?][] = [
    ['Work finished', 'Work finished'],
    ['{"summary": "short", "n": 1}', 'short'],
    ['{"status": "ok"}', '{"status": "ok"}'],
    ['[]', '[]'],
    ['"s"', '"s"'],
    ['plain', 'plain', '{"data": true}'],
  ];
  for (const [text, summary, data] of accepted) {
    it(`accepts ${text}${data ? ' with data' : ''}`, () =>
      withQueue(async (queue) => {
        const { task, lease } = await started(queue);
        const done = await queue.complete(task.id, { result_summary: text, result_data: data, lease });
        assert.deepEqual(
          [done.status, done.result_summary, done.result],
          ['succeeded', summary, data ?? text],
        );
        assert.equal((await queue.getTask(task.id)).result_summary, summary);
        assert.deepEqual([done.lease_until, done.deadline, done.failure_kind], [null, null, null]);
      }));
  }

  for (const text of ['', ' \n ', '{"summary": ""}', '{"summary": 5}']) {
    it(`refuses ${JSON.stringify(text)} and leaves the task running`, () =>
      withQueue(async (queue) => {
        const { task } = await started(queue);
        const blank = ['', ' \n ', '{"summary": ""}'].includes(text);
        await refused(
          queue.complete(task.id, { result_summary: text }),
          blank ? 'missing_field' : 'invalid_field',
          blank ? 'Result summary is required' : /^Invalid result summary: /,
        );
        assert.equal((await queue.getTask(task.id)).status, 'running');
      }));
  }

  it('is refused in any state but running, and names the state', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const result = { result_summary: 'x' };
      await refused(
        queue.complete('tsk_000000000000', result),
        'not_found',
        'Task not found: tsk_000000000000',
      );
      await refused(queue.complete(id, { result_summary: '' }), 'missing_field');
      await refused(queue.complete(id, result), 'wrong_state', 'Complete not allowed in queued state');
      await queue.claimTask(id);
      await queue.complete(id, result);
      await refused(queue.complete(id, result), 'wrong_state', 'Complete not allowed in succeeded state');
      await refused(
        queue.fail(id, { error_message: 'x' }),
        'wrong_state',
        'Fail not allowed in succeeded state',
      );
    }));

  it('writes the output of the report, and otherwise leaves existing output', () =>
    withQueue(async (queue, _lane, folder) => {
      const { task, lease } = await started(queue);
      await queue.complete(task.id, {
        result_summary: 'ok',
        lease,
        stdout: 'grün\n',
        stderr: 'err',
        exit_code: 0,
      });
      const detail = await queue.getTask(task.id);
      assert.deepEqual([detail.stdout, detail.stderr, detail.exit_code], ['grün\n', 'err', 0]);
      const [attempt] = await queue.listAttempts(task.id);
      assert.deepEqual([attempt?.stdout_size, attempt?.stderr_size, attempt?.exit_code], [6, 3, 0]);
      const chunk = await queue.readOutput(task.id, { stream: 'stdout', offset: 4 });
      assert.deepEqual([chunk.text, chunk.next_offset, chunk.size], ['n\n', 6, 6]);
      const other = await started(queue);
      await refused(queue.complete(other.task.id, { result_summary: '', stdout: 'x' }), 'missing_field');
      await refused(
        queue.complete(other.task.id, { result_summary: 'x', stdout: 'x', lease: 'no' }),
        'lease_superseded',
      );
      const files = await readdir(path.join(folder, 'output'));
      assert.deepEqual(files.sort(), [`${task.id}-1.stderr`, `${task.id}-1.stdout`]);
      assert.deepEqual((await queue.getTask(other.task.id)).stdout, null);
    }));

  it('is refused as not kept when the output cannot be written', () =>
    withQueue(async (queue, _lane, folder) => {
      const { task, lease } = await started(queue);
      const output = path.join(folder, 'output');
      await rm(output, { recursive: true });
      await writeFile(output, 'in the way');
      const report = { result_summary: 'ok', stdout: 'x', lease };
      await refused(queue.complete(task.id, report), 'storage_failed', /the change was not kept/);
      await rm(output);
      assert.equal((await queue.getTask(task.id)).status, 'running');
      assert.equal((await queue.complete(task.id, report)).status, 'succeeded');
    }));

  for (const [what, code] of [
    ['', 'unavailable'],
    [', also when not all of it could be written', 'storage_failed'],
  ] as const) {
    it(`leaves its output to a later owner that may have been given the same report${what}`, () => {
      let onWrite = (): void => {};
      const config = fixedConfig();
      const current = () => {
        onWrite();
        return config.current();
      };
      return withQueue(
        async (queue, _lane, folder) => {
          const { task, lease } = await started(queue);
          const output = path.join(folder, 'output');
          onWrite = () => {
            writeFileSync(path.join(folder, `owner.${queue.generation + 1}`), '{}');
            if (code === 'storage_failed') mkdirSync(path.join(output, `${task.id}-1.stderr`));
            else void refused(queue.stats(), 'outcome_unknown');
          };
          const report = { result_summary: 'ok', lease, stdout: 'out', stderr: 'err' };
          await refused(queue.complete(task.id, report), code);
          assert.equal(await readFile(path.join(output, `${task.id}-1.stdout`), 'utf8'), 'out');
        },
        { config: { ...config, current } },
      );
    });
  }

  it('answers a repeated report with the same lease again', () =>
    withQueue(async (queue) => {
      const { task, lease } = await started(queue);
      const first = await queue.complete(task.id, { result_summary: 'ok', lease });
      assert.deepEqual(await queue.complete(task.id, { result_summary: 'ok', lease }), first);
      await refused(queue.fail(task.id, { error_message: 'no', lease }), 'wrong_state');
      const other = await started(queue);
      const failed = await queue.fail(other.task.id, { error_message: 'no', lease: other.lease });
      assert.deepEqual(await queue.fail(other.task.id, { error_message: 'no', lease: other.lease }), failed);
      await refused(
        queue.complete(other.task.id, { result_summary: 'x', lease: other.lease }),
        'wrong_state',
      );
    }));
});

describe('Failing', () => {
  it('keeps the message, prefixed with its type', () =>
    withQueue(async (queue) => {
      const { task } = await started(queue);
      const failed = await queue.fail(task.id, {
        error_message: 'disk full',
        error_type: 'IO',
        exit_code: 3,
      });
      assert.deepEqual(
        [
          failed.status,
          failed.error,
          failed.error_message,
          failed.failure_kind,
          failed.exit_code,
          failed.failures,
        ],
        ['failed', 'IO: disk full', 'IO: disk full', 'error', 3, 1],
      );
      assert.equal(failed.failed_at, failed.finished_at);
      assert.equal(failed.completed_at, null);
      await refused(
        queue.fail(task.id, { error_message: ' ' }),
        'missing_field',
        'Error message is required',
      );
    }));

  it('ends a queued task without an attempt', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue);
      const failed = await queue.fail(id, { error_message: 'not wanted' });
      assert.deepEqual([failed.status, failed.attempts, failed.error], ['failed', 0, 'not wanted']);
      assert.deepEqual(await queue.listAttempts(id), []);
    }));

  it('retries while attempts are left, later each time, at the same position', () => {
    const clock = new FakeClock();
    const config = fixedConfig(configWith({ backoff_ms: 1000, backoff_max_ms: 3000 }));
    return withQueue(
      async (queue) => {
        const task = await enqueue(queue, { max_attempts: 4 });
        const behind = await enqueue(queue);
        const delays: number[] = [];
        for (let attempt = 1; attempt < 4; attempt++) {
          const claim = await queue.claimTask(task.id);
          assert.equal(claim.task.attempts, attempt);
          const again = await queue.fail(task.id, { error_message: `no ${attempt}`, lease: claim.lease });
          assert.deepEqual(
            [again.status, again.error, again.failures, again.position, again.started_at, again.worker_id],
            ['queued', `no ${attempt}`, attempt, task.position, null, null],
          );
          delays.push(Date.parse(again.not_before ?? '') - clock.now());
          assert.equal((await queue.peek('lane'))?.task.id, behind.id);
          let ready = false;
          void nextEvent(queue, 'task.updated', task.id).then(() => {
            ready = true;
          });
          // The queue sets its timer in its own time.
          for (; !ready; clock.advance(3000)) await queue.stats();
          assert.equal((await queue.peek('lane'))?.task.id, task.id);
        }
        const [first, second, third] = delays as [number, number, number];
        assert.ok(first >= 500 && first <= 1000, String(first));
        assert.ok(second >= 1000 && second <= 2000, String(second));
        assert.ok(third >= 1500 && third <= 3000, String(third));
        await queue.claimTask(task.id);
        const last = await queue.fail(task.id, { error_message: 'no 4' });
        assert.deepEqual([last.status, last.failures, last.attempts], ['failed', 4, 4]);
        const outcomes = (await queue.listAttempts(task.id)).map(({ outcome, error }) => [outcome, error]);
        assert.deepEqual(
          outcomes,
          [1, 2, 3, 4].map((number) => ['error', `no ${number}`]),
        );
      },
      { clock, config },
    );
  });

  it('retries at once after a failed check, as often as its tool says, whatever else it was tried again for', () => {
    const { tools } = defaultConfig;
    const checked = { ...outsideTool, command: ['make'], verify: ['make', 'test'], verify_attempts: 1 };
    const config = fixedConfig({ ...defaultConfig, tools: { ...tools, checked } });
    return withQueue(
      async (queue) => {
        const { id } = await enqueue(queue, { tool_name: 'checked', max_attempts: 1 });
        await enqueue(queue);
        const failed = async () => {
          const claim = await queue.claimNext('lane', {});
          assert.equal(claim?.task.id, id);
          const report = { error_message: 'no', failure_kind: 'verify', lease: claim.lease } as const;
          const { status, failures, not_before: start } = await queue.fail(id, report);
          return [status, failures, start];
        };
        assert.deepEqual(await failed(), ['queued', 0, null]);
        assert.deepEqual(await failed(), ['failed', 1, null]);
        const { failure_kind: kind, reviewed_at: reviewed } = await queue.getTask(id);
        assert.deepEqual([kind, reviewed], ['verify', null]);
      },
      { config },
    );
  });

  it('does not retry what is reported as final', () =>
    withQueue(async (queue) => {
      const { task } = await started(queue, { max_attempts: 3 });
      const { status, failures } = await queue.fail(task.id, { error_message: 'x', final: true });
      assert.deepEqual([status, failures], ['failed', 1]);
    }));

  it('does not retry after a cancel, an interruption, or a failure to start', () =>
    withQueue(async (queue) => {
      for (const kind of ['cancelled', 'interrupted', 'could_not_start'] as const) {
        const { task } = await started(queue, { max_attempts: 3 });
        const failed = await queue.fail(task.id, { error_message: 'x', failure_kind: kind });
        assert.deepEqual([failed.status, failed.failure_kind], ['failed', kind]);
      }
      const { task } = await started(queue, { max_attempts: 3 });
      await queue.cancel(task.id);
      const failed = await queue.fail(task.id, { error_message: 'stopped' });
      assert.deepEqual(
        [failed.status, failed.failure_kind, failed.cancel_requested],
        ['failed', 'cancelled', false],
      );
    }));

  it('retries an interrupted task if its stream says so, three times in all unless the task has more', () => {
    const config = fixedConfig(configWith({ backoff_ms: 0, backoff_max_ms: 0 }));
    return withQueue(
      async (queue) => {
        for (const [max, tries] of [
          [1, 3],
          [4, 4],
        ] as const) {
          const { id } = await enqueue(queue, { max_attempts: max });
          const states: string[] = [];
          for (let attempt = 1; attempt <= tries; attempt += 1) {
            await queue.claimTask(id);
            const row = await queue.fail(id, { error_message: 'gone', failure_kind: 'interrupted' });
            states.push(row.status);
          }
          assert.deepEqual(states, [...Array(tries - 1).fill('queued'), 'failed']);
          const outcomes = (await queue.listAttempts(id)).map(({ outcome }) => outcome);
          assert.deepEqual(outcomes, Array(tries).fill('interrupted'));
        }
        // An error after an interruption counts against the task's own attempts.
        const { task } = await started(queue);
        await queue.fail(task.id, { error_message: 'gone', failure_kind: 'interrupted' });
        await queue.claimTask(task.id);
        assert.equal((await queue.fail(task.id, { error_message: 'x' })).failure_kind, 'error');
        const cancelled = await started(queue);
        await queue.cancel(cancelled.task.id);
        const end = await queue.fail(cancelled.task.id, { error_message: 'x', failure_kind: 'interrupted' });
        assert.equal(end.status, 'failed');
      },
      { config },
      { retry_interrupted: true },
    );
  });

  it('is counted by kind, also a rate limit until the next claim', () =>
    withQueue(async (queue) => {
      const counted = async () => (await queue.status()).counts.by_failure_kind;
      assert.deepEqual(await counted(), {});
      for (const kind of ['error', 'timeout', 'lost', 'interrupted', 'could_not_start', 'error'] as const) {
        const { task } = await started(queue);
        await queue.fail(task.id, { error_message: 'x', failure_kind: kind });
      }
      const { task } = await started(queue);
      const resting = await queue.fail(task.id, { error_message: 'x', retry_after: 0 });
      assert.deepEqual([resting.status, resting.failure_kind], ['queued', null]);
      const queued = await enqueue(queue);
      await queue.cancel(queued.id);
      const kinds = { error: 2, timeout: 1, lost: 1, interrupted: 1, could_not_start: 1, cancelled: 1 };
      assert.deepEqual(await counted(), { ...kinds, limited: 1 });
      const failed = await queue.listTasks({ failure_kind: 'error', limit: 1 });
      assert.deepEqual([failed.total, failed.items[0]?.failure_kind], [2, 'error']);
      assert.equal((await queue.claimTask(task.id)).task.failure_kind, null);
      await queue.complete(task.id, { result_summary: 'done' });
      await queue.deleteTask(queued.id);
      const { cancelled: _, ...left } = kinds;
      assert.deepEqual(await counted(), left);
      await refused(queue.listTasks({ failure_kind: 'none' as never }), 'invalid_field');
    }));

  it('requeues a rate-limited task, and spends no attempt', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue) => {
        const { task, lease } = await started(queue);
        const resting = await queue.fail(task.id, { error_message: 'too many', retry_after: 50, lease });
        assert.deepEqual([resting.status, resting.failures, resting.error], ['queued', 0, 'too many']);
        assert.equal(Date.parse(resting.not_before ?? '') - clock.now(), 50_000);
        assert.equal((await queue.listAttempts(task.id))[0]?.outcome, 'limited');
        assert.deepEqual(
          await queue.fail(task.id, { error_message: 'too many', retry_after: 50, lease }),
          resting,
        );
        const waiting = queue.claimNext('lane', { wait: 60 });
        await queue.stats();
        clock.advance(50_000);
        const claim = await waiting;
        assert.equal(claim?.task.id, task.id);
        const until = '2026-01-31T12:00:00Z';
        const later = await queue.fail(task.id, { error_message: 'again', retry_after: until });
        assert.equal(later.not_before, '2026-01-31T12:00:00.000000Z');
        await refused(queue.fail(task.id, { error_message: 'x', retry_after: 1 }), 'wrong_state');
      },
      { clock },
    );
  });

  it('pauses a stream with `on_failure: pause`, but not for a cancel', () =>
    withQueue(
      async (queue) => {
        const { id } = await enqueue(queue);
        await queue.cancel(id);
        assert.equal((await queue.getStream('lane')).paused, false);
        const { task } = await started(queue);
        const paused = nextEvent(queue, 'stream.updated');
        await queue.fail(task.id, { error_message: 'x' });
        assert.equal((await paused).stream?.paused, true);
        assert.equal((await queue.getStream('lane')).paused, true);
      },
      {},
      { on_failure: 'pause' },
    ));
});

describe('A superseded worker', () => {
  it('learns who holds the task now, and its result is kept on its attempt', () => {
    const clock = new FakeClock();
    const config = fixedConfig(configWith({ backoff_ms: 0, backoff_max_ms: 0 }));
    return withQueue(
      async (queue) => {
        const { task, lease } = await started(queue, { max_attempts: 3 });
        await queue.heartbeat(task.id, { lease });
        const lost = nextEvent(queue, 'task.updated', task.id);
        clock.advance(60_000);
        assert.match((await lost).task?.error ?? '', /^LOST: No heartbeat from w since /);
        const second = await queue.claimNext('lane', { worker_id: 'second' });
        assert.equal(second?.task.id, task.id);
        const late = { result_summary: 'late', lease, stdout: 'late output' };
        for (const _ of ['first', 'repeated']) {
          const refusal = await refused(queue.complete(task.id, late), 'lease_superseded');
          assert.deepEqual(refusal.details, {
            task_id: task.id,
            holder: { worker_id: 'second', attempt: 2, since: second?.task.started_at },
          });
        }
        await refused(queue.heartbeat(task.id, { lease }), 'lease_superseded');
        await refused(queue.fail(task.id, { error_message: 'late', lease }), 'lease_superseded');
        const [first] = await queue.listAttempts(task.id);
        assert.deepEqual([first?.outcome, first?.summary, first?.error], ['superseded', 'late', 'late']);
        const kept = await queue.readOutput(task.id, { stream: 'stdout', attempt: 1 });
        assert.equal(kept.text, 'late output');
        const done = await queue.complete(task.id, { result_summary: 'ok', lease: second?.lease });
        assert.deepEqual([done.status, done.result], ['succeeded', 'ok']);
      },
      { clock, config },
    );
  });

  it('changes nothing of a later attempt where it only knows the number of its own', () => {
    const config = fixedConfig(configWith({ backoff_ms: 0, backoff_max_ms: 0 }));
    return withQueue(
      async (queue) => {
        const { task } = await started(queue, { max_attempts: 3 });
        await queue.fail(task.id, { error_message: 'first', attempt: 1 });
        const late = { error_message: 'late', failure_kind: 'interrupted', attempt: 1 } as const;
        await refused(queue.fail(task.id, late), 'wrong_state');
        assert.equal((await queue.getTask(task.id)).status, 'queued');
        await queue.claimTask(task.id);
        await refused(queue.fail(task.id, late), 'wrong_state');
        await refused(queue.complete(task.id, { result_summary: 'none', attempt: 3 }), 'lease_superseded');
        assert.equal((await queue.getTask(task.id)).status, 'running');
        const done = await queue.complete(task.id, { result_summary: 'second', attempt: 2 });
        assert.equal(done.status, 'succeeded');
      },
      { config },
    );
  });

  it('gets the same answer for the same key', () =>
    withQueue(async (queue) => {
      const { task } = await started(queue);
      const key = 'k1';
      const first = await queue.complete(task.id, { result_summary: 'ok', key });
      assert.deepEqual(await queue.complete(task.id, { result_summary: 'ok', key, stdout: 'x' }), first);
      assert.equal((await queue.getTask(task.id)).stdout, null);
    }));
});

describe('Heartbeats', () => {
  it('keep a claim for a minute, never beyond its deadline', () => {
    const clock = new FakeClock();
    return withQueue(
      async (queue) => {
        const { task, lease, lease_until: until, deadline } = await started(queue, { timeout: 45 });
        assert.equal(until, deadline);
        const first = await queue.heartbeat(task.id, { lease, progress: 10, message: 'linking' });
        assert.deepEqual(first, {
          lease_until: new Date(clock.now() + 60_000).toISOString().replace('Z', '000Z'),
          deadline,
          cancel_requested: false,
        });
        const seen = await queue.getTask(task.id);
        assert.deepEqual([seen.progress, seen.progress_message], [10, 'linking']);
        clock.advance(40_000);
        await queue.heartbeat(task.id, { lease, checking: true });
        await queue.cancel(task.id);
        const second = await queue.heartbeat(task.id, { lease });
        assert.deepEqual(second, { lease_until: deadline, deadline, cancel_requested: true });
        const last = await queue.getTask(task.id);
        assert.deepEqual([last.progress, last.checking], [10, true]);
        assert.equal((await queue.fail(task.id, { lease, error_message: 'x' })).checking, false);
      },
      { clock },
    );
  });

  it('cause an event only when there is progress', () =>
    withQueue(async (queue) => {
      const { task, lease } = await started(queue);
      const types: string[] = [];
      queue.subscribe(({ type }) => types.push(type));
      await queue.heartbeat(task.id, { lease });
      await queue.heartbeat(task.id, { lease, progress: 5 });
      await queue.heartbeat(task.id, { lease, progress: 5 });
      assert.deepEqual(types, ['task.progress']);
    }));

  it('are refused for tasks that are not running, and for tasks that are gone', () =>
    withQueue(async (queue) => {
      const { task, lease } = await started(queue);
      await refused(
        queue.heartbeat(task.id, { lease, progress: 101 }),
        'invalid_field',
        'Invalid progress: 101',
      );
      await queue.complete(task.id, { result_summary: 'ok', lease });
      await refused(queue.heartbeat(task.id, { lease: ' ' }), 'missing_field', 'Lease is required');
      await refused(queue.heartbeat(task.id, { lease }), 'lease_superseded');
      await queue.deleteTask(task.id);
      await refused(queue.heartbeat(task.id, { lease }), 'gone');
      await refused(queue.heartbeat('no-such', { lease }), 'not_found');
    }));
});

describe('Cancelling', () => {
  it('ends a queued task, and requests a running one to stop', () =>
    withQueue(async (queue) => {
      const { id } = await enqueue(queue, { max_attempts: 3 });
      const cancelled = await queue.cancel(id);
      assert.deepEqual([cancelled.status, cancelled.failure_kind], ['failed', 'cancelled']);
      await refused(queue.cancel(id), 'wrong_state', 'Cancel not allowed in failed state');
      const { task, lease } = await started(queue);
      const asked = await queue.cancel(task.id);
      assert.deepEqual([asked.status, asked.cancel_requested], ['running', true]);
      assert.deepEqual(await queue.cancel(task.id), asked);
      const released = await queue.releaseClaim(task.id, lease);
      assert.deepEqual([released.status, released.failure_kind], ['failed', 'cancelled']);
    }));
});
