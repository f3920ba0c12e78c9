import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Task } from '../../../src/core/model';
import { shellWord } from '../../../src/system/shellWords';
import { SmallDisk } from '../../support/smallDisk';
import { Sandbox } from './sandbox';

describe('A disk that takes no more', () => {
  if (!SmallDisk.possible()) return;
  let box: Sandbox;
  let disk: SmallDisk;
  let lanes = 0;
  let lane: string;
  before(async () => {
    box = new Sandbox();
    // Everything of SparkQ is on it, the user folder too.
    mkdirSync(box.home, { mode: 0o700 });
    disk = await SmallDisk.at(box.home, '8m', { SPARKQ_HOME: box.home, SPARKQ_WORKSPACE: box.folder });
    await sparkq('setup --yes');
    await sparkq('session create work');
  });
  beforeEach(async () => {
    lanes += 1;
    lane = `lane${lanes}`;
    await sparkq(`stream create ${lane} --session work`);
  });
  afterEach(async () => {
    await disk.makeRoom();
    await disk.run(`${program} down`);
  });
  after(async () => {
    await disk.end();
    await box.remove();
  });

  const program = `${shellWord(process.execPath)} ${shellWord(path.resolve('dist/cli.js'))}`;
  const sparkq = (line: string) => disk.does(`${program} ${line}`);
  const add = () => `add --stream ${lane} --print-id --`;
  /** Queues a command; its id. */
  const added = async (command: string) =>
    /tsk_[0-9a-f]{12}/.exec(await sparkq(`${add()} ${command}`))?.[0] ?? assert.fail('no id');
  /** Makes the queue stay open in a process of its own, which works on the lane. */
  const work = () => sparkq(`up ${lane}`);

  async function refusal(line: string): Promise<string> {
    const { code, output } = await disk.run(`${program} ${line}`);
    assert.equal(code, 1, output);
    return output;
  }

  it('is full: a change is refused with what to do, and goes on in the same process once there is room', async () => {
    await work();
    const { pid } = JSON.parse(await sparkq('status --json')) as { pid: number };
    const before = await added("sh -c 'until [ -e go ]; do sleep 0.05; done'");
    await disk.fill();
    const long = shellWord(box.write('long', 'x'.repeat(2_000_000)));
    const said = await refusal(`enqueue --stream ${lane} --tool llm-haiku --prompt-file ${long}`);
    assert.match(
      said,
      new RegExp(
        `The queue's files in ${box.home}/queues/.* could not be written, because the disk is full \\(ENOSPC`,
      ),
    );
    assert.match(said, /Suggestion: Free some space on it: SparkQ goes on by itself then\./);
    box.write('go', '');
    await disk.makeRoom();
    const after = await added('true');
    await sparkq(`wait --stream ${lane}`);
    for (const id of [before, after]) {
      const task = JSON.parse(await sparkq(`task ${id} --json`)) as Task;
      assert.deepEqual([task.status, task.attempts], ['succeeded', 1], task.error ?? '');
    }
    assert.equal((JSON.parse(await sparkq('status --json')) as { pid: number }).pid, pid);
  });

  it('is full as a task is to be started, which waits for room and fails for nothing', async () => {
    await work();
    await sparkq(`wait ${await added('true')}`);
    await disk.fill();
    // The journal has room left for it.
    const id = await added('true');
    const read = async () => JSON.parse(await sparkq(`task ${id} --json`)) as Task;
    while ((await read()).status === 'queued');
    assert.equal((await read()).status, 'running');
    await disk.makeRoom();
    await sparkq(`wait ${id}`);
    assert.equal((await read()).attempts, 1);
  });

  it('is full for a command that opens the queue itself', async () => {
    await disk.fill();
    assert.match(
      await refusal(`${add()} true`),
      /could not be (opened|written), because the disk is full \(ENOSPC/,
    );
    await disk.makeRoom();
    await sparkq(`${add()} true`);
  });

  it('is read-only: the same, and what was asked for runs once it can be written', async () => {
    const id = await added('true');
    await disk.makeReadOnly();
    const said = await refusal(`${add()} true`);
    assert.match(said, /because the disk is read-only \(EROFS/);
    assert.match(said, /Suggestion: Find out why/);
    await disk.makeWritable();
    await work();
    await sparkq(`wait ${id}`);
  });
});
