/** A queue in memory, with just what the runner uses. */

import { toInstant } from '../../../src/core/clock';
import { QueueError } from '../../../src/core/errors';
import type { EventType, QueueEvent, QueueListener } from '../../../src/core/events';
import { newLease } from '../../../src/core/ids';
import type { Attempt, Claim, Stream, Task, TaskAnswer } from '../../../src/core/model';
import type {
  ClaimNextRequest,
  Completion,
  Failure,
  Heartbeat,
  PageRequest,
  Queue,
} from '../../../src/core/queue';
import { aStream } from '../../support/sampleRows';
import { taskRow } from './rows';

export class FakeQueue {
  readonly tasks = new Map<string, Task>();
  readonly streams = new Map<string, Stream>();
  readonly leases = new Map<string, string>();
  /** On which tasks were claimed, by their ids. */
  readonly hosts = new Map<string, string>();
  readonly beats: Heartbeat[] = [];
  readonly failures: Failure[] = [];
  readonly completions: Completion[] = [];
  /** Thrown by the next complete or fail. */
  refusals: Error[] = [];
  private readonly listeners = new Set<QueueListener>();
  private events = 0;
  private ids = 0;

  /** The same object as the rooms know it. */
  get queue(): Queue {
    return this as unknown as Queue;
  }

  addStream(name: string, more: Partial<Stream> = {}): Stream {
    const at = toInstant(Date.now());
    const stream = aStream({
      id: `str_${(this.streams.size + 1).toString(16).padStart(12, '0')}`,
      name,
      created_at: at,
      updated_at: at,
      ...more,
    });
    this.streams.set(stream.id, stream);
    this.emitStream('stream.created', stream);
    return stream;
  }

  addTask(stream: Stream, payload: unknown, more: Partial<Task> = {}): Task {
    this.ids += 1;
    const task = taskRow(payload, {
      id: `tsk_${this.ids.toString(16).padStart(12, '0')}`,
      stream_id: stream.id,
      status: 'queued',
      attempts: 0,
      supervised: false,
      position: this.ids,
      ...more,
    });
    this.save(task, 'task.created');
    return task;
  }

