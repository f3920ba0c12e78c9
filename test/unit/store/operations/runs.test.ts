import assert from 'node:assert/strict';
import { toInstant } from '../../../../src/core/clock';
import { fixedConfig, outsideTool } from '../../../../src/core/config';
import type { Run } from '../../../../src/core/model';
import { FakeClock } from '../../../support/fakeClock';
import { configWith, enqueue, refused, withQueue } from '../../../support/localQueue';

const begin = Date.parse('2026-03-01T09:00:00Z');
const minute = 60_000;
const at = (minutes: number) => toInstant(begin + minutes * minute);
const told = ({ name, number, outcome }: Run) => `${name} ${number} ${outcome}`;

describe('The runs of a span of time', () => {
  const clock = () => new FakeClock(begin);
  const noBackoff = fixedConfig(configWith({ backoff_ms: 0 }));

  it('have the name of their task, since when it waited, and the outcome', () => {
    const time = clock();
    return withQueue(
      async (queue, lane) => {
        const task = await enqueue(queue, { payload: { script_path: 'scripts/check.sh' } });
        time.advance(minute);
        await queue.claimTask(task.id);
        const [running] = (await queue.listRuns({ since: at(0) })).runs;
        assert.deepEqual(running, {
          task_id: task.id,
          number: 1,
          stream_id: lane.id,
          name: 'check.sh',
          script_path: 'scripts/check.sh',
          tool_name: 'run-bash',
          queued_at: at(0),
          started_at: at(1),
          finished_at: null,
          outcome: null,
          exit_code: null,
          stand_in: null,
          usage: null,
        });
        time.advance(minute);
        await queue.fail(task.id, { error_message: 'no', exit_code: 3 });
        const { runs, more } = await queue.listRuns({ since: at(0) });
        assert.deepEqual(runs, [{ ...running, finished_at: at(2), outcome: 'error', exit_code: 3 }]);
        assert.equal(more, false);
      },
      { clock: time },
    );
  });

  it('say what an agent has used, and can be those of agents only', () => {
    const config = configWith({});
    const claude = { ...outsideTool, agent: 'claude' } as const;
    const withAgent = fixedConfig({ ...config, tools: { ...config.tools, claude } });
    return withQueue(
      async (queue) => {
        const usage = { input: 7, cached: null, output: null, cost_usd: 0.5, turns: 1 };
        const ends = { script: {}, outside: { agent_session: 's1' }, counted: { usage }, claude: {} };
        for (const [label, facts] of Object.entries(ends)) {
          const tool_name = label === 'claude' ? 'claude' : 'run-bash';
          const { id } = await enqueue(queue, { label, tool_name });
          await queue.claimTask(id);
          await queue.complete(id, { result_summary: 'done', ...facts });
        }
        const { runs } = await queue.listRuns({ since: at(-1e6), agents: true });
        assert.deepEqual(runs.map(({ name, usage: used }) => [name, used]).sort(), [
          ['claude', null],
          ['counted', usage],
          ['outside', null],
        ]);
      },
      { config: withAgent },
    );
  });

  it('are named after the label, script, prompt or tool, whatever the payload is', () =>
    withQueue(async (queue) => {
      await enqueue(queue, { label: ' Named ', prompt: 'Not this' });
      await enqueue(queue, { prompt: 'First line\nsecond' });
      await enqueue(queue, { payload: { script_path: 7, prompt: ['x'] } });
      await enqueue(queue, { payload: '{}' });
      for (let n = 0; n < 4; n += 1) await queue.claimNext('lane');
      const names = (await queue.listRuns({ since: at(-1e6) })).runs.map(({ name }) => name);
      assert.deepEqual(names.sort(), ['First line', 'Named', 'run-bash', 'run-bash']);
    }));

  it('are those running in it, unfinished ones first, then by their end', () => {
    const time = clock();
    return withQueue(
      async (queue) => {
        await queue.createStream({ session: 'work', name: 'other' });
        const run = async (label: string, stream: string) => {
          const { id } = await enqueue(queue, { label, stream });
          await queue.claimTask(id);
          return id;
        };
        const end = (id: string) => queue.complete(id, { result_summary: 'ok' });
        const early = await run('early', 'lane');
        const long = await run('long', 'other');
        time.advance(minute);
        await end(early);
        time.advance(minute);
        const late = await run('late', 'lane');
        time.advance(minute);
        await end(late);
        await end(long);
        time.advance(minute);
        const deleted = await run('deleted', 'lane');
        await end(deleted);
        await queue.deleteTask(deleted);
        await run('live', 'other');
        await enqueue(queue, { label: 'never ran' });
        const names = async (filter: Parameters<typeof queue.listRuns>[0]) => {
          const { runs, more } = await queue.listRuns(filter);
          return [runs.map(({ name }) => name), more];
        };
        assert.deepEqual(await names({ since: at(0) }), [['live', 'late', 'long', 'early'], false]);
        assert.deepEqual(await names({ since: at(1.5) }), [['live', 'late', 'long'], false]);
        assert.deepEqual(await names({ since: at(3.5) }), [['live'], false]);
        assert.deepEqual(await names({ since: at(0), until: at(1) }), [['long', 'early'], false]);
        assert.deepEqual(await names({ since: at(0), limit: 2 }), [['live', 'late'], true]);
        assert.deepEqual(await names({ since: at(0), limit: 4 }), [['live', 'late', 'long', 'early'], false]);
      },
      { clock: time },
    );
  });

  it('include each attempt, also of a task that waits for the next one', () => {
    const time = clock();
    return withQueue(
      async (queue) => {
        const { id } = await enqueue(queue, { max_attempts: 3 });
        await queue.claimTask(id);
        time.advance(minute);
        await queue.fail(id, { error_message: 'no' });
        assert.deepEqual((await queue.listRuns({ since: at(0) })).runs.map(told), ['run-bash 1 error']);
        time.advance(minute);
        await queue.claimTask(id);
        const [second] = (await queue.listRuns({ since: at(0) })).runs;
        // Since its first attempt ended, not since it was enqueued.
        assert.deepEqual([second?.number, second?.queued_at, second?.started_at], [2, at(1), at(2)]);
        await queue.fail(id, { error_message: 'later', retry_after: 60 });
        time.advance(3 * minute);
        await queue.claimNext('lane', { wait: 0 });
        const { runs } = await queue.listRuns({ since: at(0) });
        assert.deepEqual(runs.map(told), ['run-bash 3 null', 'run-bash 2 limited', 'run-bash 1 error']);
        // Since its time had come.
        assert.equal(runs[0]?.queued_at, at(3));
      },
      { clock: time, config: noBackoff },
    );
  });

  it('come in the same order however many there are', () => {
    const time = clock();
    return withQueue(
      async (queue) => {
        await queue.createStream({ session: 'work', name: 'other' });
        const all: string[] = [];
        for (let n = 0; n < 400; n += 1) {
          // Most are of one stream, several end at the same time, and some were tried twice.
          const { id } = await enqueue(queue, {
            label: `run ${n}`,
            stream: n % 9 ? 'lane' : 'other',
            max_attempts: 2,
          });
          await queue.claimTask(id);
          if (n % 7 === 0) {
            await queue.fail(id, { error_message: 'no' });
            all.push(`run ${n} 1`);
            await queue.claimTask(id);
          }
          await queue.complete(id, { result_summary: 'ok' });
          all.push(`run ${n} ${n % 7 ? 1 : 2}`);
          if (n % 3 === 2) time.advance(minute);
        }
        const since = toInstant(begin - minute);
        for (const limit of [1, 100, 101, 250, all.length - 1, all.length]) {
          const { runs, more } = await queue.listRuns({ since, limit });
          assert.equal(runs.length, limit);
          assert.equal(more, limit < all.length);
          const ends = runs.map(({ finished_at: end }) => end ?? '');
          assert.deepEqual(ends, [...ends].sort().reverse());
          assert.equal(new Set(runs.map(({ task_id, number }) => `${task_id} ${number}`)).size, limit);
        }
        const { runs } = await queue.listRuns({ since, limit: all.length });
        assert.deepEqual(runs.map(({ name, number }) => `${name} ${number}`).sort(), all.sort());
      },
      { clock: time, config: noBackoff },
    );
  });

  it('refuse an invalid filter', () =>
    withQueue(async (queue) => {
      await refused(queue.listRuns({ since: 'yesterday' }), 'invalid_field', 'Invalid since: yesterday');
      await refused(queue.listRuns({ since: at(0), until: '' }), 'invalid_field');
      await refused(queue.listRuns({ since: at(0), limit: 0 }), 'invalid_field', 'Invalid limit: 0');
      await refused(queue.listRuns({ since: at(0), limit: 1.5 }), 'invalid_field');
    }));
});
