import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defaultConfig, fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import { type HookPlace, hookCaller } from '../../../src/runner/hookCaller';
import type { HookEvent } from '../../../src/store/operations/hooks/hookEvents';
import { FakeClock } from '../../support/fakeClock';
import { useFolder } from '../../support/folders';
import { taskRow } from './rows';
import { fileThere } from './support';

describe('A hook', () => {
  const folder = useFolder();
  const idle: HookEvent = {
    hook: 'on_idle',
    counts: { queued: 0, running: 0, succeeded: 2, failed: 1, unreviewed: 0, failed_unreviewed: 0 },
  };

  /** Calls a hook whose program is this script; answers what the log says. */
  async function call(script: string, event: HookEvent, more: Partial<HookPlace> = {}): Promise<string[]> {
    const file = path.join(folder(), 'hook.js');
    writeFileSync(file, script);
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
    const config = fixedConfig({
      ...defaultConfig,
      hooks: { [event.hook]: [process.execPath, file, 'given'] },
    });
    const place = { config, workspace: folder(), storage: folder(), log, allowed: () => true, ...more };
    await hookCaller(place)(event);
    return warnings;
  }

  const keeps = `
    const { writeFileSync, readFileSync } = require('fs');
    const { SPARKQ_HOOK: hook, SPARKQ_STORAGE: storage, SPARKQ_TASK_ID: run } = process.env;
    writeFileSync('told.json', JSON.stringify({ hook, storage, run, args: process.argv.slice(2), cwd: process.cwd(),
      input: JSON.parse(readFileSync(0, 'utf8')) }));`;
  const told = () => JSON.parse(readFileSync(path.join(folder(), 'told.json'), 'utf8'));

  it('gets the task as JSON on standard input, its payload as it was given', async () => {
    const task = {
      ...taskRow({ script_path: 'a.sh' }, { label: '报告' }),
      stdout: 'out\n',
      stderr: null,
      check: null,
      digest: null,
    };
    assert.deepEqual(await call(keeps, { hook: 'on_finish', task }), []);
    const { input, ...rest } = told();
    assert.deepEqual(rest, { hook: 'on_finish', storage: folder(), args: ['given'], cwd: folder() });
    assert.deepEqual(
      [input.id, input.label, input.payload, input.stdout],
      [task.id, '报告', { script_path: 'a.sh' }, 'out\n'],
    );
  });

  it('gets the counts where nothing is left to do', async () => {
    assert.deepEqual(await call(keeps, idle), []);
    assert.deepEqual(told().input, idle.counts);
  });

  it('that fails is logged with what it said, and so is one that cannot be started', async () => {
    assert.deepEqual(await call('console.error("no mail server"); process.exit(3)', idle), [
      'The hook on_idle failed: exit code 3: no mail server',
    ]);
    const config = fixedConfig({ ...defaultConfig, hooks: { on_idle: ['no-such-program'] } });
    const [gone = ''] = await call('', idle, { config });
    assert.match(gone, /^The hook on_idle could not be started: .*no-such-program/);
  });

  it('is ended with all that it started after a minute', async () => {
    const clock = new FakeClock();
    const hanging = call(
      `require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
       require('fs').writeFileSync('started', 'x');`,
      idle,
      { clock },
    );
    await fileThere(path.join(folder(), 'started'));
    await clock.timerSet(60_000);
    clock.advance(60_000);
    assert.deepEqual(await hanging, ['The hook on_idle failed: it was ended after 60 seconds']);
  });

  it('is not called where nobody has confirmed it, or nothing may run', async () => {
    const config = fixedConfig({
      ...defaultConfig,
      hooks: { on_idle: [process.execPath, 'hook.js'] },
      unconfirmed: ['hooks.on_idle'],
    });
    await call(keeps, idle, { config });
    await call(keeps, idle, { allowed: () => false });
    assert.throws(told, { code: 'ENOENT' });
  });
});
