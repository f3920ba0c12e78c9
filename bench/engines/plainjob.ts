/** A peer that is a queue itself, with its own schema and its own idea of a claim. */

import path from 'node:path';
import { type Engine, type EngineKind, payload } from '../engine';
import { peerRequire } from './peers';

interface PlainjobQueue {
  add(type: string, data: unknown): { id: number };
  addMany(type: string, data: unknown[]): { ids: number[] };
  getAndMarkJobAsProcessing(type: string): { id: number } | undefined;
  markJobAsDone(id: number): void;
  close(): void;
}

interface Plainjob {
  better(database: { pragma(text: string): void }): unknown;
  defineQueue(options: { connection: unknown }): PlainjobQueue;
}

class PlainjobEngine implements Engine {
  constructor(private readonly queue: PlainjobQueue) {}

  async enqueue(stream: number): Promise<void> {
    this.queue.add(`stream ${stream}`, payload);
  }

  async claimNext(stream: number): Promise<string | undefined> {
    const job = this.queue.getAndMarkJobAsProcessing(`stream ${stream}`);
    return job && String(job.id);
  }

  async claimById(): Promise<boolean> {
    throw new Error('plainjob hands out no job by its id');
  }

  async complete(id: string): Promise<void> {
    this.queue.markJobAsDone(Number(id));
  }

  async fill(count: number, streams: number): Promise<string[]> {
    const ids: string[] = [];
    for (let stream = 0; stream < streams; stream++) {
      const jobs = new Array(Math.ceil(count / streams)).fill(payload);
      ids.push(...this.queue.addMany(`stream ${stream}`, jobs).ids.map(String));
    }
    return ids;
  }

  async close(): Promise<void> {
    this.queue.close();
  }
}

export const plainjob: EngineKind = {
  name: 'plainjob',
  promise: 'in the WAL file, lost at a power cut (as shipped)',
  synchronous: true,
  hasHistory: false,
  async open(folder) {
    const Database = peerRequire('better-sqlite3') as new (file: string) => { pragma(text: string): void };
    const { better, defineQueue } = peerRequire('plainjob') as Plainjob;
    return new PlainjobEngine(
      defineQueue({ connection: better(new Database(path.join(folder, 'jobs.db'))) }),
    );
  },
};
