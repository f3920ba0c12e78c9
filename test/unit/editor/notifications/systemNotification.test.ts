import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  notificationCommand,
  showSystemNotification,
} from '../../../../src/editor/notifications/systemNotification';
import { withFolder } from '../../../support/folders';

const nasty = `-e '"; touch /tmp/x; $(id) <b>%PATH%`;

describe('a notification of the operating system', () => {
  it('never puts its text into a script', () => {
    const linux = notificationCommand('linux', {}, 'SparkQ', nasty);
    assert.deepEqual(linux?.args.slice(0, 3), ['--app-name=SparkQ', '--', 'SparkQ']);
    assert.equal(linux?.args.length, 4);
    const mac = notificationCommand('darwin', {}, 'SparkQ', nasty);
    assert.deepEqual(mac?.args.slice(-2), ['SparkQ', nasty]);
    assert.equal(mac?.args.slice(0, -2).join(' ').includes('touch'), false);
    const windows = notificationCommand('win32', { SystemRoot: 'D:\\Windows' }, 'SparkQ', nasty);
    assert.match(windows?.file ?? '', /^D:.Windows.*powershell\.exe$/);
    assert.equal(windows?.args.join(' ').includes('touch'), false);
    assert.equal(windows?.env.SPARKQ_NOTICE_TEXT, nasty);
  });

  it('shows one short line without markup', () => {
    const text = (given: string) => notificationCommand('linux', {}, 'SparkQ', given)?.args[3];
    assert.equal(text('a <b>&\n c'), 'a &lt;b&gt;&amp; c');
    assert.equal(text('x'.repeat(1000))?.length, 300);
  });

  it('does not exist on other systems', () => {
    assert.equal(notificationCommand('aix', {}, 'SparkQ', 'x'), undefined);
  });

  it('starts the program of the system, and fails if there is none', async function () {
    if (process.platform !== 'linux') this.skip();
    await withFolder(async (folder) => {
      const env = { PATH: folder };
      await assert.rejects(showSystemNotification('SparkQ', 'x', env), /notify-send is not installed/);
      const program = path.join(folder, 'notify-send');
      await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/told'\n`);
      await chmod(program, 0o755);
      await showSystemNotification('SparkQ', '$(id) failed', env);
      const told = await readFile(path.join(folder, 'told'), 'utf8');
      assert.equal(told, '--app-name=SparkQ\n--\nSparkQ\n$(id) failed\n');
    });
  });
});
