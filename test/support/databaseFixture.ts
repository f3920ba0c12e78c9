/**
 * A small queue with a row of every kind, kept in test/fixtures/databases for each schema version: what was stored by
 * an older version must still open. Makes that of the present version:
 *   node esbuild.js --tests && node out/test/support/makeDatabaseFixture.js
 */

import { toInstant } from '../../src/core/clock';
import type { Queue } from '../../src/core/queue';
import type { LocalQueue } from '../../src/store/localQueue';
import { FakeClock } from './fakeClock';
import { openLocalQueue } from './localQueue';

/** When the fixtures were made, for the queue: nothing has expired yet when they are opened again. */
const madeAt = Date.UTC(2026, 10, 24, 12);

export function openFixture(storage: string): Promise<LocalQueue> {
  return openLocalQueue(storage, { clock: new FakeClock(madeAt) });
}

export async function fillFixture(queue: Queue): Promise<void> {
  const session = await queue.createSession({ name: 'api-v2', description: 'Everything before Friday' });
  await queue.createStream({ session: session.id, name: 'auth', instructions: 'Small commits' });
  await queue.createStream({
    session: session.id,
    name: '名前',
    on_failure: 'pause',
    needs: { disk: 1 },
    pass_resting: true,
    worktree: 'stream',
  });
  const add = async (label: string, more: object = {}) => {
    const { task } = await queue.enqueue({ stream: 'auth', tool_name: 'run-bash', label, ...more });
    return task.id;
  };
  const succeeded = await add('succeeded', { payload: { script_path: 'scripts/büro.sh', args: ['a b'] } });
  const claim = await queue.claimTask(succeeded);
  await queue.complete(succeeded, {
    lease: claim.lease,
    result_summary: '{"summary":"12 tests","tests":12}',
    stdout: 'all green\n',
    exit_code: 0,
    agent_session: 's-1',
    usage: { input: 1200, cached: null, output: 90, cost_usd: 0.25, turns: 3 },
  });
  const failed = await add('failed');
  await queue.claimTask(failed);
  await queue.fail(failed, { error_message: 'no such table', stderr: 'trace\n', exit_code: 3 });
  await queue.reviewTask(failed, { accepted: false });
  await queue.requeue(failed, { note: 'Migrate first' });
  const running = await add('running', {
    tool_name: 'llm-sonnet',
    prompt: 'Write the tests',
    timeout: 86_400,
    kill_after: 90_000,
  });
  const { lease } = await queue.claimTask(running);
  await queue.heartbeat(running, { lease, progress: 40, message: 'three of eight' });
  await add('later', {
    not_before: toInstant(madeAt + 86_400_000),
    max_attempts: 3,
    idempotency_key: 'once',
  });
  await add('unapproved', { origin: { kind: 'agent', via: 'claude', conversation: 'c1' } });
  await add('after', { after: [running], after_policy: 'hold' });
  await queue.parkTask(await add('parked', { needs: { gpu: 2 }, verify: ['npm', 'test'], fall_back: true }));
  await add('apart', { tool_name: 'agent', worktree: 'none' });
  await queue.deleteTask(await add('deleted'));
  const { batch_id } = await queue.enqueueMany({
    stream: '名前',
    label: '全部',
    parallelism: 1,
    stop_after: 2,
    tasks: ['eins', 'zwei', 'drei'].map((label) => ({ tool_name: 'run-bash', label })),
  });
  const claimed = await queue.claimNext('名前');
  await queue.fail(String(claimed?.task.id), { error_message: 'broken' });
  await queue.retryBatch(batch_id);
  await queue.enqueue({ stream: 'auth', tool_name: 'run-bash', label: 'then', after_batch: batch_id });
  await queue.createSchedule({
    stream: '名前',
    cron: '30 2 * * MON-FRI',
    zone: 'Europe/Berlin',
    missed: 'once',
    overlap: 'queue',
    tool_name: 'run-command',
    payload: { argv: ['make', 'größer'] },
    timeout: 60,
  });
}

/** Changes with keys: asked for again, they must answer the same, also after a migration. */
export async function keyedChanges(queue: Queue): Promise<unknown> {
  const input = { stream: 'auth', tool_name: 'llm-sonnet', label: 'keyed' };
  const { task, duplicate } = await queue.enqueue(input, { key: 'enqueue' });
  const same = await queue.enqueue({ ...input, idempotency_key: 'once' }, { key: 'same' });
  const { lease } = await queue.claimTask(task.id, { claim_request_id: 'claim' });
  const session = await queue.updateSession('api-v2', { description: 'Everything' }, { key: 'session' });
  const stream = await queue.createStream({ session: session.id, name: 'keyed' }, { key: 'stream' });
  const worker = await queue.registerWorker({ label: 'me' }, { key: 'worker' });
  const doomed = await queue.enqueue(input, { key: 'doomed' });
  await queue.deleteTask(doomed.task.id, { key: 'delete' });
  const { purged } = await queue.purge({ older_than_days: 1000 }, { key: 'purge' });
  const ids = [task, same.task, doomed.task, session, stream].map(({ id }) => id);
  return { ids, worker, lease, duplicates: [duplicate, same.duplicate], purged };
}

/** What the queue says of itself, without what belongs to the process that has it open. */
export async function contentsOf(queue: Queue): Promise<unknown> {
  const tasks = await queue.listTasks({ limit: 1000 });
  const details = await Promise.all(
    tasks.items.map(async ({ id }) => {
      // The sentence may be reworded; the reason that it says is kept.
      const { waiting: _, ...task } = await queue.getTask(id);
      return { task, attempts: await queue.listAttempts(id) };
    }),
  );
  return {
    sessions: (await queue.listSessions()).items,
    streams: (await queue.listStreams()).items,
    batches: (await queue.listBatches()).items,
    tasks: details,
    schedules: (await queue.listSchedules()).items,
  };
}
