import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type Announced, AnnouncementReader } from '../../../src/postgres/announcements';
import type { Servers } from '../../../src/postgres/servers';

/** A server whose rows a test may change, and a host that reads them. */
class Place {
  private readonly clients: EventEmitter[] = [];
  private readonly happened = new EventEmitter();
  /** Of each event that was passed on, and `reset at N` for a reset after N events. */
  readonly heard: string[] = [];
  readonly reader: AnnouncementReader;

  constructor(private rows: Announced[]) {
    const newClient = () => {
      const client = new EventEmitter();
      this.clients.push(client);
      return Object.assign(client, {
        connect: async () => undefined,
        query: async () => ({ rows: [] }),
        end: async () => undefined,
      });
    };
    this.reader = new AnnouncementReader(
      {
        servers: { newClient } as unknown as Servers,
        schema: 'sparkq',
        log: { debug: assert.fail } as never,
        patience: 1_000,
        read: async (from, limit) => {
          setImmediate(() => this.happened.emit('read'));
          return this.rows.filter(({ row }) => row >= from).slice(0, limit);
        },
        count: async () => ({ rows: this.rows.at(-1)?.row ?? 0, events: this.rows.at(-1)?.events ?? 0 }),
        settled: async () => undefined,
      },
      1,
      rows.at(-1)?.row ?? 0,
      rows.at(-1)?.events ?? 0,
    );
  }

  /** Resolves when the reader has seen what there is. */
  async open(): Promise<void> {
    const read = once(this.happened, 'read');
    this.reader.onAnnounced((said, events) => {
      this.heard.push(said === null ? `reset at ${events}` : String(said));
    });
    await read;
  }

  /** The connection is lost, and the next one is to a server with these rows. */
  async failOver(rows: Announced[]): Promise<void> {
    this.rows = rows;
    const read = once(this.happened, 'read');
    this.clients.at(-1)?.emit('end');
    await read;
  }
}

/** The first rows, one event each. */
const rowsOf = (...said: string[]): Announced[] =>
  said.map((one, index) => ({ row: index + 1, events: index + 1, said: [one] }));

async function afterFailover(now: Announced[]): Promise<string[]> {
  const place = new Place(rowsOf('a', 'b', 'c'));
  await place.open();
  await place.failOver(now);
  await place.reader.close();
  return place.heard;
}

describe('What hosts announce', () => {
  it('goes on after a failover that has lost nothing', async () => {
    assert.deepEqual(await afterFailover(rowsOf('a', 'b', 'c')), []);
    assert.deepEqual(await afterFailover(rowsOf('a', 'b', 'c', 'd')), ['d']);
  });

  it('is read anew where the new server has not got the last rows', async () => {
    assert.deepEqual(await afterFailover(rowsOf('a', 'b')), ['reset at 2']);
    assert.deepEqual(await afterFailover([]), ['reset at 0']);
  });

  it('is read anew where the new server has given their numbers to other rows', async () => {
    assert.deepEqual(await afterFailover(rowsOf('a', 'b', 'C')), ['reset at 3']);
    assert.deepEqual(await afterFailover(rowsOf('a', 'B', 'C', 'D')), ['reset at 3', 'D']);
  });

  it('is read anew where the rows in between are kept no more', async () => {
    assert.deepEqual(await afterFailover(rowsOf('a', 'b', 'c', 'd', 'e').slice(4)), ['reset at 5', 'e']);
  });

  it('is not passed on from this host before it is seen what the new server has', async () => {
    const place = new Place(rowsOf('a'));
    await place.open();
    const [, own] = rowsOf('a', 'b');
    place.reader.committed(own as Announced);
    assert.deepEqual(place.heard, ['b'], 'at once before that');
    const failedOver = place.failOver(rowsOf('a', 'B', 'own'));
    place.reader.committed({ row: 3, events: 3, said: ['own'] });
    await failedOver;
    await place.reader.close();
    assert.deepEqual(place.heard, ['b', 'reset at 2', 'own']);
  });
});
