/** SparkQ on a server, as its users have it. */

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fixedConfig } from '../../src/core/config';
import { silentLog } from '../../src/core/log';
import { PostgresDatabase } from '../../src/postgres/postgresDatabase';
import { LocalQueue } from '../../src/store/localQueue';
import { type EngineKind, type Host, laneName, type Place, payload, takeAll } from './engine';

const text = JSON.stringify(payload);
const task = { tool_name: 'run-bash', payload: text, label: 'build.sh' };

class SparkqHost implements Host {
  private constructor(
    private readonly queue: LocalQueue,
    private readonly folder: string,
    private readonly lanes: number,
  ) {}

  static async open({ url, schema, lanes }: Place): Promise<SparkqHost> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sparkq-bench-host-'));
    const queue = await LocalQueue.open({
      storage: folder,
      programs: path.resolve('dist'),
      role: 'serve',
      workspace: null,
      config: fixedConfig(),
      log: silentLog,
      version: 'bench',
      database: (migrations) => PostgresDatabase.open({ url, schema, migrations, log: silentLog }),
    });
    return new SparkqHost(queue, folder, lanes);
  }

  async makeLanes(): Promise<void> {
    await this.queue.createSession({ name: 'bench' });
    for (let lane = 0; lane < this.lanes; lane++)
      await this.queue.createStream({ session: 'bench', name: laneName(lane) });
  }

  async enqueue(lane: number, count: number): Promise<void> {
    const stream = laneName(lane);
    if (count === 1) await this.queue.enqueue({ stream, ...task });
    else await this.queue.enqueueMany({ stream, tasks: new Array(count).fill(task) });
  }

  work(callers: number, done: (began: number, tasks: number) => void): Promise<void> {
    const take = async (lane: number) => {
      const claim = await this.queue.claimNext(laneName(lane));
      if (claim === null) return 0;
      await this.queue.complete(claim.task.id, { lease: claim.lease, result_summary: 'done' });
      return 1;
    };
    return takeAll(callers, this.lanes, take, done);
  }

  async close(): Promise<void> {
    await this.queue.close();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Finished tasks and their attempts, spread over the lanes. */
const historySql = (history: number) => `
WITH lanes AS (SELECT array_agg(id ORDER BY rowid) AS ids FROM streams)
INSERT INTO tasks (id, stream_id, tool_name, task_class, payload, status, timeout, attempts, created_at, updated_at, started_at,
  finished_at, position, label)
SELECT 'tsk_' || lpad(to_hex(i), 12, '0'), ids[1 + i % cardinality(ids)], 'run-bash', 'MEDIUM_SCRIPT', '${text}', 'succeeded',
  300, 1, at, at, at, at, i, 'build.sh'
FROM lanes, (SELECT i, to_char(timestamp '2026-01-01' + i * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS".000000Z"') AS at
  FROM generate_series(1, ${history}) AS i) AS tasks_of_history;
INSERT INTO attempts (task_id, number, lease, started_at, finished_at, outcome)
  SELECT id, 1, id, started_at, finished_at, 'succeeded' FROM tasks;
UPDATE stream_counts SET succeeded = counted.tasks, last_position = counted.last FROM
  (SELECT stream_id AS lane, count(*) AS tasks, max(position) AS last FROM tasks GROUP BY 1) AS counted WHERE stream_id = lane;
INSERT INTO stream_counts (stream_id, succeeded, last_position)
  SELECT stream_id, count(*), max(position) FROM tasks GROUP BY 1 ON CONFLICT DO NOTHING`;

const kind = (name: string, use: string, batch: number): EngineKind => ({
  name,
  family: 'SparkQ',
  use,
  batch,
  keepsHistory: true,
  problem: () => undefined,
  async prepare(place, client, history) {
    const host = await SparkqHost.open(place);
    await host.makeLanes();
    await host.close();
    if (history > 0) await client.query(`SET search_path TO ${place.schema}; ${historySql(history)}`);
  },
  open: (place) => SparkqHost.open(place),
});

export const sparkq = kind('SparkQ', 'enqueue; claimNext and complete', 1);
export const sparkqMany = kind('SparkQ, batched', 'enqueueMany of 100; claimNext and complete', 100);
