import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { QueueEvent } from '../../../../src/core/events';
import { withFolder } from '../../../support/folders';
import { enqueue, openLocalQueue, refused, withQueue } from '../../../support/localQueue';

describe('A local queue', () => {
  it('takes a task from enqueue through claim to its result', () =>
    withQueue(async (queue, lane) => {
      const events: QueueEvent[] = [];
      queue.subscribe((event) => events.push(event));
      const task = await enqueue(queue, { payload: { a: 1 }, label: ' one ' });
      assert.match(task.id, /^tsk_[0-9a-f]{12}$/);
      assert.match(task.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      assert.equal(task.status, 'queued');
      assert.equal(task.label, 'one');
      assert.equal(task.timeout, 300);
      assert.equal(task.task_class, 'MEDIUM_SCRIPT');
      assert.deepEqual(task.payload_json, { a: 1 });
      const claim = await queue.claimNext('lane', { worker_id: 'me' });
      assert.ok(claim);
      assert.deepEqual(claim.stream, { id: lane.id, name: 'lane', instructions: null });
      assert.equal(claim.task.id, task.id);
      assert.equal(claim.task.status, 'running');
      assert.equal(claim.task.attempts, 1);
      assert.equal(claim.task.worker_id, 'me');
      assert.equal(claim.task.claimed_at, claim.task.started_at);
      assert.match(claim.lease, /^[0-9a-f]{32}$/);
      assert.equal(Date.parse(claim.deadline) - Date.parse(claim.task.started_at ?? ''), 600_000);
      assert.equal(await queue.claimNext('lane'), null);
      const done = await queue.complete(task.id, {
        result_summary: 'Work finished',
        lease: claim.lease,
        stdout: 'out',
        stderr: '',
      });
      assert.equal(done.status, 'succeeded');
      assert.equal(done.result, 'Work finished');
      assert.equal(done.completed_at, done.finished_at);
      const detail = await queue.getTask(task.id);
      assert.deepEqual(
        { ...detail, stdout: undefined, stderr: undefined },
        { ...done, stdout: undefined, stderr: undefined, check: null, digest: null },
      );
      assert.deepEqual([detail.stdout, detail.stderr], ['out', '']);
      assert.deepEqual(
        events.map(({ type, task_id: id, stream_id: stream }) => [type, id, stream]),
        [
          ['task.created', task.id, lane.id],
          ['task.claimed', task.id, lane.id],
          ['task.succeeded', task.id, lane.id],
        ],
      );
      assert.ok(!JSON.stringify([events, await queue.listTasks(), detail]).includes(claim.lease));
      const [attempt] = await queue.listAttempts(task.id);
      assert.equal(attempt?.outcome, 'succeeded');
      assert.equal(attempt?.stdout_size, 3);
      assert.deepEqual((await queue.getStream('lane')).counts, {
        queued: 0,
        running: 0,
        succeeded: 1,
        failed: 0,
        unreviewed: 1,
        failed_unreviewed: 0,
        unapproved: 0,
        asking: 0,
      });
    }));

  it('keeps everything for the next owner, and refuses a second one', () =>
    withFolder(async (folder) => {
      const first = await openLocalQueue(folder);
      await first.createSession({ name: 'work' });
      await first.createStream({ session: 'work', name: 'lane', instructions: 'be brief' });
      const task = await enqueue(first);
      const claim = await first.claimNext('lane');
      await refused(openLocalQueue(folder), 'conflict', /is owned by process/);
      const before = [await first.getTask(task.id), await first.getStream('lane'), await first.project()];
      await first.close();
      const second = await openLocalQueue(folder);
      assert.ok(second.generation > first.generation);
      assert.deepEqual(
        [await second.getTask(task.id), await second.getStream('lane'), await second.project()],
        before,
      );
      await second.complete(task.id, { result_summary: 'ok', lease: claim?.lease });
      await second.close();
    }));

  it('notices on its own that it has been superseded', () =>
    withFolder(async (folder) => {
      // A command asks nothing by itself.
      const first = await openLocalQueue(folder, { role: 'command' });
      const lost = new Promise<string>((resolve) => first.onLost(resolve));
      await writeFile(path.join(folder, `owner.${first.generation + 1}`), '{}');
      assert.match(await lost, /has taken over the queue/);
      await refused(first.stats(), 'unavailable');
      await first.close();
    }));

  it('reports an unusable folder, and releases it', () =>
    withFolder(async (folder) => {
      const file = path.join(folder, 'file');
      await writeFile(file, '');
      await refused(
        openLocalQueue(path.join(file, 'queue')),
        'unavailable',
        /cannot be made \(ENO(?:TDIR|ENT)/,
      );
      await writeFile(path.join(folder, 'output'), '');
      await refused(openLocalQueue(folder), 'storage_failed', /cannot be used: .*EEXIST/);
      await rm(path.join(folder, 'output'));
      await (await openLocalQueue(folder)).close();
    }));

  it('names its project after the workspace', () =>
    withQueue(async (queue) => {
      const project = await queue.project();
      assert.match(project.id, /^prj_[0-9a-f]{12}$/);
      assert.deepEqual([project.name, project.repo_path], ['sample', '/home/ann/sample']);
    }));

  it('reports its status', () =>
    withQueue(async (queue, _lane, folder) => {
      await enqueue(queue);
      const status = await queue.status();
      assert.equal(status.storage, folder);
      assert.equal(status.pid, process.pid);
      assert.deepEqual(status.stats, { sessions: 1, streams: 1, queued_tasks: 1, running_tasks: 0 });
      assert.equal(status.counts.queued, 1);
      assert.ok(status.database_bytes > 0);
      assert.equal(status.url, null);
      queue.setUrl('http://127.0.0.1:1');
      assert.equal((await queue.status()).url, 'http://127.0.0.1:1');
    }));
});
