import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Sandbox } from './sandbox';

type Row = Record<string, unknown> & { id: string };

describe('commands that change or list', () => {
  let box: Sandbox;
  beforeEach(async () => {
    box = new Sandbox();
    await box.withStream();
  });
  afterEach(() => box.remove());

  const queued = async () => (await box.json<Row[]>('tasks', '--status', 'queued')).map(({ id }) => id);

  it('edit a queued task', async () => {
    const id = await box.task('--prompt', 'one');
    assert.equal(
      await box.ok('edit', id, '--prompt', 'two', '--label', 'L', '--timeout', '77'),
      `Task ${id} changed\n`,
    );
    const task = await box.json<Row>('task', id);
    assert.deepEqual(
      [task.label, task.timeout, (task.payload as { prompt: string }).prompt],
      ['L', 77, 'two'],
    );
    assert.equal((await box.run(['edit', id])).code, 1);
    assert.equal((await box.run(['edit', id, '--payload', '[1]'])).code, 1);
  });

  it('move a task to the front and to another stream', async () => {
    await box.ok('stream', 'create', 'other', '--session', 'work');
    const [first, second] = [await box.task(), await box.task()];
    assert.equal(await box.ok('move', second, '--to', 'front'), `Task ${second} moved in stream 'lane'\n`);
    assert.match(await box.ok('peek', '-s', 'lane'), new RegExp(`^Task ${second}`));
    await box.ok('move', second, '--after', first);
    assert.match(await box.ok('peek', '-s', 'lane'), new RegExp(`^Task ${first}`));
    assert.equal(await box.ok('move', first, '--stream', 'other'), `Task ${first} moved in stream 'other'\n`);
    assert.equal((await box.run(['move', first])).code, 1);
    assert.equal((await box.run(['move', first, '--to', 'front', '--before', second])).code, 2);
  });

  it('park, unpark, cancel and delete', async () => {
    const id = await box.task();
    await box.ok('park', id);
    assert.equal(await box.ok('peek', '-s', 'lane'), 'No queued tasks\n');
    await box.ok('unpark', id);
    assert.equal(await box.ok('cancel', id), `Task ${id} cancelled\n`);
    assert.equal(await box.ok('review', id, '--reject'), `Task ${id} reviewed and not accepted\n`);
    assert.equal(await box.ok('delete', id), `Task ${id} deleted\n`);
    assert.equal((await box.run(['task', id])).code, 1);
    assert.deepEqual(await queued(), []);
  });

  it('pause and resume a stream, and change how it is worked on', async () => {
    await box.task();
    await box.ok('pause', 'lane');
    assert.match(await box.ok('claim', '-s', 'lane'), /^No queued tasks/);
    await box.ok('resume', 'lane');
    const stream = await box.json<Row>(
      'stream',
      'edit',
      'lane',
      '--parallelism',
      '2',
      '--on-failure',
      'pause',
    );
    assert.deepEqual([stream.paused, stream.parallelism, stream.on_failure], [false, 2, 'pause']);
    assert.match(await box.ok('claim', '-s', 'lane'), /^Task /);
  });

  it('list tasks newest first in a table that programs can read', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.unshift(await box.task());
    const table = await box.ok('tasks');
    const lines = table.split('\n');
    assert.deepEqual(lines.slice(0, 2), ['', 'Found 3 task(s):']);
    assert.match(table, /^ID +Stream +Tool +Status +Created\n-{95}$/m);
    assert.deepEqual(table.match(/tsk_\w+/g), ids);
    assert.ok(table.endsWith('\n\n'));
    assert.deepEqual(
      (await box.json<Row[]>('tasks', '--limit', '2')).map(({ id }) => id),
      ids.slice(0, 2),
    );
    assert.deepEqual(
      (await box.json<Row[]>('tasks', '-l', '-1')).map(({ id }) => id),
      ids.slice(0, 2),
    );
    assert.equal(await box.ok('tasks', '--limit', '0'), 'No tasks found\n');
    await box.ok('claim', '-s', 'lane');
    assert.equal((await box.json<Row[]>('tasks', '--status', 'claimed', '--stream', 'lane')).length, 1);
    assert.equal((await box.json<Row[]>('tasks', '--stale')).length, 0);
  });

  it('give the first task again for the same key', async () => {
    const id = await box.task('--key', 'once');
    const again = await box.json<Row>('enqueue', '-s', 'lane', '-t', 'llm-haiku', '--key', 'once');
    assert.deepEqual([again.id, again.duplicate], [id, true]);
  });

  it('hold a task back until its time and until another has finished', async () => {
    const first = await box.task();
    const later = await box.json<Row>(
      'enqueue',
      '-s',
      'lane',
      '-t',
      'llm-haiku',
      '--not-before',
      '1h',
      '--after',
      first,
    );
    assert.deepEqual(later.after, [first]);
    assert.ok(Date.parse(String(later.not_before)) > Date.now());
    assert.equal(
      (await box.run(['enqueue', '-s', 'lane', '-t', 'llm-haiku', '--not-before', 'soon'])).code,
      1,
    );
  });

  it('read a prompt from stdin', async () => {
    const { stdout } = await box.run(
      ['enqueue', '-s', 'lane', '-t', 'llm-haiku', '--prompt', '-', '--json'],
      {
        input: 'from stdin',
      },
    );
    assert.equal((JSON.parse(stdout) as { payload: { prompt: string } }).payload.prompt, 'from stdin');
  });

  it('purge what finished long ago, and say what would go', async () => {
    const id = await box.task();
    await box.ok('cancel', id);
    assert.equal(await box.ok('purge', '--older-than', '3d'), 'Purged 0 tasks\n');
    assert.equal((await box.run(['purge', '--older-than', '0d'])).code, 1);
    assert.equal((await box.run(['purge', '--older-than', 'long'])).code, 1);
    const dry = await box.json<{ dry_run: boolean }>('purge', '--dry-run');
    assert.equal(dry.dry_run, true);
  });

  it('back up into a file and restore from it, keeping what was', async () => {
    const before = await box.task('--label', 'kept');
    await box.ok('backup', 'queue.db');
    assert.equal(box.read('queue.db').slice(0, 15), 'SQLite format 3');
    await box.task('--label', 'later');
    const restored = await box.json<{ kept: string }>('restore', 'queue.db');
    assert.ok(fs.existsSync(restored.kept));
    assert.deepEqual(await queued(), [before]);
    box.write('other.db', 'no database');
    const refused = await box.run(['restore', 'other.db']);
    assert.equal(refused.code, 1);
    assert.deepEqual(await queued(), [before]);
  });

  it('list scripts and search them', async () => {
    assert.equal(await box.ok('scripts', 'list'), 'No scripts found.\n');
    box.write('scripts/deploy.sh', '# name: Deploy\n# description: Ship it\n# tags: ops, nightly\n');
    box.write('scripts/plain.py', 'print(1)\n');
    const list = await box.ok('scripts', 'list');
    assert.match(list, /^Scripts \(2 total\):\n {2}Deploy {25}Ship it {24}ops, nightly\n {2}plain {26}—\n$/);
    assert.match(
      await box.ok('scripts', 'search', 'SHIP'),
      /^Search results for 'SHIP' \(1 match\):\n {2}Deploy/,
    );
    assert.match(await box.ok('scripts', 'search', 'p'), /\(2 matches\):/);
    assert.equal(await box.ok('scripts', 'search', 'none'), "No scripts found matching 'none'.\n");
    assert.equal((await box.json<Row[]>('scripts', 'search', '', '--tag', 'ops')).length, 1);
  });

  it('print no colours into a pipe', async () => {
    await box.task();
    assert.ok(!(await box.ok('tasks')).includes('\u001b'));
    assert.ok(!(await box.ok('task', (await queued())[0] ?? '')).includes('\u001b'));
    assert.ok(fs.existsSync(path.join(box.folder, 'sparkq.yml')));
  });
});
