import assert from 'node:assert/strict';
import { toInstant } from '../../../../../src/core/clock';
import { QueueError } from '../../../../../src/core/errors';
import type { QueueEvent } from '../../../../../src/core/events';
import type { Task } from '../../../../../src/core/model';
import { QueueModel } from '../../../../../src/editor/views/queue/queueModel';
import type {
  BatchNode,
  DoneNode,
  MoreNode,
  QueueNode,
  StreamNode,
} from '../../../../../src/editor/views/queue/queueNodes';
import { aBatch, aSchedule, aSession, aStream, aTask } from '../../../../support/sampleRows';
import { FakeQueue } from '../../fakeQueue';

const instant = (second: number) =>
  new Date(Date.UTC(2026, 0, 31, 8, 0, second)).toISOString().replace('Z', '000Z');
const id = (number: number) => `tsk_${number.toString(16).padStart(12, '0')}`;

function queued(count: number): Task[] {
  return Array.from({ length: count }, (_, index) => aTask({ id: id(index + 1), position: index + 1 }));
}

/** A model of a queue with one session and one stream, and what it repaints. */
class Bench {
  readonly queue = new FakeQueue();
  private heard: (readonly QueueNode[] | undefined)[] = [];
  private waiting: (() => void) | undefined;
  readonly model = new QueueModel(
    this.queue.asQueue(),
    (nodes) => {
      this.heard.push(nodes);
      this.waiting?.();
    },
    (error) => this.onError(error),
    () => this.visible,
  );
  visible = true;

  constructor(
    tasks: Task[],
    private readonly onError = (error: unknown): unknown => assert.fail(String(error)),
  ) {
    this.queue.sessions = [aSession()];
    this.queue.streams = [aStream()];
    this.queue.tasks = tasks;
  }

  async stream(): Promise<StreamNode> {
    const [session] = await this.model.children();
    const [stream] = await this.model.children(session);
    assert.equal(stream?.kind, 'stream');
    return stream as StreamNode;
  }

  /** Reads all rows, as an expanded tree does. */
  async all(node?: QueueNode): Promise<QueueNode[]> {
    const rows = await this.model.children(node);
    const below = await Promise.all(rows.map((row) => this.all(row)));
    return rows.flatMap((row, index) => [row, ...(below[index] ?? [])]);
  }

  /** The rows of the next repaint. */
  async repaint(): Promise<readonly QueueNode[] | undefined> {
    if (this.heard.length === 0) await new Promise<void>((resolve) => (this.waiting = resolve));
    this.waiting = undefined;
    return this.heard.shift();
  }

  /** Resolves when the queue is asked this next. */
  asked(question: string): Promise<void> {
    return new Promise((resolve) => {
      const { asked } = this.queue;
      const push = asked.push.bind(asked);
      asked.push = (...questions) => {
        if (questions.includes(question)) resolve();
        return push(...questions);
      };
    });
  }

  /** Sends an event about a task as it is now. */
  emit(type: QueueEvent['type'], number: number): void {
    const task = this.queue.tasks.find((row) => row.id === id(number))!;
    this.queue.emit({ type, task, task_id: task.id, stream_id: task.stream_id });
  }

  /** Adds a task to the end of the stream. */
  enqueue(number: number): void {
    this.queue.tasks.push(aTask({ id: id(number), position: number }));
    this.emit('task.created', number);
  }

  /** Reads a list, and adds a second task before the answer. */
  async changeDuringReadingOf(list: StreamNode): Promise<{ first: Promise<QueueNode[]>; letGo: () => void }> {
    const gate = this.holdTasks();
    const first = this.model.children(list);
    await gate.reached;
    this.enqueue(2);
    return { first, letGo: gate.open };
  }

  /** Holds back the answers to the next questions about tasks, as of when they were asked. */
  holdTasks(): { reached: Promise<void>; open: () => void } {
    const { listTasks } = this.queue;
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    let reach = (): void => {};
    const reached = new Promise<void>((resolve) => (reach = resolve));
    this.queue.listTasks = async (filter) => {
      const answer = await listTasks.call(this.queue, filter);
      reach();
      await opened;
      return answer;
    };
    return {
      reached,
      open: () => {
        this.queue.listTasks = listTasks;
        open();
      },
    };
  }