  subscribe(listener: QueueListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves with the first event from now on that `accept` takes. */
  next(accept: (event: QueueEvent) => boolean): Promise<QueueEvent> {
    return new Promise((resolve) => {
      const unsubscribe = this.subscribe((event) => {
        if (!accept(event)) return;
        unsubscribe();
        resolve(event);
      });
    });
  }

  async registerWorker(): Promise<{ worker_id: string }> {
    return { worker_id: 'wrk_000000000001' };
  }

  async getStream(name: string): Promise<Stream> {
    const stream = [...this.streams.values()].find((each) => each.name === name || each.id === name);
    if (!stream) throw new QueueError('not_found', `Stream not found: ${name}`);
    return stream;
  }

  /** Newest first, as the queue does. */
  async listStreams({ limit = 100, offset = 0 }: PageRequest): Promise<{ items: Stream[]; total: number }> {
    const active = [...this.streams.values()].filter((stream) => stream.status === 'active').reverse();
    return { items: active.slice(offset, offset + Math.min(limit, 1000)), total: active.length };
  }

  async updateStream(name: string, patch: Partial<Stream>): Promise<Stream> {
    const stream = { ...(await this.getStream(name)), ...patch };
    this.streams.set(stream.id, stream);
    this.emitStream(patch.status === 'ended' ? 'stream.ended' : 'stream.updated', stream);
    return stream;
  }

  pauseStream(name: string): Promise<Stream> {
    return this.updateStream(name, { paused: true });
  }

  async getTask(id: string): Promise<Task> {
    const task = this.tasks.get(id);
    if (!task) throw new QueueError('not_found', `Task not found: ${id}`);
    return task;
  }

  async listTasks(filter: { stream?: string; status?: string }): Promise<{ items: Task[]; total: number }> {
    const items = [...this.tasks.values()].filter(
      (task) =>
        (!filter.stream || task.stream_id === filter.stream) &&
        (!filter.status || task.status === filter.status),
    );
    return { items, total: items.length };
  }

  async listAttempts(id: string): Promise<Pick<Attempt, 'number' | 'host_id'>[]> {
    const { attempts: number } = await this.getTask(id);
    return [{ number, host_id: this.hosts.get(id) ?? null }];
  }

  async claimNext(name: string, request: ClaimNextRequest): Promise<Claim | null> {
    const stream = await this.getStream(name);
    for (;;) {
      if (request.signal?.aborted) return null;
      const head = this.headOf(stream.id, request.tools ?? []);
      if (head) return this.claim(head);
      if (!request.wait) return null;
      await Promise.race([
        this.next(() => true),
        new Promise((resolve) => request.signal?.addEventListener('abort', resolve)),
      ]);
    }
  }

  /** Claims a task as a runner does. */
  claim(task: Task): Claim {
    const stream = this.streams.get(task.stream_id);
    if (!stream) throw new Error('no such stream');
    const deadline = toInstant(Date.now() + 2000 * task.timeout);
    const lease = newLease();
    this.leases.set(task.id, lease);
    const claimed = this.save(
      {
        ...task,
        status: 'running',
        attempts: task.attempts + 1,
        supervised: true,
        started_at: toInstant(Date.now()),
        deadline,
      },
      'task.claimed',
    );
    const { id, name, instructions } = stream;
    return {
      task: claimed,
      stream: { id, name, instructions },
      lease,
      lease_until: deadline,
      deadline,
      approved: null,
      resume: null,
      needs: {},
      stand_in: null,
      worktree: 'none',
    };
  }

  async releaseClaim(id: string): Promise<Task> {
    const task = await this.getTask(id);
    return this.save({ ...task, status: 'queued', attempts: task.attempts - 1 }, 'task.updated');
  }

  async heartbeat(id: string, beat: Heartbeat): Promise<void> {
    const task = await this.running(id, beat.lease);
    this.beats.push(beat);
    this.save({ ...task, progress: beat.progress ?? null }, 'task.progress');
  }

  async complete(id: string, completion: Completion): Promise<TaskAnswer> {
    this.refuse();
    const task = await this.running(id, completion.lease);
    this.completions.push(completion);
    return this.save(
      { ...task, status: 'succeeded', result_summary: completion.result_summary },
      'task.succeeded',
    );
  }

  async fail(id: string, failure: Failure): Promise<Task> {
    this.refuse();
    const task = await this.running(id, failure.lease);
    this.failures.push(failure);
    const error = failure.error_type
      ? `${failure.error_type}: ${failure.error_message}`
      : failure.error_message;
    const failure_kind = failure.failure_kind ?? 'error';
    if (failure.retry_after !== undefined || task.attempts < task.max_attempts) {
      return this.save({ ...task, status: 'queued', error }, 'task.updated');
    }
    return this.save({ ...task, status: 'failed', error, failure_kind }, 'task.failed');
  }

  async cancel(id: string): Promise<Task> {
    return this.save({ ...(await this.getTask(id)), cancel_requested: true }, 'task.updated');
  }

  emit(type: EventType, more: Partial<QueueEvent> = {}): void {
    this.events += 1;
    const event: QueueEvent = { id: `1-${this.events}`, type, at: toInstant(Date.now()), ...more };
    for (const listener of [...this.listeners]) listener(event);
  }

  private emitStream(type: EventType, stream: Stream): void {
    this.emit(type, { stream, stream_id: stream.id });
  }

  private headOf(streamId: string, tools: readonly string[]): Task | null {
    if (this.streams.get(streamId)?.paused) return null;
    const queued = [...this.tasks.values()].filter(
      (task) => task.stream_id === streamId && task.status === 'queued' && tools.includes(task.tool_name),
    );
    return queued[0] ?? null;
  }

  private async running(id: string, lease: string | undefined): Promise<Task> {
    const task = await this.getTask(id);
    if (task.status !== 'running') throw new QueueError('wrong_state', `${id} is ${task.status}`);
    if (lease && lease !== this.leases.get(id))
      throw new QueueError('lease_superseded', `${id} is another's`);
    return task;
  }

  private refuse(): void {
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
  }

  private save(task: Task, type: EventType): Task {
    this.tasks.set(task.id, task);
    this.emit(type, { task, task_id: task.id, stream_id: task.stream_id });
    return task;
  }
}
