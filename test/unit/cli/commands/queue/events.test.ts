import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Command } from '@commander-js/extra-typings';
import { addEvents } from '../../../../../src/cli/commands/queue/events';
import type { CommandContext } from '../../../../../src/cli/context';
import { RemoteQueue } from '../../../../../src/client/remote/remoteQueue';
import { QueueError } from '../../../../../src/core/errors';
import type { QueueListener } from '../../../../../src/core/events';
import type { Queue } from '../../../../../src/core/queue';
import { errorBody } from '../../../../../src/server/errors';
import { capture } from '../../../../support/capture';
import { aTask } from '../../../../support/sampleRows';

function run(queue: unknown, ...args: string[]): Promise<unknown> {
  const context = {
    json: true,
    withQueue: (use: (given: unknown) => unknown) => use(queue),
    untilStopped: () => new Promise(() => {}),
  } as unknown as CommandContext;
  const program = new Command();
  addEvents(program, context);
  return program.parseAsync(['events', ...args], { from: 'user' });
}

describe('sparkq events', () => {
  it('ends after the given number of events, even if they arrive while it subscribes', async () => {
    let left = 0;
    const queue: Pick<Queue, 'status' | 'subscribe'> = {
      status: async () => ({}) as never,
      subscribe: (listener: QueueListener, after?: string) => {
        assert.equal(after, '1-1');
        listener({ id: '2-0', type: 'reset', at: 'now' });
        return () => {
          left += 1;
        };
      },
    };
    const written = await capture(false, () => run(queue, '--after', '1-1', '--count', '1'));
    assert.deepEqual(written, [{ to: 'stdout', text: '{"id":"2-0","type":"reset","at":"now"}\n' }]);
    assert.equal(left, 1);
  });

  it('prints the payload of a task digit for digit', async () => {
    const payload = '{"id":1970670598291982290,"v":[1.10,1e400,-0]}';
    const task = aTask({ payload, payload_json: JSON.parse(payload) });
    const queue: Pick<Queue, 'status' | 'subscribe'> = {
      status: async () => ({}) as never,
      subscribe: (listener: QueueListener) => {
        listener({ id: '2-1', type: 'task.created', at: 'now', task });
        return () => {};
      },
    };
    const [line] = await capture(false, () => run(queue, '--count', '1'));
    assert.ok(line?.text.includes(`"payload_json":${payload}`), line?.text);
  });

  it('fails when the owner refuses it, instead of waiting', async () => {
    const refused = new QueueError('unauthorized', 'The token is not valid for this queue');
    const server = http.createServer((request, response) => {
      const known = request.url === '/api/status';
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(known ? {} : errorBody(refused)));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const queue = new RemoteQueue({ url: `http://127.0.0.1:${port}`, token: 'old', version: '1.0.0' });
    try {
      await assert.rejects(run(queue), (error) => QueueError.is(error, 'unauthorized'));
    } finally {
      await queue.close();
      server.close();
    }
  });
});
