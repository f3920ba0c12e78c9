import assert from 'node:assert/strict';
import { fixedConfig } from '../../../../src/core/config';
import type { Run } from '../../../../src/core/model';
import type { Queue } from '../../../../src/core/queue';
import type {
  DashboardChange,
  DashboardData,
  DashboardSource,
  Overview,
} from '../../../../src/pages/dashboard/dashboardData';
import { DashboardState } from '../../../../src/pages/dashboard/dashboardState';
import { changeOf, readDashboard, readOverview } from '../../../../src/pages/dashboard/readDashboard';
import { RunModel } from '../../../../src/pages/dashboard/runModel';
import { FakeClock } from '../../../support/fakeClock';
import { configWith, enqueue, withQueue } from '../../../support/localQueue';
import { Random } from '../../../support/random';
import { sampleRun } from './sampleRuns';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const overview: Overview = { streams: [], queued: 0, running: 0, failedUnreviewed: 0, longest: null };

/** A source that answers when it is told to, and counts what it is asked. */
class SlowSource implements DashboardSource {
  readonly loads: {
    since: number;
    answer: (data: Partial<DashboardData>) => void;
    fail: (error: Error) => void;
  }[] = [];
  overviews = 0;
  tell: (changes: DashboardChange[]) => void = () => {};

  load(since: number): Promise<DashboardData> {
    return new Promise((resolve, reject) => {
      const answer = (data: Partial<DashboardData>) =>
        resolve({ ...overview, runs: [], more: false, ...data });
      this.loads.push({ since, answer, fail: reject });
    });
  }

  async overview(): Promise<Overview> {
    this.overviews += 1;
    return { ...overview, queued: this.overviews };
  }

  onChange(listener: (changes: readonly DashboardChange[]) => void): () => void {
    this.tell = listener;
    return () => {
      this.tell = () => {};
    };
  }
}

function stateOf(source: DashboardSource, clock = new FakeClock()) {
  let draws = 0;
  const state = new DashboardState(source, clock, '24h', () => {
    draws += 1;
  });
  state.start();
  return { state, clock, draws: () => draws };
}

describe('The state of the dashboard', () => {
  it('is read once, and then follows the changes', async () => {
    const source = new SlowSource();
    const { state, clock } = stateOf(source);
    source.loads[0]?.answer({ runs: [sampleRun({ end: null })], queued: 4 });
    await turn();
    assert.deepEqual([state.view.overview?.queued, state.view.runs.length], [4, 1]);
    source.tell([{ type: 'run', run: sampleRun({ end: 5 }) }]);
    assert.deepEqual(
      state.view.runs.map(({ end, outcome }) => [end, outcome]),
      [[5, 'succeeded']],
    );
    source.tell([{ type: 'deleted', taskId: 'tsk_000000000001' }]);
    assert.deepEqual(state.view.runs, []);
    clock.advance(10_000);
    await turn();
    assert.equal(source.loads.length, 1);
  });

  it('keeps changes that arrive while it is being read', async () => {
    const source = new SlowSource();
    const { state } = stateOf(source);
    const late = sampleRun({ task_id: 'tsk_000000000002', start: 9, end: null });
    source.tell([{ type: 'run', run: late }]);
    source.loads[0]?.answer({ runs: [sampleRun()] });
    await turn();
    assert.equal(state.view.runs.length, 2);
  });

  it('is not reset by an event older than what was read', async () => {
    const source = new SlowSource();
    const { state } = stateOf(source);
    source.loads[0]?.answer({ runs: [sampleRun({ end: 7 })] });
    await turn();
    source.tell([{ type: 'run', run: sampleRun({ end: null }) }]);
    assert.equal(state.view.runs[0]?.end, 7);
  });

  it('reads the counts at most once per second, however much changes, and once after the last change', async () => {
    const source = new SlowSource();
    const { state, clock } = stateOf(source);
    source.loads[0]?.answer({});
    await turn();
    for (let n = 0; n < 1_000; n += 1) {
      source.tell([{ type: 'counts' }]);
      if (n % 10 === 0) {
        clock.advance(25);
        await turn();
      }
    }
    clock.advance(2_000);
    await turn();
    assert.ok(source.overviews >= 2 && source.overviews <= 4, String(source.overviews));
    assert.equal(state.view.overview?.queued, source.overviews);
    clock.advance(10_000);
    await turn();
    assert.ok(source.overviews <= 4, 'asked without a reason');
  });

  it('reads everything again after a reset, and when an event does not say how a run finished', async () => {
    const source = new SlowSource();
    const { clock } = stateOf(source);
    source.loads[0]?.answer({ runs: [sampleRun({ end: null })] });
    await turn();
    source.tell([{ type: 'ended', taskId: 'tsk_000000000009' }]);
    clock.advance(5_000);
    assert.equal(source.loads.length, 1, 'of a run that it does not show');
    source.tell([{ type: 'ended', taskId: 'tsk_000000000001' }]);
    assert.equal(source.loads.length, 2);
    source.loads[1]?.answer({});
    await turn();
    source.tell([{ type: 'reset' }]);
    source.tell([{ type: 'reset' }]);
    assert.equal(source.loads.length, 2, 'soon, but not at once');
    clock.advance(2_000);
    assert.equal(source.loads.length, 3);
  });

  it('reads the range that was selected last', async () => {
    const source = new SlowSource();
    const clock = new FakeClock(new Date(2026, 0, 31, 12).getTime());
    const { state } = stateOf(source, clock);
    state.choose('7d');
    source.loads[0]?.answer({ runs: [sampleRun()] });
    await turn();
    assert.equal(state.view.runs.length, 0, 'of another span');
    assert.equal(source.loads[1]?.since, clock.now() - 7 * 86_400_000);
    source.loads[1]?.answer({ runs: [sampleRun()] });
    await turn();
    assert.equal(state.view.runs.length, 1);
    state.choose('1h');
    // What was done today begins at midnight.
    assert.equal(source.loads[2]?.since, new Date(2026, 0, 31).getTime());
  });

  it('reports a problem, and clears it once reading succeeds', async () => {
    const source = new SlowSource();
    const { state } = stateOf(source);
    source.loads[0]?.fail(new Error('no queue'));
    await turn();
    assert.equal(state.view.problem, 'no queue');
    state.refresh();
    source.loads[1]?.answer({});
    await turn();
    assert.equal(state.view.problem, null);
  });

  it('keeps the problem and retries until the selected range is read', async () => {
    const source = new SlowSource();
    const { state, clock } = stateOf(source);
    source.loads[0]?.answer({});
    await turn();
    state.choose('7d');
    source.loads[1]?.fail(new Error('no queue'));
    await turn();
    clock.advance(5_000);
    state.refreshOverview();
    await turn();
    assert.equal(state.view.problem, 'no queue');
    assert.equal(source.loads.length, 3);
    source.loads[2]?.answer({ runs: [sampleRun()] });
    await turn();
    assert.deepEqual([state.view.problem, state.view.runs.length], [null, 1]);
  });

  it('drops the oldest runs when there are many more than wanted', () => {
    const model = new RunModel(100);
    const runs = Array.from(
      { length: 2_101 },
      (_, at): Run => sampleRun({ task_id: `tsk_${at}`, start: at, end: at === 0 ? null : at }),
    );
    model.apply(runs.map((run) => ({ type: 'run', run })));
    assert.equal(model.size, 100);
    const kept = model.runs();
    assert.equal(kept[0]?.end, null, 'one that still runs stays');
    assert.equal(kept.at(-1)?.start, 2_100);
  });
});

