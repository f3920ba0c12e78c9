import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { bootId, isAlive, isOtherBoot, processStartTime } from '../../../src/system/processes';

describe('a process', () => {
  it('is identified by pid and start time while it is alive', async function () {
    // Windows does not tell the start time of others.
    if (process.platform === 'win32') this.skip();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const startTime = processStartTime(pid);
    assert.ok(startTime);
    assert.equal(processStartTime(pid), startTime);
    assert.equal(isAlive(pid, startTime), true);
    assert.equal(isAlive(pid, null), true);
    assert.equal(isAlive(pid, `${startTime}0`), false, 'the pid was given again');
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(isAlive(pid, startTime), false);
    assert.equal(isAlive(pid, null), false);
    assert.equal(processStartTime(pid), null);
  });

  it('is dead as a zombie', async function () {
    if (process.platform !== 'linux') this.skip();
    // The shell leaves its child unreaped while it waits for something else.
    const shell = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 30']);
    const [line] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    while (isAlive(pid, null)) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(isAlive(pid, null), false);
    shell.kill('SIGKILL');
    await once(shell, 'exit');
  });

  it('never has an invalid pid', () => {
    for (const pid of [0, -1, 1.5, Number.NaN]) assert.equal(isAlive(pid, null), false);
  });

  it('always reads the same boot', () => {
    assert.equal(bootId(), bootId());
    if (process.platform === 'linux') assert.match(bootId() ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(isOtherBoot(bootId()), false);
    assert.equal(isOtherBoot('another'), bootId() !== null);
  });

  it('of an unknown boot may be of this one', () => {
    assert.equal(isOtherBoot(null), false);
  });
});
