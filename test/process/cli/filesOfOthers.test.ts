import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Sandbox } from './sandbox';

describe('sparkq, where files are not as it made them', () => {
  let box: Sandbox;
  let storage: string;
  beforeEach(async () => {
    box = new Sandbox();
    storage = await box.makeQueue();
  });
  afterEach(() => box.remove());

  it('works beside whatever only has the name of a lock', async () => {
    fs.symlinkSync('/nowhere', path.join(storage, 'owner.99'));
    fs.mkdirSync(path.join(storage, 'owner.98'));
    fs.writeFileSync(path.join(storage, 'owner.9007199254740992'), '');
    fs.writeFileSync(path.join(storage, 'owner.0099'), '');
    assert.match(await box.ok('session', 'list'), /work/);
  });

  it('names a file that no number comes after, and a user folder that cannot be made', async () => {
    fs.writeFileSync(path.join(storage, `journal-${Number.MAX_SAFE_INTEGER}-0.log`), '');
    const { code, stderr } = await box.run(['tasks']);
    assert.deepEqual([code, /^Error: The lock .*9007199254740991/.test(stderr)], [3, true], stderr);
    if (process.platform !== 'linux') return;
    const nowhere = await box.run(['tasks'], { env: { SPARKQ_HOME: '/proc/1/sparkq' } });
    assert.match(nowhere.stderr, /^Error: The folder \/proc\/1\/sparkq cannot be made .*\nSuggestion: /);
  });

  it('warns once of a storage folder that others may write, with the command that mends it', async function () {
    if (process.platform === 'win32') this.skip();
    fs.chmodSync(storage, 0o775);
    const { code, stderr } = await box.run(['tasks']);
    assert.equal(code, 0);
    assert.deepEqual(stderr.match(/chmod go-w/g)?.length, 1, stderr);
  });

  it('refuses a storage folder of another user', async function () {
    if (process.getuid?.() !== 0) this.skip();
    fs.chownSync(storage, 4321, 4321);
    const { code, stderr } = await box.run(['tasks']);
    assert.equal(code, 3);
    assert.match(stderr, /^Error: The folder .* belongs to another user \(4321\)\nSuggestion: /);
  });

  it('backs up over an earlier backup only', async () => {
    await box.ok('backup', 'queue.db');
    await box.ok('backup', 'queue.db');
    const before = box.read('sparkq.yml');
    const snapshot = fs.readdirSync(storage).find((name) => name.startsWith('snapshot-')) ?? '';
    for (const file of ['sparkq.yml', '.', 'no/such.db', path.join(storage, snapshot)]) {
      const { code, stderr } = await box.run(['backup', file]);
      assert.deepEqual([code, stderr.includes('Database error')], [1, false], stderr);
      assert.match(stderr, /^Error: .*\nSuggestion: /);
    }
    assert.equal(box.read('sparkq.yml'), before);
  });

  it('says that its output, or its folder, is gone', async function () {
    if (process.platform !== 'linux') this.skip();
    const env = {
      ...process.env,
      SPARKQ_HOME: box.home,
      NODE: process.execPath,
      CLI: path.resolve('dist/cli.js'),
    };
    const shell = (line: string) => spawnSync('sh', ['-c', line], { cwd: box.folder, env, encoding: 'utf8' });
    const full = shell('"$NODE" "$CLI" tasks > /dev/full');
    assert.match(full.stderr, /^Error: .*ENOSPC.*\n$/);
    const gone = shell('mkdir gone && cd gone && rmdir ../gone && "$NODE" "$CLI" tasks');
    assert.match(gone.stderr, /^Error: The current folder no longer exists\n/);
  });

  it('offers a moved folder its queue, which setup attaches', async () => {
    const moved = `${box.folder}-moved`;
    fs.renameSync(box.folder, moved);
    const refused = await box.run(['session', 'list', '--workspace', moved], { cwd: box.root });
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /which this folder was before\nSuggestion: Attach it with: sparkq setup/);
    await box.run(['setup', '--yes', '--workspace', moved], { cwd: box.root });
    const { stdout } = await box.run(['session', 'list', '--workspace', moved], { cwd: box.root });
    assert.match(stdout, /work/);
  });
});
