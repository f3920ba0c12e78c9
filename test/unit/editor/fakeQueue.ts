import { QueueError } from '../../../src/core/errors';
import type { QueueEvent, QueueListener } from '../../../src/core/events';
import {
  type Batch,
  isBatchOver,
  isUnapproved,
  type Page,
  type PresentWorker,
  type Run,
  type Schedule,
  type Session,
  type Stream,
  type Task,
  type Tool,
} from '../../../src/core/model';
import type { BatchFilter, HistoryPage, PageRequest, Queue, TaskFilter } from '../../../src/core/queue';

/** The part of a queue that the Queue and Review views use, with plain arrays. Counts its calls. */
export class FakeQueue {
  sessions: Session[] = [];
  streams: Stream[] = [];
  tasks: Task[] = [];
  schedules: Schedule[] = [];
  batches: Batch[] = [];
  runs: Run[] = [];
  readonly asked: string[] = [];
  private readonly listeners = new Set<QueueListener>();

  /** The views use no other parts of a Queue. */
  asQueue(): Queue {
    return this as unknown as Queue;
  }

  emit(event: Partial<QueueEvent> & Pick<QueueEvent, 'type'>): void {
    for (const listener of this.listeners) listener({ id: '1-1', at: '', ...event });
  }

  subscribe(listener: QueueListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async listSessions(filter: PageRequest & { status?: string }): Promise<Page<Session>> {
    this.asked.push('sessions');
    return pageOf(
      this.sessions.filter(({ status }) => !filter.status || status === filter.status),
      filter,
    );
  }

  async listStreams(filter: PageRequest & { session_id?: string; status?: string }): Promise<Page<Stream>> {
    this.asked.push('streams');
    const fitting = this.streams
      .filter(({ session_id }) => !filter.session_id || session_id === filter.session_id)
      .filter(({ status }) => !filter.status || status === filter.status);
    return pageOf(
      fitting.map((stream) => this.counted(stream)),
      filter,
    );
  }

  async listSchedules(filter: PageRequest): Promise<Page<Schedule>> {
    return pageOf(this.schedules, filter);
  }

  async getStream(id: string): Promise<Stream> {
    this.asked.push(`stream ${id}`);
    const stream = this.streams.find((row) => row.id === id);
    if (!stream) throw new Error(`no stream ${id}`);
    return this.counted(stream);
  }

  async listTasks(filter: TaskFilter): Promise<Page<Task>> {
    this.asked.push(`tasks ${filter.status ?? filter.order}`);
    const fitting = this.tasks
      .filter(({ stream_id }) => !filter.stream || stream_id === filter.stream)
      .filter(({ batch_id }) => !filter.batch_id || batch_id === filter.batch_id)
      .filter(({ batch_id }) => !filter.single || batch_id === null)
      .filter(({ status }) => !filter.status || status === filter.status)
      .filter((task) => !filter.asking || task.question)
      .filter((task) => !filter.unapproved || isUnapproved(task))
      .filter((task) => !filter.unreviewed || (task.finished_at && !task.reviewed_at));
    const ordered =
      filter.order === 'finished'
        ? fitting.sort((a, b) => (b.finished_at ?? '').localeCompare(a.finished_at ?? ''))
        : fitting.sort((a, b) => a.position - b.position);
    return pageOf(ordered, filter);
  }

  async listBatches(filter: BatchFilter): Promise<Page<Batch>> {
    const counted = this.batches.map((batch) => this.countedBatch(batch));
    return pageOf(
      counted.filter((batch) => !filter.open || !isBatchOver(batch)),
      filter,
    );
  }

  async listRuns(): Promise<{ runs: Run[] }> {
    this.asked.push('runs');
    return { runs: this.runs };
  }

  async listStreamWorkers(): Promise<PresentWorker[]> {
    return [];
  }

  async listTools(): Promise<Tool[]> {
    return [];
  }

  async listHistory(): Promise<HistoryPage> {
    return { tasks: [], next_cursor: null };
  }

  async getBatch(id: string): Promise<Batch> {
    this.asked.push(`batch ${id}`);
    const batch = this.batches.find((row) => row.id === id);
    if (!batch) throw new QueueError('not_found', `no batch ${id}`);
    return this.countedBatch(batch);
  }

  private countedBatch(batch: Batch): Batch {
    const own = this.tasks.filter(({ batch_id }) => batch_id === batch.id);
    const count = (status: string) => own.filter((task) => task.status === status).length;
    const [queued, running, succeeded, failed] = ['queued', 'running', 'succeeded', 'failed'].map(count) as [
      number,
      number,
      number,
      number,
    ];
    return { ...batch, counts: { queued, running, succeeded, failed, cancelled: 0 } };
  }

  private counted(stream: Stream): Stream {
    const own = this.tasks.filter(({ stream_id }) => stream_id === stream.id);
    const count = (status: string) => own.filter((task) => task.status === status).length;
    const unreviewed = own.filter((task) => task.finished_at && !task.reviewed_at);
    const counts: Stream['counts'] = {
      queued: count('queued'),
      running: count('running'),
      succeeded: count('succeeded'),
      failed: count('failed'),
      unreviewed: unreviewed.length,
      failed_unreviewed: unreviewed.filter(({ status }) => status === 'failed').length,
      unapproved: own.filter(isUnapproved).length,
      asking: own.filter(({ question }) => question !== null).length,
    };
    return { ...stream, counts };
  }
}

function pageOf<T>(rows: readonly T[], { limit = 100, offset = 0 }: PageRequest): Page<T> {
  return { items: rows.slice(offset, offset + limit), total: rows.length, limit, offset };
}
