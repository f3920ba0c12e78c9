import assert from 'node:assert/strict';
import { digestLines } from '../../../../../src/cli/commands/queue/digest';
import { readDigest } from '../../../../../src/client/digest';
import { toInstant } from '../../../../../src/core/clock';
import type { HistoryTask, Run, Task, Tool } from '../../../../../src/core/model';
import type { Queue, TaskFilter } from '../../../../../src/core/queue';
import { aTask } from '../../../../support/sampleRows';

const now = Date.UTC(2026, 0, 31, 10);
const ago = (minutes: number) => toInstant(now - minutes * 60_000);

function finished(id: number, minutes: number, part: Partial<Task> = {}): Task {
  const name = `tsk_${String(id).padStart(12, '0')}`;
  return aTask({
    id: name,
    label: `task ${id}`,
    status: 'succeeded',
    started_at: ago(minutes + 5),
    finished_at: ago(minutes),
    ...part,
  });
}

/** A queue of these tasks, newest first. */
function queueOf(
  done: readonly Task[],
  queued: readonly Task[],
  purged: readonly (Task | HistoryTask)[] = [],
  runs: readonly Partial<Run>[] = [],
  tools: readonly Partial<Tool>[] = [],
): Queue {
  const page = (items: readonly Task[], { limit = 100, offset = 0 }: TaskFilter) => ({
    items: items.slice(offset, offset + limit),
    total: items.length,
    limit,
    offset,
  });
  return {
    listTasks: async (filter: TaskFilter) => page(filter.order === 'finished' ? done : queued, filter),
    listRuns: async () => ({ runs, more: false }),
    listTools: async () => tools,
    listHistory: async () => ({
      tasks: purged.map((task) => ({
        ...task,
        attempts: typeof task.attempts === 'number' ? [] : task.attempts,
      })) as HistoryTask[],
      next_cursor: null,
    }),
  } as unknown as Queue;
}

const failure = { status: 'failed', failure_kind: 'error', error: 'exit code 2\nmore' } as const;
const waiting = (id: number, code: 'approval' | 'paused' | 'parked', text: string) =>
  finished(id, 0, {
    status: 'queued',
    finished_at: null,
    waiting: text,
    waiting_reason: { code, values: {} },
  });

describe('The digest of a queue', () => {
  const done = [
    finished(1, 1),
    finished(2, 2, failure),
    finished(3, 3, { status: 'failed', failure_kind: 'cancelled', started_at: null }),
    finished(9, 5, { status: 'failed', failure_kind: 'denied', error: 'DENIED: No', started_at: null }),
    finished(4, 600),
  ];
  const queued = [
    waiting(5, 'paused', 'Stream auth is paused.'),
    waiting(6, 'paused', 'Stream auth is paused.'),
    waiting(7, 'parked', 'Parked until somebody unparks it.'),
    waiting(8, 'approval', 'Waiting for a person to approve it.'),
  ];

  it('has what finished since then, and what waits for a person', async () => {
    const digest = await readDigest(queueOf(done, queued), ago(60));
    const ids = (tasks: readonly { id: string }[]) => tasks.map(({ id }) => Number(id.slice(4)));
    assert.deepEqual(ids(digest.succeeded), [1]);
    assert.deepEqual(ids(digest.failed), [2]);
    assert.deepEqual(ids(digest.cancelled), [3, 9]);
    assert.deepEqual(
      digest.waiting.map(({ code, count, first }) => [code, count, first.label]),
      [
        ['paused', 2, 'task 5'],
        ['approval', 1, 'task 8'],
      ],
    );
  });

  it('reads all pages, and what was purged meanwhile once', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => finished(index + 1, 1));
    const digest = await readDigest(queueOf(many, [], [finished(1, 1), finished(9_000, 2)]), ago(60));
    assert.equal(digest.succeeded.length, 2_501);
    assert.equal(digest.succeeded.at(-1)?.label, 'task 9000');
  });

  it('is printed with counts, names, durations and the first line of an error', async () => {
    const digest = await readDigest(queueOf(done, queued), ago(60));
    const [, ...lines] = digestLines(digest, new Map([['str_000000000001', 'auth']]), false);
    assert.deepEqual(lines, [
      '1 succeeded, 1 failed, 2 cancelled; 3 wait for a person',
      '',
      'Failed:',
      '  tsk_000000000002  task 2  ran 5m: exit code 2',
      '',
      'Waits for a person:',
      '  tsk_000000000005  2 tasks of stream auth  Stream auth is paused.',
      '  tsk_000000000008  task 8  Waiting for a person to approve it.',
      '',
      'Succeeded:',
      '  tsk_000000000001  task 1  ran 5m',
      '',
      'Cancelled:',
      '  tsk_000000000003  task 3  did not run',
      '  tsk_000000000009  task 9  did not run: DENIED: No',
    ]);
  });

  it('says what agents have used, and which of them rest', async () => {
    const usage = { input: 1_000, cached: null, output: 50, cost_usd: 0.5, turns: 3 };
    const run = (part: Partial<Run>): Partial<Run> => ({
      ...{ tool_name: 'claude', stand_in: null, outcome: 'succeeded', usage },
      ...part,
    });
    const runs = [
      run({}),
      run({ outcome: 'limited', usage: { ...usage, cost_usd: 0 } }),
      run({ outcome: 'interrupted', usage: null }),
      run({ stand_in: 'codex', usage: { ...usage, cost_usd: null } }),
      run({ outcome: null, usage: null }),
    ];
    const attempts = [
      { finished_at: ago(90), usage, agent_session: 's', tool_name: null, outcome: 'error' },
      { finished_at: ago(5), usage, agent_session: 's', tool_name: null, outcome: 'succeeded' },
      { finished_at: ago(5), usage: null, agent_session: null, tool_name: null, outcome: 'succeeded' },
    ];
    const purged = { ...finished(7, 5), tool_name: 'claude', attempts } as unknown as HistoryTask;
    const rest = { account: 'claude', until: null, limit: 'not logged in', model: null, first: null };
    const tools = [
      { name: 'claude', rest },
      { name: 'codex', rest: null },
    ];
    const digest = await readDigest(queueOf([], [], [purged], runs, tools), ago(60));
    const lines = digestLines(digest, new Map(), false);
    assert.deepEqual(lines.slice(-3), [
      'Used by agents:',
      '  claude  4 runs, at least $1.00 (unknown for 1 of 4 runs); 1 met a limit; tokens: 3,000 read, 150 written; resting until somebody has logged in',
      '  codex  1 run, cost unknown; tokens: 1,000 read, 50 written',
    ]);
    assert.match(digestLines(digest, new Map(), true).at(-1) ?? '', /^- \*\*codex\*\*: 1 run, cost unknown/);
  });

  it('is Markdown in which no name is markup, and counts what it does not name', async () => {
    const many = Array.from({ length: 60 }, (_, index) => finished(index + 1, 1, { label: '<b>*x*</b>' }));
    const lines = digestLines(await readDigest(queueOf(many, []), ago(60)), new Map(), true);
    assert.match(lines[0] ?? '', /^# Since 2026-01-31T/);
    assert.equal(lines[6], '- **\\<b\\>\\*x\\*\\</b\\>** (`tsk_000000000001`): ran 5m');
    assert.equal(lines.at(-1), '- and 10 more');
  });
});