describe('Applying events to runs', () => {
  it('has the same result as reading them, whatever happens to tasks', () => {
    const clock = new FakeClock(Date.parse('2026-03-01T09:00:00Z'));
    return withQueue(
      async (queue) => {
        const random = new Random(17);
        const source = sourceOf(queue);
        const { state } = stateOf(source, clock);
        await turn();
        const ids: string[] = [];
        for (let step = 0; step < 900; step += 1) {
          const id = ids[random.below(Math.max(1, ids.length))];
          await act(queue, random, id, ids).catch(refusalOnly);
          clock.advance(random.below(3_000));
        }
        // Whatever had to be read again is read by now.
        for (let wait = 0; wait < 5; wait += 1) {
          clock.advance(2_000);
          await queue.stats();
          await turn();
        }
        const { runs } = await readDashboard(queue, 0);
        assert.ok(runs.length > 50, String(runs.length));
        assert.deepEqual(keyed(state.view.runs), keyed(runs));
        const { queued, running } = await readOverview(queue);
        assert.deepEqual([state.view.overview?.queued, state.view.overview?.running], [queued, running]);
        state.stop();
      },
      { clock, config: fixedConfig(configWith({ backoff_ms: 0 })) },
    );
  });

  function sourceOf(queue: Queue): DashboardSource {
    return {
      load: (since) => readDashboard(queue, since),
      overview: () => readOverview(queue),
      onChange: (listener) =>
        queue.subscribe((event) => {
          const change = changeOf(event);
          if (change) listener([change]);
        }),
    };
  }

  async function act(queue: Queue, random: Random, id: string | undefined, ids: string[]): Promise<void> {
    if (id === undefined || random.chance(0.3)) {
      ids.push((await enqueue(queue, { max_attempts: 1 + random.below(2) })).id);
      return;
    }
    const acts = [
      () => queue.claimTask(id),
      () => queue.claimNext('lane'),
      () => queue.complete(id, { result_summary: 'ok' }),
      () => queue.fail(id, { error_message: 'no', exit_code: 2 }),
      () => queue.cancel(id),
      () => queue.requeue(id).then((copy) => void ids.push(copy.id)),
      () => queue.deleteTask(id),
      () => queue.undeleteTask(id),
    ];
    await acts[random.below(acts.length)]?.();
  }

  function refusalOnly(error: unknown): void {
    if (!(error instanceof Error) || error.name !== 'QueueError') throw error;
  }

  /** What is drawn of each run. */
  function keyed(runs: readonly Run[]) {
    const rows = runs.map(
      ({ task_id, number, started_at, finished_at, outcome, exit_code, queued_at, name }) =>
        [task_id, number, started_at, finished_at, outcome, exit_code, queued_at, name].join(' '),
    );
    return rows.sort();
  }
});