  change(taskId: string, part: Partial<Task>): Task {
    const index = this.queue.tasks.findIndex((task) => task.id === taskId);
    const task = { ...this.queue.tasks[index]!, updated_at: instant(30), ...part };
    this.queue.tasks[index] = task;
    return task;
  }
}

describe('the rows of the Queue view', () => {
  let bench: Bench;
  afterEach(() => bench.model.dispose());

  it('are sessions, their streams, and running before queued tasks', async () => {
    const tasks = queued(3);
    tasks[2] = aTask({ id: id(3), position: 3, status: 'running' });
    bench = new Bench(tasks);
    const rows = await bench.all();
    assert.deepEqual(
      rows.map((row) => row.id),
      ['ses_000000000001', 'str_000000000001', id(3), id(1), id(2)].map(
        (last, index) =>
          ['', 'ses_000000000001/', ...Array(3).fill('ses_000000000001/str_000000000001/')][index] + last,
      ),
    );
    const stream = await bench.stream();
    assert.equal(rows[2]?.parent, stream);
    assert.equal(stream.parent.streams, 1);
    assert.equal(stream.stream.counts.queued, 2);
  });

  it('group finished tasks, the last finished first', async () => {
    bench = new Bench([
      aTask({ id: id(1), status: 'succeeded', finished_at: instant(1) }),
      aTask({ id: id(2), status: 'failed', finished_at: instant(2) }),
    ]);
    const rows = await bench.model.children(await bench.stream());
    assert.deepEqual(
      rows.map(({ kind }) => kind),
      ['done'],
    );
    const [day] = await bench.model.children(rows[0]);
    const done = await bench.model.children(day);
    assert.deepEqual(
      done.map((row) => row.kind === 'task' && row.taskId),
      [id(2), id(1)],
    );
  });

  describe('of finished tasks', () => {
    /** A task that finished in that minute of a day's noon, in local time. */
    const finishedOn = (number: number, date: number, minute: number) =>
      aTask({
        id: id(number),
        status: 'succeeded',
        finished_at: toInstant(new Date(2026, 0, date, 12, minute).getTime()),
      });
    const days = (rows: readonly QueueNode[]) =>
      rows.map((row) =>
        row.kind === 'day'
          ? [row.day, row.children.length, row.partial]
          : row.kind === 'more' && `${row.hidden} more`,
      );

    async function done(): Promise<DoneNode> {
      const [row] = await bench.model.children(await bench.stream());
      assert.equal(row?.kind, 'done');
      return row as DoneNode;
    }

    it('are grouped by day, as far as they are shown', async () => {
      const tasks = Array.from({ length: 10_000 }, (_, at) =>
        finishedOn(at + 1, 31 - Math.floor(at / 40), at % 40),
      );
      bench = new Bench(tasks);
      const list = await done();
      const rows = await bench.model.children(list);
      assert.deepEqual(days(rows), [['2026-01-31', 40, false], ['2026-01-30', 10, true], '9950 more']);
      bench.model.showMore(rows.at(-1)?.id ?? '');
      assert.deepEqual(await bench.repaint(), [list]);
      const next = await bench.model.children(list);
      assert.deepEqual(days(next), [
        ['2026-01-31', 40, false],
        ['2026-01-30', 40, false],
        ['2026-01-29', 20, true],
        '9900 more',
      ]);
      assert.equal(next[1], rows[1], 'one object as long as the row exists');
      assert.equal((await bench.all(list)).length, 3 + 100 + 1);
    });

    it('repaint one that changes, and the list when one comes or goes', async () => {
      bench = new Bench([finishedOn(1, 30, 1), finishedOn(2, 31, 2), ...queued(3).slice(2)]);
      const [, list] = await bench.model.children(await bench.stream());
      assert.equal(list?.kind, 'done');
      const [, row] = await bench.all(list);
      bench.change(id(2), { label: 'changed' });
      bench.emit('task.updated', 2);
      assert.deepEqual(await bench.repaint(), [row]);
      bench.change(id(3), { status: 'succeeded', finished_at: finishedOn(3, 31, 3).finished_at });
      bench.emit('task.succeeded', 3);
      await bench.repaint();
      assert.deepEqual(days(await bench.model.children(list)), [
        ['2026-01-31', 2, false],
        ['2026-01-30', 1, false],
      ]);
      const [gone] = bench.queue.tasks.splice(0, 1);
      bench.queue.emit({ type: 'task.deleted', task_id: id(1), stream_id: gone?.stream_id });
      await bench.repaint();
      assert.deepEqual(days(await bench.model.children(list)), [['2026-01-31', 2, false]]);
      assert.deepEqual(
        bench.model.agingRows().flatMap((row) => (row.kind === 'task' ? row.taskId : [])),
        [id(2), id(3)],
        'no row of what is gone is kept',
      );
    });
  });

  it('show 50 of many tasks, and 50 more on demand', async () => {
    bench = new Bench(queued(120));
    const stream = await bench.stream();
    const rows = await bench.model.children(stream);
    assert.equal(rows.length, 51);
    const more = rows.at(-1) as MoreNode;
    assert.equal(more.kind, 'more');
    assert.equal(more.hidden, 70);
    bench.model.showMore(more.id);
    assert.deepEqual(await bench.repaint(), [stream]);
    const next = await bench.model.children(stream);
    assert.equal(next.length, 101);
    assert.equal(next[0], rows[0]);
  });

  describe('of a batch', () => {
    const { id: batch_id } = aBatch();
    const member = (number: number, part: Partial<Task> = {}) =>
      aTask({ id: id(number), position: number, batch_id, ...part });

    /** A stream with a batch of so many queued tasks, the first of which runs, behind a task of no batch. */
    async function withBatch(count: number): Promise<{ stream: StreamNode; batch: BatchNode }> {
      const tasks = Array.from({ length: count }, (_, at) => member(at + 2));
      const done = aTask({ id: id(count + 2), status: 'succeeded', finished_at: instant(1) });
      bench = new Bench([...queued(1), ...tasks, done]);
      bench.queue.batches = [aBatch()];
      bench.change(id(2), { status: 'running' });
      const stream = await bench.stream();
      const rows = await bench.model.children(stream);
      assert.deepEqual(
        rows.map(({ kind }) => kind),
        ['batch', 'task', 'done'],
      );
      return { stream, batch: rows[0] as BatchNode };
    }

    it('are one row with counts, and its tasks below it', async () => {
      const { stream, batch } = await withBatch(120);
      assert.deepEqual([batch.batch.counts.queued, batch.batch.counts.running], [119, 1]);
      assert.equal(stream.stream.counts.queued, 120);
      const rows = await bench.model.children(batch);
      assert.equal(rows.length, 52);
      assert.deepEqual([rows[0]?.kind === 'task' && rows[0].taskId, rows[0]?.parent], [id(2), batch]);
      const more = rows.at(-1) as MoreNode;
      assert.equal(more.hidden, 69);
      bench.model.showMore(more.id);
      assert.deepEqual(await bench.repaint(), [batch]);
      assert.equal((await bench.model.children(batch)).length, 102);
    });

    it('change with its tasks, without reading those of the stream', async () => {
      const { batch, stream } = await withBatch(10_000);
      const { asked } = bench.queue;
      const before = asked.length;
      bench.change(id(2), { status: 'succeeded', finished_at: instant(9) });
      bench.emit('task.succeeded', 2);
      bench.change(id(3), { status: 'running' });
      bench.emit('task.claimed', 3);
      const changed = await bench.repaint();
      assert.deepEqual(new Set(changed), new Set([stream]));
      assert.deepEqual(batch.batch.counts, { ...aBatch().counts, queued: 9998, running: 1, succeeded: 1 });
      assert.deepEqual(
        asked.slice(before).filter((question) => question.startsWith('tasks')),
        [],
      );
    });

    it('appear with the first task, and go with the last, unless tasks failed that nobody has reviewed', async () => {
      bench = new Bench(queued(1));
      const stream = await bench.stream();
      await bench.model.children(stream);
      bench.queue.batches = [aBatch()];
      bench.queue.tasks.push(member(2), member(3));
      bench.emit('task.created', 2);
      bench.emit('task.created', 3);
      await bench.repaint();
      const kinds = async () => (await bench.model.children(stream)).map(({ kind }) => kind);
      assert.deepEqual(await kinds(), ['batch', 'task']);
      bench.change(id(2), { status: 'failed', finished_at: instant(8) });
      bench.emit('task.failed', 2);
      bench.change(id(3), { status: 'succeeded', finished_at: instant(9) });
      bench.emit('task.succeeded', 3);
      await bench.repaint();
      assert.deepEqual(await kinds(), ['batch', 'task', 'done']);
      bench.change(id(2), { reviewed_at: instant(10) });
      bench.emit('task.updated', 2);
      await bench.repaint();
      assert.deepEqual(await kinds(), ['task', 'done']);
    });

    it('are none where the owner is older', async () => {
      bench = new Bench(queued(2));
      bench.queue.listBatches = async () => {
        throw new QueueError('not_found', 'No route');
      };
      const rows = await bench.model.children(await bench.stream());
      assert.equal(rows.length, 2);
    });
  });

  it('read 50 of 10,000 tasks, not all', async () => {
    bench = new Bench(queued(10_000));
    const rows = await bench.all();
    assert.equal(rows.length, 53);
  });

  it('are not read again while nothing changes', async () => {
    bench = new Bench(queued(3));
    const first = await bench.all();
    const asked = bench.queue.asked.length;
    assert.deepEqual(await bench.all(), first);
    assert.equal(bench.queue.asked.length, asked);
  });

  it('repaint only the row of a task that reports progress', async () => {
    bench = new Bench([aTask({ id: id(1), status: 'running' })]);
    const [row] = await bench.model.children(await bench.stream());
    const task = bench.change(id(1), { progress: 50 });
    const asked = bench.queue.asked.length;
    bench.queue.emit({ type: 'task.progress', task, task_id: task.id, stream_id: task.stream_id });
    assert.deepEqual(await bench.repaint(), [row]);
    assert.equal(row?.kind === 'task' && row.task.progress, 50);
    assert.deepEqual(bench.queue.asked.slice(asked), ['stream str_000000000001']);
  });

  it('repaint once for a burst of changes', async () => {
    bench = new Bench(queued(3));
    const stream = await bench.stream();
    const rows = await bench.model.children(stream);
    for (const row of rows) {
      assert.equal(row.kind, 'task');
      if (row.kind !== 'task') continue;
      const task = bench.change(row.taskId, { label: 'changed' });
      bench.queue.emit({ type: 'task.updated', task, task_id: task.id, stream_id: task.stream_id });
    }
    assert.deepEqual(await bench.repaint(), rows);
  });

  it('are not repainted for a change that they already show', async () => {
    bench = new Bench(queued(2));
    const stream = await bench.stream();
    const [first] = await bench.model.children(stream);
    bench.emit('task.created', 2);
    await bench.asked(`stream ${stream.streamId}`);
    const task = bench.change(id(1), { label: 'changed' });
    bench.queue.emit({ type: 'task.updated', task, task_id: task.id, stream_id: task.stream_id });
    assert.deepEqual(await bench.repaint(), [first]);
  });

  it('are read again where the stream or the configuration changes what blocks them', async () => {
    const bench = new Bench(queued(2));
    const stream = await bench.stream();
    await bench.model.children(stream);
    const blocked = { code: 'blocked', values: { task: id(1), tool: 'llm-sonnet' } } as const;
    bench.queue.tasks = queued(2).map((task, at) => (at === 1 ? { ...task, waiting_reason: blocked } : task));
    bench.queue.emit({ type: 'stream.updated', stream: stream.stream, stream_id: stream.streamId });
    const [row] = (await bench.repaint()) ?? [];
    assert.deepEqual(row?.kind === 'task' && row.task.waiting_reason, blocked);
    bench.queue.tasks = queued(2);
    bench.queue.emit({ type: 'config.reloaded' });
    assert.equal(await bench.repaint(), undefined);
    const rows = await bench.model.children(stream);
    assert.deepEqual(
      rows.map((one) => one.kind === 'task' && one.task.waiting_reason),
      [null, null],
    );
  });

  it('are repainted one by one if their list still has the same rows', async () => {
    bench = new Bench(queued(2));
    const stream = await bench.stream();
    const [, second] = await bench.model.children(stream);
    const moved = bench.change(id(1), {});
    bench.change(id(2), { waiting: 'A task before it' });
    bench.queue.emit({ type: 'task.moved', task: moved, task_id: moved.id, stream_id: moved.stream_id });
    const repainted = await bench.repaint();
    assert.equal(repainted?.includes(stream), false);
    assert.equal(repainted?.includes(second as QueueNode), true);
  });

  it('are read before they are repainted while the view is visible', async () => {
    for (const visible of [true, false]) {
      bench = new Bench(queued(1));
      bench.visible = visible;
      const stream = await bench.stream();
      await bench.model.children(stream);
      bench.enqueue(2);
      assert.deepEqual(await bench.repaint(), [stream]);
      const asked = bench.queue.asked.length;
      assert.equal((await bench.model.children(stream)).length, 2);
      assert.equal(bench.queue.asked.length > asked, !visible);
      bench.model.dispose();
    }
  });

  it('know which of them exist', async () => {
    bench = new Bench(queued(1));
    const rows = await bench.all();
    assert.deepEqual(
      rows.map((row) => bench.model.has(row)),
      [true, true, true],
    );
    const task = bench.change(id(1), { status: 'succeeded', finished_at: instant(9) });
    bench.queue.emit({ type: 'task.succeeded', task, task_id: task.id, stream_id: task.stream_id });
    await bench.repaint();
    assert.deepEqual(
      rows.map((row) => bench.model.has(row)),
      [true, true, false],
    );
  });

  it('keep their objects when a task ends, and move it to the finished tasks', async () => {
    bench = new Bench(queued(2));
    const stream = await bench.stream();
    const [, second] = await bench.model.children(stream);
    const task = bench.change(id(1), { status: 'succeeded', finished_at: instant(9) });
    bench.queue.emit({ type: 'task.succeeded', task, task_id: task.id, stream_id: task.stream_id });
    const repainted = await bench.repaint();
    assert.deepEqual(repainted, [stream]);
    const rows = await bench.model.children(stream);
    assert.equal(rows[0], second);
    assert.equal(rows[1]?.kind, 'done');
    const [day] = await bench.model.children(rows[1]);
    const done = await bench.model.children(day);
    assert.deepEqual(
      done.map((row) => row.kind === 'task' && row.taskId),
      [id(1)],
    );
  });

  it('move a task from one stream to another', async () => {
    bench = new Bench(queued(1));
    bench.queue.streams.push(aStream({ id: 'str_000000000002', name: 'other' }));
    const [session] = await bench.model.children();
    const [from, to] = await bench.model.children(session);
    await bench.all();
    const task = bench.change(id(1), { stream_id: 'str_000000000002' });
    bench.queue.emit({ type: 'task.moved', task, task_id: task.id, stream_id: task.stream_id });
    await bench.repaint();
    assert.deepEqual(await bench.model.children(from), []);
    const rows = await bench.model.children(to);
    assert.equal(rows[0]?.kind === 'task' && rows[0].taskId, id(1));
  });

  it('never show an older state than that of an event', async () => {
    bench = new Bench([aTask({ id: id(1), status: 'running' })]);
    const stream = await bench.stream();
    await bench.model.children(stream);
    const old = bench.queue.tasks[0]!;
    const task = { ...old, progress: 70, updated_at: instant(40) };
    bench.queue.emit({ type: 'task.progress', task, task_id: task.id, stream_id: task.stream_id });
    await bench.repaint();
    stream.stale = true;
    const [row] = await bench.model.children(stream);
    assert.equal(row?.kind === 'task' && row.task.progress, 70);
  });

  it('include a new stream and a new session', async () => {
    bench = new Bench([]);
    const [session] = await bench.model.children();
    await bench.model.children(session);
    const stream = aStream({ id: 'str_000000000002', name: 'new' });
    bench.queue.streams.push(stream);
    bench.queue.emit({ type: 'stream.created', stream, stream_id: stream.id, session_id: stream.session_id });
    assert.equal(await bench.repaint(), undefined);
    assert.equal((await bench.model.children(session)).length, 2);
    bench.queue.sessions.push(aSession({ id: 'ses_000000000002', name: 'next' }));
    bench.queue.emit({ type: 'session.created', session_id: 'ses_000000000002' });
    assert.equal(await bench.repaint(), undefined);
    const roots = await bench.model.children();
    assert.equal(roots.length, 2);
    assert.equal(roots[0], session);
  });

  it('group ended sessions below the others', async () => {
    bench = new Bench([]);
    bench.queue.sessions.push(aSession({ id: 'ses_000000000002', name: 'past', status: 'ended' }));
    const roots = await bench.model.children();
    assert.deepEqual(
      roots.map(({ kind }) => kind),
      ['session', 'ended'],
    );
    const ended = await bench.model.children(roots[1]);
    assert.deepEqual(
      ended.map((row) => row.kind === 'session' && row.session.name),
      ['past'],
    );
    assert.equal(ended[0]?.parent, roots[1]);
  });

  it('are read again after a reset', async () => {
    bench = new Bench(queued(1));
    await bench.all();
    bench.queue.tasks = queued(4);
    bench.queue.emit({ type: 'reset' });
    assert.equal(await bench.repaint(), undefined);
    assert.equal((await bench.all()).filter(({ kind }) => kind === 'task').length, 4);
  });

  it('are repainted after a reset, though they are the same', async () => {
    bench = new Bench(queued(2));
    const stream = await bench.stream();
    await bench.model.children(stream);
    const { listTasks } = bench.queue;
    bench.queue.listTasks = () => Promise.reject(new Error('not now'));
    bench.emit('task.moved', 1);
    assert.deepEqual(await bench.repaint(), [stream]);
    await assert.rejects(bench.model.children(stream), /not now/);
    bench.queue.listTasks = listTasks;
    bench.emit('task.moved', 1);
    assert.deepEqual(await bench.repaint(), [stream]);
  });

  it('are repainted even if their counts cannot be read', async () => {
    const failed: unknown[] = [];
    bench = new Bench(queued(1), (error) => failed.push(error));
    const stream = await bench.stream();
    await bench.model.children(stream);
    bench.queue.getStream = () => Promise.reject(new Error('not now'));
    bench.enqueue(2);
    assert.deepEqual(await bench.repaint(), [stream]);
    assert.match(String(failed), /not now/);
  });

  it('are read again for events during the first read', async () => {
    bench = new Bench(queued(1));
    const stream = await bench.stream();
    const { first, letGo } = await bench.changeDuringReadingOf(stream);
    letGo();
    assert.equal((await first).length, 1);
    assert.deepEqual(await bench.repaint(), [stream]);
    assert.equal((await bench.model.children(stream)).length, 2);
  });

  it('are those of the later of two reads, whichever is answered first', async () => {
    bench = new Bench(queued(1));
    const stream = await bench.stream();
    const { first, letGo } = await bench.changeDuringReadingOf(stream);
    const second = bench.model.children(stream);
    letGo();
    assert.equal((await second).length, 2);
    assert.equal((await first).length, 1);
    assert.equal((await bench.model.children(stream)).length, 2);
  });

  it('report a failed read, and read again next time', async () => {
    bench = new Bench(queued(1));
    const stream = await bench.stream();
    const { listTasks } = bench.queue;
    bench.queue.listTasks = () => Promise.reject(new Error('not now'));
    await assert.rejects(bench.model.children(stream), /not now/);
    bench.queue.listTasks = listTasks;
    assert.equal((await bench.model.children(stream)).length, 1);
  });
});

