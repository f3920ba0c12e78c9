import assert from 'node:assert/strict';
import { toInstant } from '../../../../../src/core/clock';
import type { QueueEvent } from '../../../../../src/core/events';
import type { Task } from '../../../../../src/core/model';
import { ReviewModel, type ReviewRow } from '../../../../../src/editor/views/review/reviewModel';
import { aStream, aTask } from '../../../../support/sampleRows';
import { FakeQueue } from '../../fakeQueue';

const birth = Date.UTC(2026, 0, 31, 8);
const id = (number: number) => `tsk_${number.toString(16).padStart(12, '0')}`;

function finished(number: number, status: Task['status'], part: Partial<Task> = {}): Task {
  return aTask({ id: id(number), status, finished_at: toInstant(birth + number * 1000), ...part });
}

const namesOf = (rows: readonly ReviewRow[]) =>
  rows.map((row) => (row.kind === 'task' ? Number.parseInt(row.taskId.slice(4), 16) : `${row.hidden} more`));

describe('the rows of the Review view', () => {
  let queue: FakeQueue;
  let model: ReviewModel;
  let repaints: number;
  let visible: boolean;
  /** Resolves at the next repaint. */
  let repaint: () => Promise<void>;

  beforeEach(() => {
    queue = new FakeQueue();
    queue.streams = [aStream()];
    let waiting = () => {};
    repaints = 0;
    visible = true;
    model = new ReviewModel(
      queue.asQueue(),
      () => {
        repaints++;
        waiting();
      },
      () => visible,
    );
    repaint = () => new Promise((resolve) => (waiting = resolve));
  });
  afterEach(() => model.dispose());

  it('include that of a task that is asked for, however many come before it', async () => {
    queue.tasks = Array.from({ length: 130 }, (_, number) => finished(number, 'succeeded'));
    assert.equal((await model.rowOf(id(100)))?.taskId, id(100));
    assert.equal(repaints, 0);
    assert.equal((await model.rowOf(id(2)))?.taskId, id(2));
    assert.equal(repaints, 1);
    assert.equal((await model.rows()).length, 130);
    assert.equal(await model.rowOf(id(500)), undefined);
  });

  /** Resolves when the rows are read next. */
  function nextRead(): Promise<void> {
    const { listStreams } = queue;
    return new Promise((resolve) => {
      queue.listStreams = (filter) => {
        queue.listStreams = listStreams;
        resolve();
        return listStreams.call(queue, filter);
      };
    });
  }

  /** A change that is repainted: one before it that was repainted as well makes two. */
  async function addTask(): Promise<void> {
    queue.tasks.push(finished(9, 'failed'));
    const painted = repaint();
    queue.emit({ type: 'task.failed', task_id: id(9), task: queue.tasks.at(-1) });
    await painted;
  }

  it('go on below the reviewed ones, then from the top, until none is left', async () => {
    const below = async (...numbers: number[]) => {
      const row = await model.rowAfter(numbers.map(id));
      return row && Number.parseInt(row.taskId.slice(4), 16);
    };
    assert.equal(await below(), undefined);
    queue.tasks = [finished(1, 'failed'), finished(2, 'succeeded'), finished(3, 'failed')];
    assert.deepEqual(namesOf(await model.rows()), [3, 1, 2]);
    assert.deepEqual([await below(), await below(3), await below(1)], [3, 1, 2]);
    assert.equal(await below(2), 3, 'after the last');
    assert.equal(await below(3, 1), 2, 'after several');
    assert.equal(await below(9), 3, 'after a task that is not listed');
    queue.tasks.splice(1);
    assert.equal(await below(1), undefined);
  });

  it('are tasks that wait for approval, tasks that ask something, then unreviewed ones, failures first, each the last finished first', async () => {
    queue.tasks = [
      finished(1, 'failed'),
      finished(2, 'succeeded'),
      finished(3, 'failed'),
      finished(4, 'succeeded'),
      finished(5, 'failed', { reviewed_at: toInstant(birth) }),
      aTask({ id: id(6), status: 'running' }),
      aTask({ id: id(7), question: { text: 'Which?', choices: [], asked_at: toInstant(birth) } }),
      aTask({ id: id(8), approval: 'pending' }),
    ];
    const rows = await model.rows();
    assert.deepEqual(namesOf(rows), [8, 7, 3, 1, 4, 2]);
    const [, , first] = rows;
    assert.ok(first?.kind === 'task');
    assert.equal(first.streamName, 'auth');
  });

  it('come 50 at a time, failed or not', async () => {
    queue.tasks = Array.from({ length: 130 }, (_, index) =>
      finished(index + 1, index < 60 ? 'failed' : 'succeeded'),
    );
    const first = namesOf(await model.rows());
    assert.deepEqual([first.length, first[0], first.at(-2), first.at(-1)], [51, 60, 11, '80 more']);
    const painted = repaint();
    model.showMore('another/more');
    model.showMore('review/more');
    await painted;
    const second = namesOf(await model.rows());
    assert.deepEqual([second.length, second[60], second.at(-1)], [101, 130, '30 more']);
  });

  it('are repainted when the configuration has changed, which decides their actions', async () => {
    const painted = repaint();
    queue.emit({ type: 'config.reloaded' });
    await painted;
  });

  it('are repainted when a task ends, is reviewed or is deleted', async () => {
    queue.tasks = [finished(1, 'failed'), finished(2, 'failed')];
    await model.rows();
    const about = { task_id: id(1), task: queue.tasks[0] };
    const changes: [QueueEvent['type'], () => void][] = [
      ['task.failed', () => queue.tasks.push(finished(3, 'failed'))],
      ['task.updated', () => (queue.tasks[0] = finished(1, 'failed', { label: 'renamed' }))],
      ['task.deleted', () => queue.tasks.pop()],
      ['reset', () => queue.tasks.pop()],
    ];
    for (const [type, change] of changes) {
      change();
      const painted = repaint();
      queue.emit({ type, ...about });
      await painted;
      const asked = queue.asked.length;
      await model.rows();
      assert.equal(queue.asked.length, asked, 'read before they were painted');
    }
  });

  it('are not repainted if they have not changed', async () => {
    queue.tasks = [finished(1, 'failed')];
    await model.rows();
    const read = nextRead();
    queue.emit({ type: 'task.updated', task_id: id(1), task: queue.tasks[0] });
    await read;
    await addTask();
    assert.equal(repaints, 1);
  });

  it('are not repainted for what the view has already read', async () => {
    visible = false;
    queue.tasks = [finished(1, 'failed')];
    queue.emit({ type: 'task.failed', task_id: id(1), task: queue.tasks[0] });
    visible = true;
    await model.rows();
    await nextRead();
    await addTask();
    assert.equal(repaints, 1);
  });

  it('are repainted after a reset, though they are the same', async () => {
    queue.tasks = [finished(1, 'failed')];
    await model.rows();
    const { listTasks } = queue;
    queue.listTasks = () => Promise.reject(new Error('not now'));
    await assert.rejects(model.rows(), /not now/);
    queue.listTasks = listTasks;
    const painted = repaint();
    queue.emit({ type: 'reset' });
    await painted;
    assert.deepEqual(namesOf(await model.rows()), [1]);
  });

  it('are repainted when they cannot be read, so that the view says why', async () => {
    await model.rows();
    queue.listTasks = () => Promise.reject(new Error('not now'));
    const painted = repaint();
    queue.emit({ type: 'reset' });
    await painted;
    await assert.rejects(model.rows(), /not now/);
  });
});
