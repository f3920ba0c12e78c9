/** Random operations on a queue, and a model that knows what comes of each. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fixedConfig } from '../../../src/core/config';
import { type ErrorCode, QueueError } from '../../../src/core/errors';
import type { Task, TaskStatus } from '../../../src/core/model';
import { presentTask } from '../../../src/core/refusals';
import type { LocalQueue, LocalQueueOptions } from '../../../src/store/localQueue';
import { withFolder } from '../folders';
import { configWith, openLocalQueue } from '../localQueue';

/** What a task is to the model. */
interface Known {
  id: string;
  stream: string;
  status: TaskStatus;
  /** Undefined unless it runs. */
  lease?: string;
  parked: boolean;
  attempts: number;
  failures: number;
  maxAttempts: number;
  /** Ids it waits for; they fail it. */
  after: string[];
  /** Whether one of those has failed it. */
  failedByOther: boolean;
  reviewed: boolean;
}

interface Step {
  kind: (typeof kinds)[number];
  /** Pick the stream, the task, another task. */
  stream: number;
  task: number;
  other: number;
}

const kinds = [
  'enqueue',
  'enqueue',
  'enqueue',
  'enqueueAfter',
  'claimNext',
  'claimNext',
  'claimNext',
  'claimTask',
  'complete',
  'complete',
  'fail',
  'fail',
  'cancel',
  'requeue',
  'park',
  'unpark',
  'move',
  'pause',
  'resume',
  'review',
  'delete',
  'undelete',
  'release',
  'burst',
  'restart',
] as const;

/** Tasks of the first are moved, those of the second are tried again; both at once have no order that a model knows better. */
const streams = ['moving', 'retrying'];

class Model {
  readonly tasks = new Map<string, Known>();
  /** Queued and running tasks in their order. */
  readonly lanes = new Map<string, string[]>(streams.map((name) => [name, []]));
  readonly paused = new Set<string>();
  /** The latest copy of each task that was requeued. */
  readonly copies = new Map<string, string>();
  queue!: LocalQueue;

  constructor(
    private readonly folder: string,
    private readonly options: Partial<LocalQueueOptions>,
  ) {}

  async open(): Promise<void> {
    const config = fixedConfig(configWith({ backoff_ms: 0, backoff_max_ms: 0 }));
    this.queue = await openLocalQueue(this.folder, { ...this.options, config });
  }

  async begin(): Promise<void> {
    await this.open();
    await this.queue.createSession({ name: 'work' });
    for (const name of streams) await this.queue.createStream({ session: 'work', name });
  }

  async step({ kind, stream: streamNumber, task: taskNumber, other }: Step): Promise<void> {
    const stream = streams[streamNumber % streams.length] ?? '';
    const all = [...this.tasks.values()];
    const task = all[taskNumber % Math.max(1, all.length)];
    switch (kind) {
      case 'enqueue':
        return this.enqueue(stream, []);
      case 'enqueueAfter':
        return this.enqueue(stream, task ? [task.id] : []);
      case 'claimNext':
        return this.claimNext(stream);
      case 'pause':
        await this.queue.pauseStream(stream);
        this.paused.add(stream);
        return;
      case 'resume':
        await this.queue.resumeStream(stream);
        this.paused.delete(stream);
        return;
      case 'burst':
        return this.burst(stream, 1 + (other % 5));
      case 'restart':
        await this.queue.close();
        await this.open();
        return this.compare();
    }
    if (task) await this.onTask(kind, task, all[other % all.length]);
  }

  /** Everything the queue says is what the model knows. */
  async compare(): Promise<void> {
    for (const stream of streams) {
      const { items } = await this.queue.listTasks({ stream, order: 'position', limit: 1000 });
      const live = items.filter(({ finished_at: finished }) => finished === null).map(({ id }) => id);
      assert.deepEqual(live, this.lanes.get(stream));
      const known = [...this.tasks.values()].filter((task) => task.stream === stream);
      assert.equal(items.length, known.length);
      for (const item of items) this.compareTask(item);
      const count = (status: TaskStatus) => known.filter((task) => task.status === status).length;
      const unreviewed = known.filter((task) => isFinished(task) && !task.reviewed);
      assert.deepEqual((await this.queue.getStream(stream)).counts, {
        queued: count('queued'),
        running: count('running'),
        succeeded: count('succeeded'),
        failed: count('failed'),
        unreviewed: unreviewed.length,
        failed_unreviewed: unreviewed.filter(({ status }) => status === 'failed').length,
        unapproved: 0,
        asking: 0,
      });
    }
  }

