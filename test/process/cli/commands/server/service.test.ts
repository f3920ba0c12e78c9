import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Started } from '../../../../support/commandLine';
import { Sandbox } from '../../sandbox';

describe('sparkq service', () => {
  // With a program in the place of systemctl.
  if (process.platform !== 'linux') return;
  let box: Sandbox;
  let called: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    box = new Sandbox();
    await box.makeQueue();
    called = path.join(box.root, 'called');
    const program = path.join(box.root, 'bin', 'systemctl');
    fs.mkdirSync(path.dirname(program));
    fs.writeFileSync(program, `#!/bin/sh\necho "$@" >> '${called}'\n`, { mode: 0o755 });
    env = {
      PATH: `${path.dirname(program)}:${process.env.PATH}`,
      HOME: path.join(box.root, 'user'),
      SPARKQ_HOME: box.home,
    };
  });
  afterEach(() => box.remove());

  const calls = () => (fs.existsSync(called) ? fs.readFileSync(called, 'utf8').trim().split('\n') : []);
  const units = () => path.join(box.root, 'user', '.config', 'systemd', 'user');

  /** Runs a command on a terminal, and answers its question. */
  async function onTerminal(answer: string, ...args: string[]): Promise<string> {
    const line = [process.execPath, path.resolve('dist/cli.js'), ...args].join(' ');
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      cwd: box.folder,
      env: { ...process.env, ...env },
    });
    const shell = new Started(child as ChildProcessWithoutNullStreams);
    await shell.says(/Do it\? \[y\/N\] /);
    child.stdin.write(`${answer}\n`);
    return (await shell.exited).stdout;
  }

  it('prints what it would write, and does nothing without a person on a terminal', async () => {
    const { stdout } = await box.run(['service', 'install', '--print'], { env });
    assert.match(stdout, new RegExp(`^ExecStart=.* "${box.folder}" "up" "--foreground"$`, 'm'));
    const { code, stderr } = await box.run(['service', 'install'], { env, input: 'y\n' });
    assert.equal(code, 1);
    assert.match(stderr, /takes a person on a terminal/);
    assert.equal(fs.existsSync(units()), false);
    assert.deepEqual(calls(), []);
  });

  it('installs and removes the unit on the word of a person', async () => {
    await onTerminal('n', 'service', 'install');
    assert.equal(fs.existsSync(units()), false);
    assert.match(await onTerminal('y', 'service', 'install'), /Installed sparkq-.*loginctl enable-linger/s);
    const [unit = ''] = fs.readdirSync(units());
    assert.deepEqual(calls(), ['--user daemon-reload', `--user enable --now ${unit}`]);
    const [row] = JSON.parse((await box.run(['service', 'status', '--json'], { env })).stdout);
    assert.deepEqual([row.folder, row.installed, row.active], [box.folder, true, true]);
    // What it starts is there, and is the command line.
    const [, program = ''] =
      /^ExecStart="([^"]+)"/m.exec(fs.readFileSync(path.join(units(), unit), 'utf8')) ?? [];
    assert.equal(fs.readFileSync(program, 'utf8').includes('SparkQ'), true);
    await onTerminal('y', 'service', 'remove');
    assert.deepEqual(fs.readdirSync(units()), []);
    assert.deepEqual(calls().slice(-2), [`--user disable --now ${unit}`, '--user daemon-reload']);
  });
});
