import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeDiscovery } from '../../../../../src/client/discovery';
import type { MachineQueue } from '../../../../../src/client/machineQueues';
import { pidSpace, processStartTime } from '../../../../../src/system/processes';
import { makeQueue } from '../../../../support/makeQueue';
import { Sandbox } from '../../sandbox';

describe('sparkq ps', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox();
  });
  afterEach(() => box.remove());

  /** Another folder with a queue of the same user. */
  async function another(name: string): Promise<{ folder: string; storage: string }> {
    const folder = path.join(box.root, name);
    mkdirSync(folder);
    return { folder, storage: await makeQueue(folder, box.home) };
  }

  it('finds nothing where there is nothing, and makes nothing', async () => {
    assert.equal(await box.ok('ps'), 'No queues found.\n');
    assert.deepEqual(await box.json('ps'), []);
  });

  it('says of every queue what it does, wherever it is called', async () => {
    const { queue } = await box.serve();
    const closed = await another('closed');
    const silent = await another('silent');
    const gone = await another('gone');
    rmSync(gone.folder, { recursive: true });
    const { host, boot, namespace } = pidSpace();
    writeDiscovery(box.home, {
      protocol: 1,
      version: '0.0.0',
      pid: process.pid,
      startTime: processStartTime(process.pid),
      host,
      bootId: boot,
      pidNamespace: namespace,
      role: 'serve',
      url: 'http://127.0.0.1:1',
      port: 1,
      token: '',
      workspaces: [silent.folder],
      storage: silent.storage,
      generation: 9,
    });
    await queue.createStream({ session: 'work', name: 'held' });
    await queue.pauseStream('held');
    const task = { tool_name: 'llm-haiku', prompt: 'x' };
    await queue.enqueue({ ...task, stream: 'held' });
    await queue.enqueue({ ...task, stream: 'lane', label: 'first' });
    await queue.enqueue({ ...task, stream: 'lane', label: 'second' });
    const { items } = await queue.listTasks({ stream: 'lane', order: 'position' });
    await queue.claimTask(items[0]?.id ?? '');
    const { lease } = await queue.claimTask(items[1]?.id ?? '');
    await queue.ask(items[1]?.id ?? '', { lease, text: 'Which one?' });

    const elsewhere = { cwd: box.root };
    const { stdout } = await box.run(['ps', '--json'], elsewhere);
    const found = new Map((JSON.parse(stdout) as MachineQueue[]).map((row) => [row.folder, row]));
    const open = found.get(box.folder);
    assert.equal(open?.owner?.role, 'serve');
    assert.equal(open.error, null);
    const { questions, stuck, runs, ...counts } = open.activity ?? assert.fail();
    assert.deepEqual(counts, { queued: 2, running: 1, failed: 0, unapproved: 0 });
    assert.deepEqual(
      runs.map(({ name }) => name),
      ['first'],
    );
    assert.equal(questions, 1);
    assert.deepEqual(
      stuck.map(({ name, queued, waiting_reason: { code } }) => [name, queued, code]),
      [
        ['held', 1, 'paused'],
        ['lane', 1, 'no_worker'],
      ],
    );
    assert.deepEqual(
      [closed, gone].map(({ folder }) => {
        const { owner, activity, error, folder_exists } = found.get(folder) ?? assert.fail();
        return { owner, activity, error, folder_exists };
      }),
      [true, false].map((folder_exists) => ({ owner: null, activity: null, error: null, folder_exists })),
    );
    assert.match(found.get(silent.folder)?.error ?? '', /cannot be reached/);

    const text = (await box.run(['ps'], elsewhere)).stdout;
    assert.match(
      text,
      new RegExp(
        `^${box.folder}: open \\(serve, PID \\d+, http.*\\)\n {2}2 queued, 1 running, 0 failed\n`,
        'm',
      ),
    );
    assert.match(text, /^ {2}Waits for you: 1 question$/m);
    assert.match(text, /^ {2}Waits for you: 1 queued\. Stream held is paused\.$/m);
    assert.match(text, new RegExp(`^${closed.folder}: nobody has it open$`, 'm'));
    assert.match(
      text,
      new RegExp(`^${gone.folder}: nobody has it open, but the folder does not exist$`, 'm'),
    );
    assert.match(text, new RegExp(`^${silent.folder}: open \\(serve, .*\\): .*cannot be reached`, 'm'));
    await queue.close();
  });
});
