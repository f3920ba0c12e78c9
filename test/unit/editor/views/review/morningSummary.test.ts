import assert from 'node:assert/strict';
import { toInstant } from '../../../../../src/core/clock';
import type { Task } from '../../../../../src/core/model';
import {
  MorningSummary,
  ranFor,
  type SummaryNode,
} from '../../../../../src/editor/views/review/morningSummary';
import type { Absence } from '../../../../../src/editor/workspace/lastLook';
import { aStream, aTask } from '../../../../support/sampleRows';
import { sampleRun } from '../../../pages/dashboard/sampleRuns';
import { FakeQueue } from '../../fakeQueue';

const birth = Date.UTC(2026, 0, 31, 8);
const at = (second: number) => toInstant(birth + second * 1000);
const id = (number: number) => `tsk_${number.toString(16).padStart(12, '0')}`;

/** Ended at that second, after running for five. */
function finished(second: number, part: Partial<Task> = {}): Task {
  return aTask({
    id: id(second),
    status: 'succeeded',
    started_at: at(second - 5),
    finished_at: at(second),
    ...part,
  });
}

function waiting(number: number, reason: string): Task {
  return aTask({
    id: id(number),
    created_at: at(50),
    waiting: reason,
    waiting_reason: { code: 'paused', values: {} },
  });
}

describe('the morning summary', () => {
  let queue: FakeQueue;
  let summary: MorningSummary;
  let absence: Absence | undefined;
  let heard: (SummaryNode | undefined)[];
  let next: () => void;

  beforeEach(() => {
    queue = new FakeQueue();
    queue.streams = [aStream()];
    absence = { from: at(100), to: at(200) };
    heard = [];
    next = () => {};
  });
  afterEach(() => summary.dispose());

  async function begin(...tasks: Task[]): Promise<void> {
    queue.tasks = tasks;
    summary = new MorningSummary(
      queue.asQueue(),
      () => absence,
      (changed) => {
        heard.push(changed);
        next();
      },
      (error) => assert.fail(String(error)),
    );
    await summary.read();
  }

  const told = () => new Promise<void>((resolve) => (next = resolve));
  const rows = () =>
    summary.current?.rows.map((row) => {
      if (row.kind === 'count')
        return [row.outcome, row.tasks.map(({ id: task }) => Number.parseInt(task.slice(4), 16))];
      return row.kind === 'waiting' ? [row.streamName, row.group.waiting, row.group.count] : row.count;
    });

  it('has what finished during the absence and is not reviewed, and what waits for the person', async () => {
    const failed = { status: 'failed', failure_kind: 'error' } as const;
    await begin(
      finished(99),
      finished(100, failed),
      finished(120),
      finished(130, { reviewed_at: at(131) }),
      finished(140, { ...failed, failure_kind: 'cancelled' }),
      finished(150),
      finished(201),
      waiting(1, 'Stream auth is paused.'),
      waiting(2, 'Stream auth is paused.'),
      { ...waiting(3, 'Nobody works on this tool.'), created_at: at(201) },
    );
    assert.deepEqual(rows(), [
      ['failed', [100]],
      ['auth', 'Stream auth is paused.', 2],
      ['succeeded', [150, 120]],
    ]);
  });

  it('has what agents have used', async () => {
    const usage = { input: null, cached: null, output: null, cost_usd: 0.5, turns: 2 };
    queue.runs = [sampleRun({ tool_name: 'claude', usage }), sampleRun({ tool_name: 'codex' })];
    await begin(finished(150));
    assert.deepEqual(
      summary.current?.agents.map(({ tool, cost_usd, unpriced }) => [tool, cost_usd, unpriced]),
      [
        ['claude', 0.5, 0],
        ['codex', null, 1],
      ],
    );
  });

  it('is none without an absence, or with nothing new', async () => {
    await begin(finished(99), finished(150, { reviewed_at: at(151) }));
    assert.equal(summary.current, undefined);
    summary.dispose();
    absence = undefined;
    await begin(finished(150));
    assert.equal(summary.current, undefined);
    assert.deepEqual(heard, []);
  });

  it('shrinks with each review, in one row, and goes with the last', async () => {
    await begin(finished(120), finished(150));
    const node = summary.current;
    assert.deepEqual(heard, [undefined]);
    for (const left of [[120], undefined]) {
      const task = queue.tasks.find((row) => row.reviewed_at === null && row.id !== id(left?.[0] ?? 0));
      assert.ok(task);
      task.reviewed_at = at(300);
      const change = told();
      if (left) queue.emit({ type: 'task.updated', task, task_id: task.id });
      else summary.refresh();
      await change;
      assert.deepEqual(rows(), left && [['succeeded', left]]);
      assert.equal(heard.at(-1), left && node);
    }
  });

  it('counts what it has no row for', async () => {
    await begin(...Array.from({ length: 8 }, (_, number) => waiting(number, `Stream ${number} is paused.`)));
    assert.equal(rows()?.length, 6);
    assert.equal(rows()?.at(-1), 3);
  });

  it('knows how long each ran', () => {
    const ran = (part: Partial<Task>) => {
      const { finished_at, ...task } = finished(120, part);
      return ranFor({ ...task, finished_at: finished_at ?? at(0) });
    };
    assert.equal(ran({}), 5_000);
    assert.equal(ran({ started_at: null }), undefined);
  });
});
