/**
 * graphile-worker, with a task identifier for each lane: its named queues run one job at a time. It deletes a job that
 * has been done.
 */

import { EventEmitter } from 'node:events';
import { peerRequire } from '../engines/peers';
import { type EngineKind, type Host, laneName, needsNode22, type Place, payload } from './engine';

interface Utils {
  migrate(): Promise<void>;
  addJob(identifier: string, payload: object): Promise<unknown>;
  addJobs(jobs: { identifier: string; payload: object }[]): Promise<unknown>;
  release(): Promise<void>;
}

interface Runner {
  stop(): Promise<void>;
}

interface GraphileWorker {
  makeWorkerUtils(options: object): Promise<Utils>;
  run(options: object): Promise<Runner>;
  Logger: new (factory: () => () => void) => unknown;
}

function load() {
  const worker = peerRequire('graphile-worker') as GraphileWorker;
  return { ...worker, logger: new worker.Logger(() => () => undefined) };
}

const utilsOf = ({ url, schema }: Place) => {
  const { makeWorkerUtils, logger } = load();
  return makeWorkerUtils({ connectionString: url, schema, logger });
};

/** What its page on performance has. */
const batching = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };

/** Runs jobs until none is found. */
async function runAll(
  { url, schema, lanes }: Place,
  callers: number,
  batched: boolean,
  done: (began: number, tasks: number) => void,
): Promise<void> {
  const { run, logger } = load();
  const events = new EventEmitter();
  const empty = new Promise<void>((resolve) => {
    events.once('worker:getJob:empty', () => resolve());
    events.on('localQueue:getJobs:complete', ({ jobs }) => {
      if (jobs.length === 0) resolve();
    });
  });
  // Since when a worker has been busy with its present job: it asks for the next one at once.
  const since = new Map<string, number>();
  events.on('worker:getJob:start', ({ worker: { workerId } }) => {
    if (!since.has(workerId)) since.set(workerId, performance.now());
  });
  events.on('job:complete', ({ worker: { workerId } }) => {
    done(since.get(workerId) ?? performance.now(), 1);
    since.set(workerId, performance.now());
  });
  const names = Array.from({ length: lanes }, (_, lane) => [laneName(lane), async () => undefined]);
  const runner = await run({
    taskList: Object.fromEntries(names),
    noHandleSignals: true,
    preset: {
      worker: {
        connectionString: url,
        schema,
        concurrentJobs: callers,
        // Its page on performance has one connection more than jobs at once; the server takes 100.
        maxPoolSize: Math.min(25, callers + 1),
        events,
        logger,
        ...(batched ? batching : {}),
      },
    },
  });
  await empty;
  await runner.stop();
}

const kind = (name: string, use: string, batch: number): EngineKind => ({
  name,
  family: 'graphile-worker',
  use,
  batch,
  keepsHistory: false,
  problem: needsNode22,
  async prepare(place) {
    const utils = await utilsOf(place);
    await utils.migrate();
    await utils.release();
  },
  async open(place): Promise<Host> {
    const utils = await utilsOf(place);
    return {
      async enqueue(lane, count) {
        const identifier = laneName(lane);
        if (count === 1) await utils.addJob(identifier, payload);
        else await utils.addJobs(new Array(count).fill({ identifier, payload }));
      },
      work: (callers, done) => runAll(place, callers, batch > 1, done),
      close: () => utils.release(),
    };
  },
});

export const graphileWorker = kind('graphile-worker', 'addJob; run', 1);
export const graphileWorkerMany = kind(
  'graphile-worker, batched',
  'addJobs of 100; run with a local queue of 500 and batched completion',
  100,
);