describe('The schedules of the Queue view', () => {
  it('are below the sessions while there are any, and say what changes of them and of their streams', async () => {
    const bench = new Bench([]);
    assert.deepEqual(
      (await bench.model.children()).map(({ kind }) => kind),
      ['session'],
    );
    bench.queue.schedules = [aSchedule()];
    bench.queue.emit({ type: 'schedule.created', stream_id: aStream().id, schedule: aSchedule() });
    assert.equal(await bench.repaint(), undefined, 'all');
    const [, group] = await bench.all();
    const [, schedules] = await bench.model.children();
    assert.deepEqual([group?.kind, schedules?.kind], ['stream', 'schedules']);
    const [row] = await bench.model.children(schedules);
    assert.ok(row?.kind === 'schedule');
    assert.deepEqual([row.schedule, row.stream?.name], [aSchedule(), 'auth']);

    bench.queue.schedules = [aSchedule({ paused: true })];
    bench.queue.emit({ type: 'schedule.updated', stream_id: aStream().id });
    assert.deepEqual(await bench.repaint(), [row]);
    assert.equal(row.schedule.paused, true);
    assert.ok(bench.model.has(row));

    bench.queue.streams = [aStream({ working: true })];
    bench.queue.emit({ type: 'stream.updated', stream_id: aStream().id, stream: aStream({ working: true }) });
    assert.ok((await bench.repaint())?.includes(row));
    assert.equal(row.stream?.working, true);

    bench.queue.schedules = [];
    bench.queue.emit({ type: 'schedule.removed', stream_id: aStream().id });
    assert.equal(await bench.repaint(), undefined);
    assert.deepEqual(
      (await bench.model.children()).map(({ kind }) => kind),
      ['session'],
    );
  });
});