  private compareTask(item: Task): void {
    const known = this.tasks.get(item.id);
    assert.ok(known, item.id);
    assert.deepEqual(
      [item.status, item.attempts, item.failures, item.parked, item.reviewed_at !== null],
      [known.status, known.attempts, known.failures, known.parked, known.reviewed],
      item.id,
    );
  }

  private async enqueue(stream: string, after: string[]): Promise<void> {
    const maxAttempts = stream === 'retrying' ? 3 : 1;
    const { task } = await this.queue.enqueue({
      stream,
      tool_name: 'run-bash',
      max_attempts: maxAttempts,
      after,
    });
    this.add(presentTask(task), stream, maxAttempts, after);
  }

  private add(task: Task, stream: string, maxAttempts: number, after: string[]): void {
    const known: Known = {
      id: task.id,
      stream,
      status: 'queued',
      parked: false,
      attempts: 0,
      failures: 0,
      maxAttempts,
      after,
      failedByOther: false,
      reviewed: false,
    };
    this.tasks.set(task.id, known);
    this.lane(stream).push(task.id);
    if (after.some((id) => this.tasks.get(id)?.status === 'failed')) this.failByOther(known);
    assert.equal(task.status, known.status);
  }

  private async claimNext(stream: string): Promise<void> {
    const expected = this.paused.has(stream)
      ? undefined
      : this.lane(stream).find((id) => this.isReady(this.task(id)));
    const claim = await this.queue.claimNext(stream);
    assert.equal(claim?.task.id, expected);
    if (claim) this.start(this.task(claim.task.id), claim.lease);
  }

  /** Several claimers at once get the first ready tasks, each one. */
  private async burst(stream: string, count: number): Promise<void> {
    const ready = this.lane(stream).filter((id) => this.isReady(this.task(id)));
    const expected = this.paused.has(stream) ? [] : ready.slice(0, count);
    const claims = await Promise.all(Array.from({ length: count }, () => this.queue.claimNext(stream)));
    const got = claims.flatMap((claim) => claim ?? []);
    assert.deepEqual(
      got.map((claim) => claim.task.id),
      expected,
    );
    for (const claim of got) this.start(this.task(claim.task.id), claim.lease);
  }

  private async onTask(kind: Step['kind'], task: Known, other: Known | undefined): Promise<void> {
    const { queue } = this;
    const { id, status, lease } = task;
    const running = status === 'running';
    const queued = status === 'queued';
    switch (kind) {
      case 'claimTask':
        if (!queued) return refused(queue.claimTask(id), 'already_claimed');
        if (!this.isReady(task)) return refused(queue.claimTask(id), 'not_ready');
        this.start(task, (await queue.claimTask(id)).lease);
        return;
      case 'complete':
        if (!running) return refused(queue.complete(id, { result_summary: 'ok' }), 'wrong_state');
        await queue.complete(id, { result_summary: 'ok', lease });
        return this.end(task, 'succeeded');
      case 'fail':
        if (isFinished(task)) return refused(queue.fail(id, { error_message: 'no' }), 'wrong_state');
        await queue.fail(id, { error_message: 'no', lease });
        if (queued) return this.end(task, 'failed');
        task.failures += 1;
        if (task.failures < task.maxAttempts) Object.assign(task, { status: 'queued', lease: undefined });
        else this.end(task, 'failed');
        return;
      case 'cancel':
        if (!queued) return;
        await queue.cancel(id);
        task.reviewed = true;
        return this.end(task, 'failed');
      case 'requeue': {
        if (!isFinished(task)) return refused(queue.requeue(id), 'wrong_state');
        const copy = presentTask(await queue.requeue(id));
        this.add(copy, task.stream, task.maxAttempts, task.failedByOther ? this.openCopies(task.after) : []);
        this.copies.set(id, copy.id);
        return;
      }
      case 'park':
      case 'unpark': {
        const call = kind === 'park' ? queue.parkTask(id) : queue.unparkTask(id);
        if (!queued) return refused(call, 'wrong_state');
        await call;
        task.parked = kind === 'park';
        return;
      }
      case 'review':
        if (!isFinished(task)) return refused(queue.reviewTask(id, { accepted: true }), 'wrong_state');
        await queue.reviewTask(id, { accepted: true });
        task.reviewed = true;
        return;
      case 'delete':
        return this.delete(task);
      case 'undelete':
        if (running || this.isNeeded(task)) return;
        await queue.deleteTask(id);
        await queue.undeleteTask(id);
        return;
      case 'release':
        if (!running || task.stream !== 'retrying') return;
        await queue.releaseClaim(id, lease ?? '');
        Object.assign(task, { status: 'queued', lease: undefined, attempts: task.attempts - 1 });
        return;
      case 'move':
        return this.move(task, other);
    }
  }

