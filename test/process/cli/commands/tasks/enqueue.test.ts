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

describe('sparkq enqueue', () => {
  it('sends a single request to the running owner', async () => {
    const box = new Sandbox();
    const requests: string[] = [];
    const owner = http.createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      const task = { id: 'tsk_0123456789ab', stream_id: 'str_0123456789ab', status: 'queued' };
      response.end(JSON.stringify({ task }));
    });
    await once(owner.listen(0, '127.0.0.1'), 'listening');
    const { port } = owner.address() as AddressInfo;
    try {
      await box.ok('setup', '--yes');
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
});
