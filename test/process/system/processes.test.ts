import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  bootId,
  isAlive,
  isAliveIn,
  isOtherBoot,
  pidSpace,
  processStartTime,
} from '../../../src/system/processes';
import { psProcess } from '../../../src/system/ps';
import { becomeZombie } from '../../support/deadPid';
import { onPlatform } from '../../support/windowsFiles';

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

  it('is known by what ps says where there is no /proc, whatever the locale and the time zone', async function () {
    if (process.platform === 'win32') this.skip();
    const shell = spawn('sh', ['-c', 'sleep 30 & echo $!; wait']);
    const [line] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const { LC_ALL, TZ } = process.env;
    try {
      await onPlatform('darwin', async () => {
        const startTime = processStartTime(pid);
        assert.match(startTime ?? '', /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/);
        Object.assign(process.env, { LC_ALL: 'de_DE.UTF-8', TZ: 'Asia/Tokyo' });
        assert.equal(processStartTime(pid), startTime);
        assert.equal(isAlive(pid, startTime), true);
        assert.equal(isAlive(pid, `${startTime}0`), false, 'the pid was given again');
        await becomeZombie(pid, shell);
        assert.equal(processStartTime(pid), null);
        assert.equal(isAlive(pid, psProcess(pid)?.started ?? ''), false);
      });
    } finally {
      if (LC_ALL === undefined) delete process.env.LC_ALL;
      else process.env.LC_ALL = LC_ALL;
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
    shell.kill('SIGKILL');
    await once(shell, 'exit');
  });

  it('belongs to this machine by its boot, since the name of a machine changes with its network', function () {
    const { host, boot, namespace } = pidSpace();
    if (boot === null) this.skip();
    const startTime = processStartTime(process.pid);
    const judge = (space: object) => isAliveIn({ host, boot, namespace, ...space }, process.pid, startTime);
    assert.equal(judge({}), true);
    assert.equal(judge({ host: 'mac.fritz.box' }), true);
    assert.equal(judge({ host: 'mac.fritz.box', boot: null }), null);
    assert.equal(judge({ host: 'mac.fritz.box', boot: 'another' }), null);
    assert.equal(judge({ boot: 'another' }), false);
    assert.equal(judge({ boot: null }), true);
    assert.equal(judge({ host: 'mac.fritz.box', namespace: 'another' }), null);
    // An old record says less.
    assert.equal(isAliveIn({}, process.pid, startTime), true);
    assert.equal(isAliveIn({ host }, process.pid, `${startTime}0`), false);
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