  private isNeeded(task: Known): boolean {
    return [...this.tasks.values()].some(
      ({ status, after }) => status === 'queued' && after.includes(task.id) && !isFinished(task),
    );
  }

  private async delete(task: Known): Promise<void> {
    if (task.status === 'running' || this.isNeeded(task))
      return refused(this.queue.deleteTask(task.id), 'wrong_state');
    await this.queue.deleteTask(task.id);
    this.leaveLane(task);
    this.tasks.delete(task.id);
  }

  private async move(task: Known, other: Known | undefined): Promise<void> {
    if (task.stream !== 'moving' || task.status !== 'queued') return;
    const lane = this.lane(task.stream);
    const beside = other && other !== task && other.stream === task.stream && other.status === 'queued';
    if (!beside) {
      await this.queue.moveTask(task.id, { to: 'back' });
      this.leaveLane(task);
      lane.push(task.id);
      return;
    }
    await this.queue.moveTask(task.id, { before: other.id });
    this.leaveLane(task);
    lane.splice(lane.indexOf(other.id), 0, task.id);
    // A running task has no neighbours: where it stands among queued ones is not to be relied on.
    await this.settleRunning();
  }

  /** Completes what runs in the lane where tasks are moved. */
  private async settleRunning(): Promise<void> {
    for (const id of [...this.lane('moving')]) {
      const task = this.task(id);
      if (task.status === 'running') await this.onTask('complete', task, undefined);
    }
  }

  private isReady(task: Known): boolean {
    const open = task.after.some((id) => this.tasks.has(id) && this.tasks.get(id)?.status !== 'succeeded');
    return task.status === 'queued' && !task.parked && !open;
  }

  private start(task: Known, lease: string): void {
    Object.assign(task, { status: 'running', lease, attempts: task.attempts + 1 });
  }

  private end(task: Known, status: 'succeeded' | 'failed'): void {
    task.status = status;
    task.lease = undefined;
    this.leaveLane(task);
    if (status === 'succeeded') return;
    for (const waiting of [...this.tasks.values()]) {
      if (waiting.status === 'queued' && waiting.after.includes(task.id)) this.failByOther(waiting);
    }
  }

  private failByOther(task: Known): void {
    task.failedByOther = true;
    this.end(task, 'failed');
  }

  /** What the copy of a task that others have failed waits for. */
  private openCopies(ids: readonly string[]): string[] {
    const copies = ids.flatMap((id) => this.tasks.get(this.copies.get(id) ?? '') ?? []);
    return copies.filter((copy) => !isFinished(copy)).map(({ id }) => id);
  }

  private leaveLane({ id, stream }: Known): void {
    const lane = this.lane(stream);
    if (lane.includes(id)) lane.splice(lane.indexOf(id), 1);
  }

  private lane(stream: string): string[] {
    return this.lanes.get(stream) ?? assert.fail(stream);
  }

  private task(id: string): Known {
    return this.tasks.get(id) ?? assert.fail(id);
  }
}

function isFinished({ status }: Known): boolean {
  return status === 'succeeded' || status === 'failed';
}

async function refused(call: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(call, (error) => QueueError.is(error, code));
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...kinds),
  stream: fc.nat(1),
  task: fc.nat(1000),
  other: fc.nat(1000),
});

export interface ModelRuns {
  runs: number;
  /** Operations of each. */
  length: number;
  seed?: number;
}

/** @param optionsOf of each queue: where its database is */
export function compareWithModel(
  { runs, length, ...seed }: ModelRuns,
  optionsOf: () => Partial<LocalQueueOptions> = () => ({}),
): Promise<void> {
  const steps = fc.array(step, { minLength: length, maxLength: length, size: 'max' });
  return fc.assert(
    fc.asyncProperty(steps, (all) =>
      withFolder(async (folder) => {
        const model = new Model(folder, optionsOf());
        await model.begin();
        try {
          for (const one of all) await model.step(one);
          await model.compare();
        } finally {
          await model.queue.close();
        }
      }),
    ),
    { numRuns: runs, endOnFailure: true, ...seed },
  );
}
