import assert from 'node:assert/strict';
import type { Accounts } from '../../../../src/accounts/accounts';
import { defaultConfig, fixedConfig } from '../../../../src/core/config';
import type { AccountRest, Stream } from '../../../../src/core/model';
import type { LocalQueue } from '../../../../src/store/localQueue';
import { enqueue, enqueueMany, type QueueOfRows, withQueue } from '../../../support/localQueue';
import { Random } from '../../../support/random';
import { statementsOf } from '../statementsOf';

type TestQueue = QueueOfRows<LocalQueue>;

const rest: AccountRest = {
  account: 'acme',
  model: null,
  until: '2999-01-01T00:00:00.000Z',
  limit: 'usage limit',
  first: null,
};
/** The account of `agent` rests; `run-bash` stands in for it. */
const surroundings = {
  // Nothing is done by itself, such as the daily purge, whose statements would be counted as well.
  role: 'command' as const,
  config: fixedConfig({
    ...defaultConfig,
    tools: {
      ...defaultConfig.tools,
      agent: { ...defaultConfig.tools['run-bash'], account: 'acme', fallback: 'run-bash' },
    } as typeof defaultConfig.tools,
  }),
  accounts: {
    restOf: (tool: string) => (tool === 'agent' ? rest : null),
    refresh: () => {},
    offer: () => {},
    onChange: () => () => {},
    close: () => {},
  } as unknown as Accounts,
};
const lanes = [
  {},
  { on_failure: 'pause' },
  { skip_unrunnable: true },
  { pass_resting: true },
  { skip_unrunnable: true, pass_resting: true },
] as const;
const tools = ['run-bash', 'agent', 'outside'];

async function makeLanes(queue: TestQueue, count: number, from = 0): Promise<Stream[]> {
  const made: Stream[] = [];
  for (let at = from; at < from + count; at += 1)
    made.push(await queue.createStream({ session: 'work', name: `s${at}`, ...lanes[at % lanes.length] }));
  return made;
}

/** Tasks of all kinds that wait, in random order. */
async function fill(queue: TestQueue, streams: readonly Stream[], random: Random): Promise<void> {
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  const all: string[] = [];
  const batches: string[] = [];
  for (let round = 0; round < 60; round += 1) {
    const stream = pick(streams).name;
    const more = {
      stream,
      tool_name: pick(tools),
      fall_back: random.chance(0.3),
      ...(random.chance(0.1) && { not_before: '2999-01-01T00:00:00Z' }),
      ...(random.chance(0.1) && { after: [...new Set([pick(all), pick(all)])].filter(Boolean) }),
      ...(random.chance(0.1) && batches.length > 0 && { after_batch: pick(batches) }),
    };
    const { id } = await enqueue(queue, more);
    all.push(id);
    if (random.chance(0.1)) await queue.parkTask(id);
    if (random.chance(0.15)) {
      const { batch_id, tasks } = await queue.enqueueMany({
        stream,
        ...(random.chance(0.7) && { parallelism: 1 + random.below(3) }),
        ...(random.chance(0.2) && { parallelism: 100 }),
        ...(random.chance(0.5) && { stop_after: 1 }),
        tasks: Array.from({ length: 4 }, () => ({ tool_name: pick(tools) })),
      });
      batches.push(batch_id);
      all.push(...tasks.map((task) => task.id));
    }
    if (random.chance(0.2)) {
      const claim = await queue.claimNext(stream);
      if (claim === null) continue;
      const { task, lease } = claim;
      if (random.chance(0.3)) await queue.ask(task.id, { lease, text: 'Which?' });
      else if (random.chance(0.5)) await queue.fail(task.id, { error_message: 'no', lease });
    }
  }
}

describe('The facts of a page', () => {
  for (const seed of [1, 2])
    it(`say of each task and stream what is said of it alone (seed ${seed})`, () =>
      withQueue(async (queue) => {
        const streams = await makeLanes(queue, 5);
        await fill(queue, streams, new Random(seed));
        const { items } = await queue.listTasks({ limit: 1000 });
        const codes = new Set<string | undefined>();
        for (const task of items) {
          const { stdout, stderr, check, digest, ...alone } = await queue.getTask(task.id);
          assert.deepEqual(task, alone);
          codes.add(task.waiting_reason?.code);
        }
        assert.ok(codes.size > 8, [...codes].join());
        for (const stream of (await queue.listStreams({})).items)
          assert.deepEqual(stream, await queue.getStream(stream.id));
      }, surroundings));

  it('take as many statements for 100 tasks and streams as for 10', () =>
    withQueue(async (queue) => {
      const streams = await makeLanes(queue, 10);
      const count = async () => [
        await statementsOf(() => queue.listTasks({ stream: 's0', limit: 100 })),
        await statementsOf(() => queue.listTasks({ limit: 100 })),
        await statementsOf(() => queue.listStreams({ limit: 100 })),
      ];
      const fillEach = async (some: readonly Stream[], tasks: number) => {
        for (const { name } of some) {
          const [first] = await enqueueMany(queue, tasks, { stream: name, tool_name: 'outside' });
          await enqueueMany(queue, tasks, { stream: name, after: [first ?? ''] });
          await queue.enqueueMany({
            stream: name,
            parallelism: 2,
            tasks: Array.from({ length: 2 }, () => ({ tool_name: 'agent' })),
          });
        }
      };
      await fillEach(streams, 1);
      const few = await count();
      await fillEach(streams.slice(0, 1), 50);
      await fillEach(await makeLanes(queue, 90, 10), 1);
      assert.deepEqual(await count(), few);
      assert.ok(Math.max(...few) < 20, few.join());
    }, surroundings));
});
