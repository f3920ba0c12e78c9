import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ProcessTree } from '../../../../src/runner/supervisor/processTree';
import { leftText, type TreeOptions } from '../../../../src/runner/supervisor/tree';
import { becomeZombie } from '../../../support/deadPid';
import { useFolder } from '../../../support/folders';
import { onPlatform } from '../../../support/windowsFiles';
import { fileThere, isLive } from '../support';

describe('the processes of a run', () => {
  const folder = useFolder('tree');
  let script: ChildProcess;

  beforeEach(function () {
    if (process.platform === 'win32') this.skip();
  });

  /** Starts a script in a group of its own; resolves with the numbers that it writes to files of these names. */
  async function start(line: string, names: readonly string[]): Promise<number[]> {
    script = spawn('bash', ['-c', line], { cwd: folder(), detached: true, stdio: 'ignore' });
    return Promise.all(names.map(async (name) => Number(await fileThere(path.join(folder(), name)))));
  }

  const options = (held = true): TreeOptions => ({
    root: script.pid ?? 0,
    marker: { SPARKQ_TASK_ID: 'none' },
    started: null,
    isHeld: () => held && script.exitCode === null && script.signalCode === null,
  });
  const stubborn = (name: string) => `trap '' TERM; echo $BASHPID > ${name}; while :; do sleep 0.05; done`;
  const unlisted = () => Promise.reject(new Error('spawn /bin/ps EPERM\nmore'));

  it('are found by what ps says where there is no /proc: the group and the descendants', () =>
    onPlatform('darwin', async () => {
      const apart = "setsid sh -c 'echo $$ > apart; exec sleep 60'";
      const pids = await start(`${apart} & (${stubborn('inside')}) & wait`, ['apart', 'inside']);
      const tree = new ProcessTree(options());
      const members = (await tree.members()) ?? [];
      for (const pid of [script.pid ?? 0, ...pids]) assert.ok(members.includes(pid), String(pid));
      const exit = once(script, 'exit');
      const end = await tree.end(100);
      await exit;
      assert.deepEqual([end.left, end.failures], [[], []]);
      assert.deepEqual(pids.filter(isLive), []);
    }));

  it('are no zombies', () =>
    onPlatform('darwin', async () => {
      const [ended = 0] = await start('sleep 60 & echo $! > ended; wait', ['ended']);
      const tree = new ProcessTree(options());
      assert.ok((await tree.members())?.includes(ended));
      await becomeZombie(ended, script);
      assert.deepEqual(await tree.members(), [script.pid]);
      const exit = once(script, 'exit');
      assert.deepEqual((await tree.end(0)).left, []);
      await exit;
    }));

  it('are ended with their group where they cannot be listed, which is said', async () => {
    const [inside = 0] = await start(`(${stubborn('inside')}) & wait`, ['inside']);
    const exit = once(script, 'exit');
    const tree = new ProcessTree(options(), unlisted);
    assert.equal(await tree.members(), null);
    const end = await tree.end(100);
    await exit;
    assert.ok(!isLive(inside));
    assert.equal(
      leftText(end),
      'Processes that the script started may live on (its processes could not be listed: spawn /bin/ps EPERM).',
    );
  });

  it('are left alone where they cannot be listed, and the number may be of another group by now', async () => {
    await start('echo up > up; exec sleep 60', ['up']);
    const end = await new ProcessTree(options(false), unlisted).end(0);
    assert.deepEqual([end.found, end.left, end.failures.length], [0, [], 1]);
    assert.ok(isLive(script.pid ?? 0));
    const exit = once(script, 'exit');
    script.kill('SIGKILL');
    await exit;
  });

  it('are said to live on no more once they can be listed again', async () => {
    await start('echo up > up; exec sleep 60', ['up']);
    let calls = 0;
    const tree = new ProcessTree(options(), () => {
      calls += 1;
      return calls === 1 ? unlisted() : Promise.resolve([]);
    });
    assert.deepEqual(await tree.end(100), { found: 0, left: [], failures: [] });
    assert.ok(fs.existsSync(path.join(folder(), 'up')));
  });
});
