/**
 * Hosts that work a queue through a proxy which cuts, delays and swallows. What a caller has been told must be there in
 * the end, once; what it was not told, it asks for again with the same key.
 */

import assert from 'node:assert/strict';
import { QueueError } from '../../../src/core/errors';
import type { QueueEvent } from '../../../src/core/events';
import { silentLog } from '../../../src/core/log';
import type { Claim, Task } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { PostgresDatabase } from '../../../src/postgres/postgresDatabase';
import type { LocalQueue } from '../../../src/store/localQueue';
import { withFolder } from '../folders';
import { openLocalQueue } from '../localQueue';
import { Random } from '../random';
import { type FaultCounts, FaultyProxy } from './proxy';
import { newSchema } from './server';

export interface ProxySum {
  faults: FaultCounts;
  acknowledged: number;
  /** Calls that were repeated with their key because nobody could say what had come of them, or they could not be made. */
  unknown: number;
  unavailable: number;
}

const hosts = 3;
const callersOfHost = 3;
const shared = ['north', 'south'];
/** As long as a host waits for a connection and for an answer here, milliseconds. */
const limits = { connect: 1_000, answer: 1_000 };

/** Faults in each queue. */
const faultsOfOne = 100;

export async function workThroughProxy(
  faults: number,
  seed: number,
  progress: (sum: ProxySum) => void = () => {},
): Promise<ProxySum> {
  const random = new Random(seed);
  const sum: ProxySum = {
    faults: { cut: 0, delayed: 0, swallowed: 0, silent: 0 },
    acknowledged: 0,
    unknown: 0,
    unavailable: 0,
  };
  for (let left = faults; left > 0; left -= faultsOfOne) {
    const place = newSchema();
    const proxy = await FaultyProxy.open(place.url, random, Math.min(left, faultsOfOne));
    try {
      await withFolder((folder) => new Round(folder, place, proxy, random, sum).run());
    } finally {
      await proxy.close();
    }
    for (const kind of Object.keys(sum.faults) as (keyof FaultCounts)[])
      sum.faults[kind] += proxy.counts[kind];
    progress(sum);
  }
  return sum;
}

class Round {
  /** By id: what has been acknowledged of each task. */
  private readonly known = new Map<string, 'queued' | 'running' | 'succeeded'>();
  private readonly labels = new Set<string>();
  /** Labels of tasks that may be there. */
  private readonly doubtful = new Set<string>();
  /** A caller has found a fault: the others give up. */
  private failed = false;

  constructor(
    private readonly folder: string,
    private readonly place: ReturnType<typeof newSchema>,
    private readonly proxy: FaultyProxy,
    private readonly random: Random,
    private readonly sum: ProxySum,
  ) {}

  async run(): Promise<void> {
    const direct = await this.open('direct', this.place.url);
    const queues: LocalQueue[] = [];
    try {
      await direct.createSession({ name: 'work' });
      const own = Array.from({ length: hosts * callersOfHost }, (_, at) => `own ${at}`);
      for (const name of [...shared, ...own]) await direct.createStream({ session: 'work', name });
      for (let at = 0; at < hosts; at += 1) queues.push(await this.openThrough(`host ${at}`));
      const heard = [direct, ...queues].map(listenTo);
      const lanes = await Promise.all(
        own.map((stream, at) =>
          this.call(queues[at % hosts] as LocalQueue, stream, new Random(this.random.below(2 ** 31))).catch(
            (error) => {
              this.failed = true;
              throw error;
            },
          ),
        ),
      );
      this.proxy.calm();
      await direct.pauseStream('north');
      await this.compare(direct, own, lanes);
      for (const { last } of heard) await last;
      for (const { events } of heard) checkEvents(events, heard[0]?.events ?? []);
    } finally {
      await Promise.all([direct, ...queues].map((queue) => queue.close()));
    }
  }

  /** Works until all faults have come; answers the ids that are queued on the stream of its own, in order. */
  private async call(queue: Queue, own: string, random: Random): Promise<string[]> {
    const lane: string[] = [];
    const held: Claim[] = [];
    let number = 0;
    while (this.proxy.wants) {
      number += 1;
      const key = `${own} ${number}`;
      const dice = random.next();
      const claim = dice < 0.3 ? held.shift() : undefined;
      const moved = lane[random.below(lane.length)];
      const other = lane[random.below(lane.length)];
      if (claim !== undefined) {
        const { task, lease } = claim;
        const report = { lease, result_summary: `done ${task.label}`, key };
        await this.ask(() => queue.complete(task.id, report));
        this.known.set(task.id, 'succeeded');
        assert.equal((await this.ask(() => queue.getTask(task.id))).status, 'succeeded', key);
      } else if (dice < 0.5) {
        await this.claim(queue, shared[random.below(shared.length)] ?? '', key, held);
      } else if (dice < 0.6) {
        const expected = lane.shift();
        assert.equal(await this.claim(queue, own, key, held), expected, `${key}: out of order`);
      } else if (dice < 0.7 && moved !== undefined && other !== undefined && moved !== other) {
        await this.ask(() => queue.moveTask(moved, { before: other }, { key }));
        lane.splice(lane.indexOf(moved), 1);
        lane.splice(lane.indexOf(other), 0, moved);
      } else if (dice < 0.75) {
        await this.enqueueOnce(queue, key);
      } else {
        const stream = random.chance(0.5) ? own : (shared[random.below(shared.length)] ?? '');
        const { task } = await this.ask(() =>
          queue.enqueue({ stream, tool_name: 'outside', label: key, max_attempts: 1 }, { key }),
        );
        // Somebody may have claimed it before its own caller was told.
        if (!this.known.has(task.id)) this.known.set(task.id, 'queued');
        this.labels.add(key);
        if (stream === own) lane.push(task.id);
      }
    }
    return lane;
  }

