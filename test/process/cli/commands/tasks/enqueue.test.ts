import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { realStorage, writeDiscovery } from '../../../../../src/client/discovery';
import { Registry } from '../../../../../src/client/registry';
import { protocolVersion } from '../../../../../src/core/protocol';
import { processStartTime } from '../../../../../src/system/processes';
import { Sandbox } from '../../sandbox';

/** Has a server of this process pass for the owner of the sandbox's queue. */
async function announce(box: Sandbox, owner: http.Server): Promise<void> {
  await once(owner.listen(0, '127.0.0.1'), 'listening');
  const { port } = owner.address() as AddressInfo;
  const storage = new Registry(box.home).find(box.folder)?.storage ?? assert.fail('no queue');
  writeDiscovery(box.home, {
    protocol: protocolVersion,
    version: '1.0.0',
    pid: process.pid,
    startTime: processStartTime(process.pid),
    host: os.hostname(),
    role: 'serve',
    url: `http://127.0.0.1:${port}`,
    port,
    token: 'token',
    workspaces: [box.folder],
    storage: realStorage(storage),
    generation: 1,
  });
}

describe('sparkq enqueue', () => {
  it('sends a single request to the running owner', async () => {
    const box = new Sandbox();
    const requests: string[] = [];
    const owner = http.createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      const task = { id: 'tsk_0123456789ab', stream_id: 'str_0123456789ab', status: 'queued' };
      response.end(JSON.stringify({ task }));
    });
    try {
      await box.ok('setup', '--yes');
      await announce(box, owner);
      assert.equal(
        await box.ok('enqueue', '--stream', 'lane', '--tool', 'llm-sonnet', '--prompt', 'Write the tests'),
        "Task tsk_0123456789ab enqueued to stream 'lane'\n",
      );
      assert.deepEqual(requests, ['GET /health', 'POST /api/tasks']);
    } finally {
      owner.close();
      await box.remove();
    }
  });

  it('opens the files where the owner ends before it answers', async () => {
    const box = new Sandbox();
    const owner = http.createServer((request, response) => {
      if (request.url === '/health') response.end('{}');
      else {
        owner.close();
        request.socket.destroy();
      }
    });
    try {
      await box.makeQueue();
      await announce(box, owner);
      const enqueued = await box.ok(
        'enqueue',
        '--stream',
        'lane',
        '--tool',
        'llm-sonnet',
        '--prompt',
        'Test',
      );
      assert.match(enqueued, /^Task tsk_[0-9a-f]{12} enqueued to stream 'lane'\n$/);
      assert.equal(owner.listening, false);
      assert.equal((await box.json<unknown[]>('tasks')).length, 1);
    } finally {
      owner.close();
      await box.remove();
    }
  });
});
