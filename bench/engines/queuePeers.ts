/** Peers that are queues themselves, with their own schema and their own idea of a claim. */

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

interface LitequeJob {
  id: number;
  allocationId: string;
}

interface LitequeQueue {
  enqueue(data: unknown): Promise<unknown>;
  attemptDequeue(options: { timeoutSecs: number }): Promise<LitequeJob | null>;
  finalize(id: number, allocation: string, status: 'completed'): Promise<void>;
}

interface Liteque {
  buildDBClient(file: string, options: { runMigrations: boolean }): unknown;
  SqliteQueue: new (name: string, db: unknown, options: object) => LitequeQueue;
}

class LitequeEngine implements Engine {
  private readonly allocations = new Map<string, string>();

  constructor(private readonly queue: LitequeQueue) {}

  async enqueue(): Promise<void> {
    await this.queue.enqueue({ payload });
  }

  async claimNext(): Promise<string | undefined> {
    const job = await this.queue.attemptDequeue({ timeoutSecs: 600 });
    if (!job) return undefined;
    this.allocations.set(String(job.id), job.allocationId);
    return String(job.id);
  }

  async claimById(): Promise<boolean> {
    throw new Error('liteque hands out no job by its id');
  }

  async complete(id: string): Promise<void> {
    await this.queue.finalize(Number(id), this.allocations.get(id) ?? '', 'completed');
  }

  async fill(count: number): Promise<string[]> {
    for (let index = 0; index < count; index++) await this.enqueue();
    return [];
  }

  async close(): Promise<void> {
    // It has no way to be closed; the folder is removed with the process.
  }
}

export const liteque: EngineKind = {
  name: 'liteque',
  promise: 'in the WAL file, lost at a power cut (as shipped)',
  synchronous: true,
  hasHistory: false,
  async open(folder) {
    const { buildDBClient, SqliteQueue } = peerRequire('liteque') as Liteque;
    const client = buildDBClient(path.join(folder, 'queue.db'), { runMigrations: true });
    return new LitequeEngine(
      new SqliteQueue('bench', client, { defaultJobArgs: { numRetries: 0 }, keepFailedJobs: false }),
    );
  },
};
