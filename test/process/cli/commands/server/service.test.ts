import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Sandbox } from '../../sandbox';

describe('sparkq service', () => {
  // With a program in the place of systemctl.
  if (process.platform !== 'linux') return;
  let box: Sandbox;
  let called: string;
  beforeEach(async () => {
    box = new Sandbox();
    await box.makeQueue();
    called = path.join(box.root, 'called');
    const program = path.join(box.root, 'bin', 'systemctl');
    fs.mkdirSync(path.dirname(program));
    fs.writeFileSync(program, `#!/bin/sh\necho "$@" >> '${called}'\n`, { mode: 0o755 });
    Object.assign(box.env, {
      PATH: `${path.dirname(program)}:${process.env.PATH}`,
      HOME: path.join(box.root, 'user'),
      XDG_CONFIG_HOME: path.join(box.root, 'user', 'config'),
    });
  });
  afterEach(() => box.remove());

  const calls = () => (fs.existsSync(called) ? fs.readFileSync(called, 'utf8').trim().split('\n') : []);
  const units = () => path.join(box.root, 'user', 'config', 'systemd', 'user');

  it('prints what it would write, and does nothing without a person on a terminal', async () => {
    const { stdout } = await box.run(['service', 'install', '--print']);
    assert.match(stdout, new RegExp(`^ExecStart=.* "${box.folder}" "up" "--foreground"$`, 'm'));
    assert.ok(stdout.includes(`Environment="PATH=${box.env.PATH}"\n`));
    const { code, stderr } = await box.run(['service', 'install'], { input: 'y\n' });
    assert.equal(code, 1);
    assert.match(stderr, /takes a person on a terminal/);
    assert.equal(fs.existsSync(units()), false);
    assert.deepEqual(calls(), []);
  });

  it('installs and removes the unit on the word of a person', async () => {
    await box.onTerminal('n', 'service', 'install');
    assert.equal(fs.existsSync(units()), false);
    const { output } = await box.onTerminal('y', 'service', 'install');
    assert.match(output, /Installed sparkq-.*loginctl enable-linger/s);
    const [unit = ''] = fs.readdirSync(units());
    assert.deepEqual(calls(), ['--user daemon-reload', `--user enable --now ${unit}`]);
    const [row] = JSON.parse((await box.run(['service', 'status', '--json'])).stdout);
    assert.deepEqual([row.folder, row.installed, row.active], [box.folder, true, true]);
    // What it starts is there, and is the command line.
    const [, program = ''] =
      /^ExecStart="([^"]+)"/m.exec(fs.readFileSync(path.join(units(), unit), 'utf8')) ?? [];
    assert.equal(fs.readFileSync(program, 'utf8').includes('SparkQ'), true);
    await box.onTerminal('y', 'service', 'remove');
    assert.deepEqual(fs.readdirSync(units()), []);
    assert.deepEqual(calls().slice(-2), [`--user disable --now ${unit}`, '--user daemon-reload']);
  });
});
