/** Hooks of several hosts: what happens is told once, by whoever has the hook. */

import assert from 'node:assert/strict';
import { type Config, defaultConfig, fixedConfig } from '../../src/core/config';
import type { LocalQueue } from '../../src/store/localQueue';
import { Changing } from '../support/config/changingConfig';
import { HookCalls } from '../support/config/hookCalls';
import { withFolder } from '../support/folders';
import { openHost } from '../support/postgres/hosts';
import { newSchema } from '../support/postgres/server';

describe('hooks of several hosts', () => {
  /** @param hosts the hooks of each host, and who is called by them */
  async function withHooks(
    hosts: readonly [hooks: Config['hooks'], calls: HookCalls][],
    use: (queues: readonly LocalQueue[]) => Promise<void>,
  ): Promise<void> {
    await withFolder(async (folder) => {
      const [place, open] = [newSchema(), [] as LocalQueue[]];
      try {
        for (const [at, [hooks, { call }]] of hosts.entries()) {
          const config = fixedConfig({ ...defaultConfig, hooks });
          open.push(await openHost(`${folder}/${at}`, place, { config, hooks: call }));
        }
        await open[0]?.createSession({ name: 'work' });
        await open[0]?.createStream({ session: 'work', name: 'lane' });
        await use(open);
      } finally {
        await Promise.all(open.map((queue) => queue.close()));
      }
    });
  }

  const work = async (queue: LocalQueue, label: string, failing = false) => {
    const { task } = await queue.enqueue({ stream: 'lane', tool_name: 'llm-haiku', label });
    const { lease } = await queue.claimTask(task.id);
    if (failing) await queue.fail(task.id, { lease, error_message: 'no' });
    else await queue.complete(task.id, { lease, result_summary: 'ok' });
  };

  it('are called by the one that has them, wherever it happened', async () => {
    const [ann, ben, nobody] = [new HookCalls(), new HookCalls(), new HookCalls()];
    await withHooks(
      [
        [{ on_failure: ['f'], on_idle: ['i'] }, ann],
        [{ on_finish: ['e'] }, ben],
        [{}, nobody],
      ],
      async ([, , last]) => {
        assert.ok(last);
        await work(last, 'a');
        assert.deepEqual(await ann.told(1), ['on_idle 1/0']);
        await work(last, 'b', true);
        assert.deepEqual(await ann.told(2), ['on_idle 1/0', 'on_failure b failed']);
        assert.deepEqual(await ben.told(2), ['on_finish a succeeded', 'on_finish b failed']);
      },
    );
    assert.deepEqual(nobody.all, []);
  });

  it('are called once where several have them', async () => {
    const calls = new HookCalls();
    const labels = Array.from({ length: 10 }, (_, at) => `task ${at}`);
    await withHooks(
      [
        [{ on_finish: ['e'] }, calls],
        [{ on_finish: ['e'] }, calls],
      ],
      async ([first, second]) => {
        assert.ok(first && second);
        await Promise.all(labels.map((label, at) => work(at % 2 ? first : second, label)));
        await calls.told(labels.length);
      },
    );
    assert.deepEqual(calls.all.sort(), labels.map((label) => `on_finish ${label} succeeded`).sort());
  });

  it('are known to the others once the configuration has them', () =>
    withFolder(async (folder) => {
      const [place, calls, config] = [newSchema(), new HookCalls(), new Changing('')];
      const first = await openHost(`${folder}/first`, place);
      const second = await openHost(`${folder}/second`, place, { config, hooks: calls.call });
      try {
        await first.createSession({ name: 'work' });
        await first.createStream({ session: 'work', name: 'lane' });
        config.set('hooks: {on_finish: [e]}\n');
        // Whatever ends after the other host has heard of that is told.
        for (let count = 0; calls.all.length === 0; count++) await work(first, `task ${count}`);
        assert.match(calls.all[0] ?? '', /^on_finish task \d+ succeeded$/);
      } finally {
        await Promise.all([first.close(), second.close()]);
      }
    }));
});
