import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openQueue } from '../../src/client/openQueue';
import { fixedConfig } from '../../src/core/config';
import { silentLog } from '../../src/core/log';
import type { Queue } from '../../src/core/queue';
import { windowsProgram } from '../../src/system/programs';
import { Sandbox } from '../process/cli/sandbox';

const run = promisify(execFile);

/** The labels of all tasks, in alphabetical order. */
async function labels(queue: Queue): Promise<(string | null)[]> {
  const found: (string | null)[] = [];
  for (;;) {
    const { items } = await queue.listTasks({ limit: 1000, offset: found.length });
    if (items.length === 0) return found.sort();
    found.push(...items.map(({ label }) => label));
  }
}

/** Enqueues without pause from several callers until it is stopped; then gives the labels that were acknowledged. */
function enqueueing(queue: Queue): { stop: () => Promise<string[]>; acknowledged: string[] } {
  const acknowledged: string[] = [];
  let going = true;
  const callers = [0, 1, 2, 3].map(async (caller) => {
    for (let number = 0; going; number++) {
      const label = `${caller}-${number}`;
      await queue.enqueue({ stream: 'lane', tool_name: 'llm-haiku', label });
      acknowledged.push(label);
    }
  });
  return {
    acknowledged,
    async stop() {
      going = false;
      await Promise.all(callers);
      return acknowledged.sort();
    },
  };
}

describe('a server on Windows', () => {
  it('is taken over when taskkill ends it, and nothing is lost or done twice', async () => {
    const box = new Sandbox();
    const place = { storage: await box.makeQueue(), home: box.home, programs: 'dist', version: '0.0.0' };
    const how = { workspace: null, config: fixedConfig(), log: silentLog, waitMs: 3_600_000 };
    const serve = async () => {
      const server = box.start(['serve']);
      await server.says(/^SparkQ server: /);
      return server;
    };
    try {
      const server = await serve();
      const window = await openQueue({ ...place, ...how, role: 'serve', serve: true });
      assert.equal(window.role(), 'client');
      const taken = new Promise<string>((resolve) => window.onDidChangeRole(resolve));
      const work = enqueueing(window);
      const atLeast = async (count: number) => {
        while (work.acknowledged.length < count) await window.status();
      };
      await atLeast(50);
      await run(windowsProgram(process.env, 'taskkill.exe'), ['/F', '/PID', String(server.child.pid)]);
      assert.equal(await taken, 'owner');
      await atLeast(work.acknowledged.length + 50);
      const acknowledged = await work.stop();
      assert.deepEqual(await labels(window), acknowledged);
      await window.close();

      await serve();
      const client = await openQueue({ ...place, ...how, role: 'command', serve: false });
      assert.deepEqual([client.role(), await labels(client)], ['client', acknowledged]);
      await client.close();
    } finally {
      await box.remove();
    }
  });
});
