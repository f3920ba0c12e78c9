import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isOnPower } from '../../../src/system/inhibitor';
import { removeFolder, temporaryFolder } from '../../support/folders';
import { fileThere } from '../runner/support';

const host = path.resolve('out/test/process/system/inhibitorHost.js');

describe('What keeps the machine awake', () => {
  let folder: string;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    child?.kill('SIGKILL');
    return removeFolder(folder);
  });

  /** The first line of a host, whose stand-in for the system's program does this. */
  async function start(script: string): Promise<string> {
    const bin = path.join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(path.join(bin, 'systemd-inhibit'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    child = spawn(process.execPath, [host], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
    assert.ok(child.stdout);
    const [line] = await once(createInterface(child.stdout), 'line');
    return String(line);
  }

  const standIn = 'echo "$@" > asked; while [ "$1" != /bin/sh ]; do shift; done; "$@"; echo over > ended';

  for (const [what, signal] of [
    ['is released', 'SIGUSR2'],
    ['is killed', 'SIGKILL'],
  ] as const)
    it(`holds until whoever asked for it ${what}`, async function () {
      if (process.platform !== 'linux') this.skip();
      assert.equal(await start(`${standIn}; exec >&-`), 'held');
      assert.match(
        readFileSync(path.join(folder, 'asked'), 'utf8'),
        /^--what=idle:sleep --mode=block .*a test/,
      );
      const over = fileThere(path.join(folder, 'ended'));
      child?.kill(signal);
      await over;
    });

  it('is said not to hold where the system refuses', async function () {
    if (process.platform !== 'linux') this.skip();
    assert.equal(await start('echo "Access denied" >&2; exit 1'), 'refused');
  });

  it('knows a machine on its battery', () => {
    const supplies = path.join(folder, 'power');
    assert.ok(isOnPower(supplies), 'a machine without a battery');
    for (const [name, status] of [
      ['AC', null],
      ['BAT0', 'Charging'],
    ] as const) {
      mkdirSync(path.join(supplies, name), { recursive: true });
      if (status) writeFileSync(path.join(supplies, name, 'status'), `${status}\n`);
    }
    assert.ok(isOnPower(supplies));
    writeFileSync(path.join(supplies, 'BAT0', 'status'), 'Discharging\n');
    assert.equal(isOnPower(supplies), false);
  });
});
