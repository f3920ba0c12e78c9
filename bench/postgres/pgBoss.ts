/** pg-boss, with a queue for each lane. */

import { peerRequire } from '../engines/peers';
import { type EngineKind, type Host, laneName, needsNode22, type Place, payload, takeAll } from './engine';

interface Job {
  id: string;
}

interface Boss {
  start(): Promise<unknown>;
  stop(options: { graceful: boolean }): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): void;
  createQueue(name: string): Promise<void>;
  send(name: string, data: object): Promise<string | null>;
  insert(name: string, jobs: { data: object }[]): Promise<unknown>;
  fetch(name: string, options: { batchSize: number }): Promise<Job[]>;
  complete(name: string, ids: string[]): Promise<unknown>;
}

async function openBoss({ url, schema }: Place): Promise<Boss> {
  const { PgBoss } = peerRequire('pg-boss') as { PgBoss: new (options: object) => Boss };
  // What watches over it and calls by the clock is left out, as in SparkQ.
  const boss = new PgBoss({ connectionString: url, schema, supervise: false, schedule: false });
  boss.on('error', (error) => console.error(error.message));
  await boss.start();
  return boss;
}

/** Finished jobs of the first queue. */
const historySql = (schema: string, history: number) => `
INSERT INTO ${schema}.job (name, data, state, created_on, started_on, completed_on)
SELECT '${laneName(0)}', '${JSON.stringify(payload)}', 'completed', at, at, at
FROM (SELECT now() - i * interval '1 millisecond' AS at FROM generate_series(1, ${history}) AS i) AS jobs_of_history`;

const kind = (name: string, use: string, batch: number): EngineKind => ({
  name,
  family: 'pg-boss',
  use,
  batch,
  keepsHistory: true,
  problem: needsNode22,
  async prepare(place, client, history) {
    const boss = await openBoss(place);
    for (let lane = 0; lane < place.lanes; lane++) await boss.createQueue(laneName(lane));
    await boss.stop({ graceful: false });
    if (history > 0) await client.query(historySql(place.schema, history));
  },
  async open(place): Promise<Host> {
    const boss = await openBoss(place);
    return {
      async enqueue(lane, count) {
        if (count === 1) await boss.send(laneName(lane), payload);
        else await boss.insert(laneName(lane), new Array(count).fill({ data: payload }));
      },
      work(callers, done) {
        const take = async (lane: number) => {
          const jobs = await boss.fetch(laneName(lane), { batchSize: batch });
          if (jobs.length === 0) return 0;
          await boss.complete(
            laneName(lane),
            jobs.map(({ id }) => id),
          );
          return jobs.length;
        };
        return takeAll(callers, place.lanes, take, done);
      },
      close: () => boss.stop({ graceful: false }),
    };
  },
});

export const pgBoss = kind('pg-boss', 'send; fetch and complete', 1);
export const pgBossMany = kind('pg-boss, batched', 'insert of 100; fetch and complete 100 at once', 100);
