/** SparkQ as its users have it: LocalQueue with every setting at its default. */

import fs from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../src/core/clock';
import { fixedConfig } from '../../src/core/config';
import { silentLog } from '../../src/core/log';
import { DurableDatabase } from '../../src/store/engine/durableDatabase';
import { LocalQueue, type LocalQueueOptions } from '../../src/store/localQueue';
import { migrations } from '../../src/store/rows/schema';
import { type Engine, type EngineKind, payload, streamCount } from '../engine';
import { groundSql, historySql } from './sqlEngine';

export const programs = path.resolve('dist');

/** Puts `history` finished tasks into a new queue's files, in one journal frame. */
async function makeHistory(folder: string, history: number): Promise<void> {
  const database = await DurableDatabase.open({
    folder,
    programs,
    generation: 1,
    ownerStillUs: () => true,
    log: silentLog,
    clock: systemClock,
    migrations,
  });
  await database.write((transaction) => {
    for (const statement of groundSql()) transaction.run(statement);
    if (history > 0) transaction.run(historySql(history, 'succeeded'));
    transaction.run(`INSERT INTO stream_counts (stream_id, succeeded, last_position)
      SELECT id, ${Math.floor(history / streamCount)}, ${history + 1} FROM streams`);
  });
  await database.close();
}

/** @param limits when snapshots are due; as usual by default */
export function openQueue(folder: string, limits?: LocalQueueOptions['limits']): Promise<LocalQueue> {
  return LocalQueue.open({
    storage: folder,
    programs,
    role: 'serve',
    workspace: null,
    config: fixedConfig(),
    log: silentLog,
    version: 'bench',
    limits,
  });
}

class SparkqEngine implements Engine {
  constructor(private readonly queue: LocalQueue) {}

  async enqueue(stream: number): Promise<void> {
    await this.queue.enqueue({ stream: streamId(stream), tool_name: 'run-bash', payload, label: 'build.sh' });
  }

  async claimNext(stream: number): Promise<string | undefined> {
    return (await this.queue.claimNext(streamId(stream)))?.task.id;
  }

  async claimById(id: string): Promise<boolean> {
    await this.queue.claimTask(id);
    return true;
  }

  async complete(id: string): Promise<void> {
    await this.queue.complete(id, { result_summary: 'done' });
  }

  async fill(count: number, streams: number): Promise<string[]> {
    const tasks = Array.from({ length: count }, async (_, index) => {
      const { task } = await this.queue.enqueue({
        stream: streamId(index % streams),
        tool_name: 'run-bash',
        payload,
        label: 'build.sh',
      });
      return task.id;
    });
    return Promise.all(tasks);
  }

  close(): Promise<void> {
    return this.queue.close();
  }
}

const streamId = (stream: number) => `str_${stream.toString(16).padStart(12, '0')}`;

export const sparkq: EngineKind = {
  name: 'SparkQ',
  promise: 'on the disk (journal frame synced, ownership checked)',
  synchronous: false,
  async open(folder, history) {
    fs.mkdirSync(folder, { recursive: true });
    await makeHistory(folder, history);
    return new SparkqEngine(await openQueue(folder));
  },
};
