import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Config, defaultConfig, fixedConfig } from '../../../../src/core/config';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { HookCalls } from '../../../support/config/hookCalls';
import { FakeClock } from '../../../support/fakeClock';
import { withFolder } from '../../../support/folders';
import { enqueue, openLocalQueue } from '../../../support/localQueue';

const minute = 60_000;
const all: Config['hooks'] = { on_finish: ['finish'], on_failure: ['fail'], on_idle: ['idle'] };

describe('What hooks are told', () => {
  const config = (hooks: Config['hooks'], unconfirmed: readonly string[] = []) =>
    fixedConfig({ ...defaultConfig, hooks, unconfirmed });

  async function withHooks(
    hooks: Config['hooks'],
    use: (queue: LocalQueue, calls: HookCalls, clock: FakeClock, folder: string) => Promise<void>,
    unconfirmed?: readonly string[],
  ): Promise<void> {
    await withFolder(async (folder) => {
      const [calls, clock] = [new HookCalls(), new FakeClock()];
      const storage = path.join(folder, 'first');
      const options = { config: config(hooks, unconfirmed), clock, hooks: calls.call };
      const queue = await openLocalQueue(storage, options);
      try {
        await queue.createSession({ name: 'work' });
        await queue.createStream({ session: 'work', name: 'lane' });
        await use(queue, calls, clock, folder);
      } finally {
        await queue.close();
      }
    });
  }

  const succeed = async (queue: LocalQueue, label: string) => {
    const { id } = await enqueue(queue as never, { label });
    await queue.claimTask(id);
    await queue.complete(id, { result_summary: 'ok' });
  };

  /** By then what the last hook was told is written: both are changes, and are made together. */
  const written = (queue: LocalQueue) => queue.updateStream('lane', { parallelism: 1 });

  /** A copy of the files, as a kill of their owner leaves them. */
  const killedCopy = (folder: string, name: string) => {
    const copy = path.join(folder, name);
    cpSync(path.join(folder, 'first'), copy, { recursive: true });
    const lock = path.join(copy, 'owner.1');
    const owner = JSON.parse(readFileSync(lock, 'utf8'));
    writeFileSync(lock, JSON.stringify({ ...owner, pid: 1, startTime: '1', bootId: 'earlier' }));
    return copy;
  };

  it('is each end of a task, and each failure that is no cancellation, in order', () =>
    withHooks({ on_finish: ['finish'], on_failure: ['fail'] }, async (queue, calls) => {
      await succeed(queue, 'one');
      const failing = await enqueue(queue as never, { label: 'two' });
      await enqueue(queue as never, { label: 'three', after: [failing.id], after_policy: 'fail' });
      await queue.claimTask(failing.id);
      await queue.fail(failing.id, { error_message: 'broken' });
      const cancelled = await enqueue(queue as never, { label: 'cancelled early' });
      await queue.cancel(cancelled.id);
      await succeed(queue, 'last');
      assert.deepEqual(await calls.told(6), [
        'on_finish one succeeded',
        'on_finish two failed',
        'on_failure two failed',
        'on_finish three failed',
        'on_failure three failed',
        'on_finish last succeeded',
      ]);
    }));

  it('is that nothing is left to do, and nothing within a minute after that', () =>
    withHooks({ on_idle: ['idle'] }, async (queue, calls, clock) => {
      const [first, second, later] = [
        await enqueue(queue as never, {}),
        await enqueue(queue as never, {}),
        await enqueue(queue as never, { not_before: '2026-02-01T09:00:00Z' }),
      ];
      for (const { id } of [first, second]) await queue.claimTask(id);
      await queue.complete(first.id, { result_summary: 'ok' });
      await queue.fail(second.id, { error_message: 'broken' });
      // What waits for a time does not count.
      assert.deepEqual(await calls.told(1), ['on_idle 1/1']);
      await written(queue);
      clock.advance(minute - 1_000);
      await succeed(queue, 'enqueued by the hook');
      clock.advance(minute);
      await succeed(queue, 'by a person');
      assert.deepEqual(await calls.told(2), ['on_idle 1/1', 'on_idle 3/1']);
      await written(queue);
      clock.advance(minute);
      // Still ready: a task of a stream that nobody works on.
      await enqueue(queue as never, {});
      await succeed(queue, 'not the last');
      await queue.pauseStream('lane');
      await succeed(queue, 'the last that is ready');
      assert.deepEqual(await calls.told(3), ['on_idle 1/1', 'on_idle 3/1', 'on_idle 5/1']);
      assert.equal((await queue.getTask(later.id)).status, 'queued');
    }));

  it('is nothing where nobody has confirmed it', () =>
    withHooks(
      all,
      async (queue, calls) => {
        await succeed(queue, 'one');
        await queue.close();
        assert.deepEqual(calls.all, ['on_finish one succeeded']);
      },
      ['hooks.on_idle'],
    ));

  it('goes on with the next owner where this one is killed, and nobody is told twice', () =>
    withHooks(all, async (queue, calls, clock, folder) => {
      let open = () => {};
      calls.gate = new Promise((resolve) => {
        open = resolve;
      });
      const { id } = await enqueue(queue as never, { label: 'one' });
      await queue.claimTask(id);
      await queue.fail(id, { error_message: 'broken' });
      await calls.told(1);
      // While the first hook runs.
      const [soon, late] = [killedCopy(folder, 'soon'), killedCopy(folder, 'late')];
      open();
      const next = new HookCalls();
      const heir = await openLocalQueue(soon, { config: config(all), clock, hooks: next.call });
      assert.deepEqual(await next.told(2), ['on_failure one failed', 'on_idle 0/1']);
      await heir.close();
      const again = new HookCalls();
      await (await openLocalQueue(soon, { config: config(all), clock, hooks: again.call })).close();
      clock.advance(61 * minute);
      const tooLate = new HookCalls();
      await (await openLocalQueue(late, { config: config(all), clock, hooks: tooLate.call })).close();
      assert.deepEqual([again.all, tooLate.all], [[], []]);
      assert.deepEqual(await calls.told(3), ['on_finish one failed', 'on_failure one failed', 'on_idle 0/1']);
    }));

  it('is nothing of what ends while only single commands have the queue', () =>
    withFolder(async (folder) => {
      const command = await openLocalQueue(folder, { config: config(all), role: 'command' });
      await command.createSession({ name: 'work' });
      await command.createStream({ session: 'work', name: 'lane' });
      await succeed(command, 'alone');
      await command.close();
      const calls = new HookCalls();
      const queue = await openLocalQueue(folder, { config: config(all), hooks: calls.call });
      await queue.close();
      assert.deepEqual(calls.all, []);
    }));
});