  /** Without a key: only what is unknown may have been done, and nothing twice. */
  private async enqueueOnce(queue: Queue, label: string): Promise<void> {
    try {
      await queue.enqueue({ stream: 'north', tool_name: 'outside', label, max_attempts: 1 });
      this.sum.acknowledged += 1;
      this.labels.add(label);
    } catch (error) {
      if (QueueError.is(error, 'outcome_unknown')) this.doubtful.add(label);
      else if (!QueueError.is(error, 'unavailable')) throw error;
    }
  }

  private async claim(queue: Queue, stream: string, key: string, held: Claim[]): Promise<string | undefined> {
    const claim = await this.ask(() => queue.claimNext(stream, { claim_request_id: key }));
    if (claim === null) return undefined;
    const { id } = claim.task;
    const before = this.known.get(id) ?? 'queued';
    assert.equal(before, 'queued', `${id} was handed out twice`);
    this.known.set(id, 'running');
    held.push(claim);
    return id;
  }

  /** Calls until there is an answer. */
  private async ask<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await call();
        this.sum.acknowledged += 1;
        return answer;
      } catch (error) {
        if (this.failed) throw error;
        if (QueueError.is(error, 'outcome_unknown')) this.sum.unknown += 1;
        else if (QueueError.is(error, 'unavailable')) this.sum.unavailable += 1;
        else throw error;
      }
    }
  }

  private async compare(queue: Queue, own: readonly string[], lanes: readonly string[][]): Promise<void> {
    const tasks = new Map<string, Task>();
    for (const stream of [...shared, ...own]) {
      const { items } = await queue.listTasks({ stream, order: 'position', limit: 1000 });
      for (const task of items) tasks.set(task.id, task);
      const queued = items.filter(({ status }) => status === 'queued').map(({ id }) => id);
      const lane = lanes[own.indexOf(stream)];
      if (lane !== undefined) assert.deepEqual(queued, lane, `the order of ${stream}`);
    }
    const labels = [...tasks.values()].map(({ label }) => label ?? '');
    for (const label of this.doubtful) if (labels.includes(label)) this.labels.add(label);
    assert.deepEqual(labels.sort(), [...this.labels].sort(), 'each task once');
    for (const [id, status] of this.known) {
      const task = tasks.get(id);
      assert.equal(task?.status, status, id);
      assert.equal(task?.attempts, status === 'queued' ? 0 : 1, id);
      if (status === 'succeeded') assert.equal(task?.result_summary, `done ${task.label}`);
    }
  }

  /** Opens a host whose way leads through the proxy, which may have something against that. */
  private openThrough(name: string): Promise<LocalQueue> {
    return this.ask(() => this.open(name, this.proxy.urlOf(this.place.url)));
  }

  private open(name: string, url: string): Promise<LocalQueue> {
    const { schema } = this.place;
    return openLocalQueue(`${this.folder}/${name}`, {
      database: (migrations) => PostgresDatabase.open({ url, schema, migrations, log: silentLog, limits }),
    });
  }
}

/** What a host hears, until a stream is paused. */
function listenTo(queue: Queue): { events: QueueEvent[]; last: Promise<void> } {
  const events: QueueEvent[] = [];
  const last = new Promise<void>((resolve) => {
    queue.subscribe((event) => {
      events.push(event);
      if (event.type === 'stream.updated' && event.stream?.paused) resolve();
    });
  });
  return { events, last };
}

/** All hosts hear the same under the same ids, and nothing is left out unless they are told so. */
function checkEvents(events: readonly QueueEvent[], all: readonly QueueEvent[]): void {
  const known = new Map(all.map((event) => [event.id, event]));
  let before: number | undefined;
  for (const { id, type, task_id: task } of events) {
    const number = Number(id.split('-')[1]);
    if (type !== 'reset' && before !== undefined) {
      assert.equal(number, before + 1, `${id} ${type} came after ${before}`);
      const same = known.get(id);
      if (same) assert.deepEqual([type, task], [same.type, same.task_id], id);
    }
    before = number;
  }
}
