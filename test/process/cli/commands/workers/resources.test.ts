import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Task } from '../../../../../src/core/model';
import { readResources } from '../../../../../src/runner/machine/resourceFile';
import { CommandLine, type Started } from '../../../../support/commandLine';
import { makeQueue } from '../../../../support/makeQueue';
import { Sandbox } from '../../sandbox';

/** At the end of sparkq.yml, where the tools are. */
const tool = '  train: {command: sh, input: script, needs: {gpu: 1}}\n';

describe('Two folders that need one GPU', () => {
  let box: Sandbox;
  let other: CommandLine;
  beforeEach(async () => {
    box = new Sandbox();
    const folder = path.join(box.root, 'other');
    mkdirSync(folder);
    other = new CommandLine(folder, box.home);
    for (const line of [box, other]) {
      await makeQueue(line.folder, box.home);
      appendFileSync(path.join(line.folder, 'sparkq.yml'), tool);
      line.write('train.sh', 'until [ -e go ]; do sleep 0.05; done\n');
    }
  });
  afterEach(async () => {
    await other.end();
    await box.remove();
  });

  async function json<T>(line: CommandLine, ...args: string[]): Promise<T> {
    const { stdout, stderr } = await line.run([...args, '--json']);
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout) as T;
  }

  const enqueue = (line: CommandLine) =>
    json<Task>(line, 'enqueue', '--stream', 'lane', '--tool', 'train', '--script', 'train.sh');

  /** Works on the lane of a folder, once the first of its tasks is in line. */
  async function watch(line: CommandLine, { id }: Task): Promise<Started> {
    const watching = line.start(['watch', 'lane']);
    await watching.says(/Watching/);
    for (let there = false; !there; ) {
      there = readResources(box.home).entries.some(({ task }) => task === id);
      await new Promise(setImmediate);
    }
    return watching;
  }

  it('have it one after the other, and the one that waits says who has it', async () => {
    const first = await enqueue(box);
    const watching = await watch(box, first);
    await watching.says(/started/);
    const second = await enqueue(other);
    const later = await watch(other, second);
    const waiting = await json<Task>(other, 'task', second.id);
    assert.deepEqual(waiting.waiting_reason, {
      code: 'resource',
      values: { resource: 'gpu', needed: 1, capacity: 1, task: first.id, folder: box.folder },
    });
    assert.match(waiting.waiting ?? '', /^Waiting for gpu, which tsk_/);
    writeFileSync(path.join(other.folder, 'go'), '');
    writeFileSync(path.join(box.folder, 'go'), '');
    await watching.says(/succeeded/);
    await later.says(/succeeded/);
  });

  it('do not make a task wait that no longer needs it', async () => {
    const first = await enqueue(box);
    await (await watch(box, first)).says(/started/);
    const words = ['--stream', 'lane', '--tool', 'run-bash', '--script', 'train.sh', '--needs', 'gpu'];
    const second = await json<Task>(other, 'enqueue', ...words);
    const later = await watch(other, second);
    writeFileSync(path.join(other.folder, 'go'), '');
    await json(other, 'edit', second.id, '--needs', 'none');
    await later.says(/succeeded/);
    assert.equal((await json<Task>(box, 'task', first.id)).status, 'running');
  });

  it('do not lose it with a supervisor that is killed, and not before its script has gone', async () => {
    const first = await enqueue(box);
    await (await watch(box, first)).says(/started/);
    const second = await enqueue(other);
    const later = await watch(other, second);
    writeFileSync(path.join(other.folder, 'go'), '');
    const held = () => readResources(box.home).entries.find(({ task }) => task === first.id);
    while (held()?.script === null) await new Promise(setImmediate);
    process.kill(held()?.holder.pid ?? 0, 'SIGKILL');
    await later.says(/succeeded/);
    assert.equal((await json<Task>(box, 'task', first.id)).failure_kind, 'interrupted');
  });
});
