/** The events of the queue as a stream that can be resumed. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import { newLane, some } from '../door';
import type { HttpClient } from '../httpClient';
import { type HttpCase, refused } from './httpCase';

export const httpEventsCases: readonly HttpCase[] = [
  {
    name: 'each event arrives once, in order, and a reader can resume',
    rows: ['GET /api/events', 'http.lease-secret'],
    async run(client, owner) {
      const lane = await newLane({ behind: owner.queue });
      const live = await Listener.open(client);
      const { id } = await lane.add();
      const { lease } = some(await owner.queue.claimNext(lane.name));
      await owner.queue.complete(id, { result_summary: 'x' });
      const types = ['task.created', 'task.claimed', 'task.succeeded'];
      const seen = await live.take(3);
      assert.deepEqual(
        seen.map((event) => [event.type, event.data.type, event.data.task_id]),
        types.map((type) => [type, type, id]),
      );
      assert.ok(!live.text.includes(lease) && !live.text.includes('"lease"'));
      const ids = seen.map((event) => event.id);
      assert.equal(new Set(ids).size, 3);
      // Ids hold the owner's generation.
      for (const one of ids) assert.match(one, /^\d+-\d+$/);
      live.close();
      await lane.add();
      const resumed = await Listener.open(client, ids[0]);
      const rest = await resumed.take(3);
      assert.deepEqual(
        rest.map((event) => event.type),
        ['task.claimed', 'task.succeeded', 'task.created'],
      );
      assert.deepEqual(
        rest.slice(0, 2).map((event) => event.id),
        ids.slice(1),
      );
      resumed.close();
      for (const forgotten of ['0-1', '999999-7']) {
        const late = await Listener.open(client, forgotten);
        assert.equal((await late.take(1))[0]?.type, 'reset');
        late.close();
      }
      refused(await client.get('/api/events', { headers: { 'last-event-id': 'rubbish' } }), 'invalid_field');
    },
  },
];

interface Heard {
  id: string;
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: cases look into events of any shape
  data: any;
}

/** Reads server-sent events. */
class Listener {
  text = '';
  private taken = 0;

  private constructor(
    private readonly request: http.ClientRequest,
    private readonly response: http.IncomingMessage,
  ) {
    response.setEncoding('utf8').on('data', (part: string) => {
      this.text += part;
    });
    response.on('error', () => undefined);
  }

  static async open(client: HttpClient, after?: string): Promise<Listener> {
    const request = client.begin('GET', '/api/events', { headers: { 'last-event-id': after } });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    assert.equal(response.statusCode, 200);
    assert.match(String(response.headers['content-type']), /^text\/event-stream/);
    return new Listener(request, response);
  }

  /** The next events, as soon as there are so many. */
  async take(count: number): Promise<Heard[]> {
    for (;;) {
      const heard = this.heard();
      if (heard.length >= this.taken + count) {
        this.taken += count;
        return heard.slice(this.taken - count, this.taken);
      }
      await once(this.response, 'data');
    }
  }

  close(): void {
    this.request.destroy();
  }

  private heard(): Heard[] {
    const blocks = this.text.split('\n\n').slice(0, -1);
    return blocks
      .map((block) => block.split('\n').filter((line) => !line.startsWith(':')))
      .filter((lines) => lines.length > 0)
      .map((lines) => {
        const fields = new Map(lines.map((line) => splitAt(line, line.indexOf(':'))));
        const type = fields.get('event') ?? 'message';
        return { id: fields.get('id') ?? '', type, data: JSON.parse(fields.get('data') ?? 'null') };
      });
  }
}

function splitAt(line: string, at: number): [string, string] {
  return [line.slice(0, at), line.slice(at + 1).trimStart()];
}
