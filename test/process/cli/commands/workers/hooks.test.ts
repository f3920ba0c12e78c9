import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileThere } from '../../../runner/support';
import { Sandbox } from '../../sandbox';

const keep = `
  const { appendFileSync, readFileSync } = require('fs');
  const told = JSON.parse(readFileSync(0, 'utf8'));
  appendFileSync('told.txt', process.env.SPARKQ_HOOK + ' ' + (told.label || JSON.stringify(told.queued)) + '\\n');`;

describe('The hooks of a configuration', () => {
  let box: Sandbox;
  beforeEach(async () => {
    box = new Sandbox();
    await box.makeQueue();
    box.write('keep.js', keep);
    const command = JSON.stringify([process.execPath, 'keep.js']);
    box.write('sparkq.yml', `hooks:\n  on_failure: ${command}\n  on_idle: ${command}\n`);
  });
  afterEach(() => box.remove());

  const told = () => path.join(box.folder, 'told.txt');
  const add = (label: string, code: number) =>
    box.ok(
      'add',
      '--stream',
      'lane',
      '--label',
      label,
      '--',
      process.execPath,
      '-e',
      `process.exit(${code})`,
    );

  it('wait at first sight until they are confirmed, and are called by who stays', async () => {
    await add('unseen', 3);
    const { stderr } = await box.run(['watch', 'lane', '--once']);
    assert.match(stderr, /until it is confirmed with sparkq trust: hooks\.on_failure, hooks\.on_idle/);
    assert.equal(fs.existsSync(told()), false);

    const digest = (await box.ok('trust', '--digest')).trim();
    await add('good', 0);
    await add('bad', 4);
    const watcher = box.start(['watch', 'lane'], { env: { SPARKQ_TRUST: digest } });
    const text = await fileThere(told(), (now) => now.includes('on_idle'));
    assert.equal(text, 'on_failure bad\non_idle 0\n');
    await watcher.stop();
  });

  it('are called before a watcher that runs one task ends', async () => {
    const digest = (await box.ok('trust', '--digest')).trim();
    await add('bad', 4);
    await box.run(['watch', 'lane', '--once'], { env: { SPARKQ_TRUST: digest } });
    const text = await fileThere(told(), (now) => now.includes('on_idle'));
    assert.equal(text, 'on_failure bad\non_idle 0\n');
  });
});

describe('The schedules of a configuration', () => {
  let box: Sandbox;
  beforeEach(async () => {
    box = new Sandbox();
    await box.makeQueue();
    box.write(
      'sparkq.yml',
      'schedules:\n  nightly: {cron: "0 2 * * *", tz: UTC, command: [make, nightly]}\n',
    );
  });
  afterEach(() => box.remove());

  it('wait at first sight, are listed with their file once they are confirmed, and go with it', async () => {
    const before = await box.run(['schedule', 'list']);
    assert.match(
      before.stderr,
      /schedules\.nightly of sparkq\.yml waits until it is confirmed with: sparkq trust/,
    );
    assert.equal(before.stdout, 'No schedules found.\n');
    const digest = (await box.ok('trust', '--digest')).trim();
    const watcher = box.start(['watch', 'lane'], { env: { SPARKQ_TRUST: digest } });
    await watcher.says(/Watching/);
    await box.ok('reload');
    assert.match(await box.ok('schedule', 'list'), /0 2 \* \* \* +UTC .* nightly \(sparkq\.yml\)\n/);
    const [{ id = '', name = '' } = {}] = await box.json<{ id: string; name: string }[]>('schedule', 'list');
    assert.equal(name, 'nightly');
    const refused = await box.run(['schedule', 'remove', id]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /comes from sparkq\.yml\nSuggestion: Change or remove it there, as schedules\.nightly/,
    );
    box.write('sparkq.yml', '');
    await box.ok('reload');
    await watcher.stop();
    assert.equal(await box.ok('schedule', 'list'), 'No schedules found.\n');
  });
});
