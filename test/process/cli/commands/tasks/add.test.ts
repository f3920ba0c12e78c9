import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Schedule, Task } from '../../../../../src/core/model';
import { Sandbox } from '../../sandbox';

describe('sparkq add', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox();
  });
  afterEach(() => box.remove());

  it('makes no queue where nobody can be asked', async () => {
    const { code, stderr } = await box.run(['add', 'make'], { input: 'y\ny\n' });
    assert.equal(code, 3);
    assert.match(stderr, /^Error: No queue in .*\nSuggestion: Create one with: sparkq setup\n$/);
    assert.deepEqual(fs.readdirSync(box.folder), []);
  });

  it('queues words as they are, one line for a shell, and says that nobody works', async () => {
    await box.makeQueue();
    fs.mkdirSync(path.join(box.folder, 'sub'));
    const cwd = path.join(box.folder, 'sub');
    const env = { PATH: `/caller/bin:${process.env.PATH}`, VIRTUAL_ENV: '/venv', CONDA_PREFIX: '' };
    const words = await box.run(['add', 'printf', '%s', 'a b', '--json'], { cwd, env });
    assert.equal(words.code, 0, words.stderr);
    assert.match(words.stdout, /^Task tsk_\w{12} added to stream 'main': printf %s 'a b' --json\n$/);
    assert.equal(
      words.stderr,
      "No worker is running for stream 'main'.\nSuggestion: start one with: sparkq watch main\n",
    );
    const line = await box.run(['add', '--print-id', '--front', 'make test | tee log'], { env });
    assert.match(line.stdout, /^tsk_\w{12}\n$/);
    const elsewhere = await box.run(['add', '--cwd', box.root, 'make']);
    assert.equal(elsewhere.code, 1);
    assert.match(elsewhere.stderr, /^Error: Invalid folder: /);
    const tasks = await box.json<Task[]>('tasks');
    const given = { PATH: env.PATH, VIRTUAL_ENV: '/venv' };
    assert.deepEqual(
      tasks.map(({ tool_name, payload, label }) => [tool_name, payload, label]),
      [
        ['run-shell', { line: 'make test | tee log', shell: '/bin/sh', env: given }, 'make test | tee log'],
        [
          'run-command',
          { argv: ['printf', '%s', 'a b', '--json'], cwd: 'sub', env: given },
          "printf %s 'a b' --json",
        ],
      ],
    );
    const [first, second] = tasks;
    assert.ok(first && second && first.position < second.position);
    assert.match(await box.ok('tasks'), / printf %s 'a b' --json$/m);
  });

  it('keeps problem matchers with the task, for a schedule as well', async () => {
    await box.makeQueue();
    const matchers = ['--problem-matcher', '$tsc', '--problem-matcher', 'gcc'];
    await box.ok('add', ...matchers, '--', 'make');
    const [task] = await box.json<Task[]>('tasks');
    assert.match(JSON.stringify(task?.payload), /"problem_matcher":\["\$tsc","gcc"\]/);
    await box.ok('schedule', 'add', '@daily', ...matchers, '--', 'make');
    const [schedule] = await box.json<Schedule[]>('schedule', 'list');
    assert.match(JSON.stringify(schedule?.payload), /problem_matcher/);
    const blank = await box.run(['add', '--problem-matcher', ' ', 'make']);
    assert.equal(blank.code, 1);
    assert.match(blank.stderr, /^Error: Problem matcher is required/);
  });

  it("follows the output, and ends with the command's exit code", async () => {
    await box.makeQueue();
    const watcher = box.start(['watch', 'main']);
    await watcher.says(/^Watching/);
    fs.mkdirSync(path.join(box.folder, 'sub'));
    const program =
      'console.log(process.cwd(), process.env.STAGE); console.error("bad"); process.exitCode = 7';
    const words = ['add', '--follow', '--env', 'STAGE=test', process.execPath, '-e', program];
    const followed = await box.run(words, { cwd: path.join(box.folder, 'sub') });
    assert.equal(followed.code, 7, followed.stderr);
    assert.equal(followed.stdout, `${path.join(box.folder, 'sub')} test\n`);
    assert.match(followed.stderr, /^Task tsk_\w{12} added .*\nbad\nTask tsk_\w{12} failed: exit code 7/);
    const waited = await box.run(['add', '--wait', 'echo one | tr a-z A-Z']);
    assert.deepEqual([waited.code, waited.stderr], [0, '']);
    assert.match(waited.stdout, /^Task tsk_\w{12} added .*\nTask tsk_\w{12} succeeded: ONE\n$/);
    assert.equal((await watcher.stop()).code, 0);
  });

  it('queues a command for each file as a batch, whatever is in their names, and one when all are done', async () => {
    await box.makeQueue();
    const watcher = box.start(['watch', 'main']);
    await watcher.says(/^Watching/);
    const names = ['a b.csv', "it's.csv", '数据.csv', '-x.csv', '$(id).csv', 'bad.csv'];
    for (const name of names) fs.writeFileSync(path.join(box.folder, name), '');
    const program = [
      'const [name] = process.argv.slice(-1);',
      'require("node:fs").appendFileSync("seen", name + "\\n");',
      'process.exitCode = name.includes("bad") ? 3 : 0;',
    ].join('\n');
    const dry = await box.run(['add', '--each', '*.csv', '--dry-run', '--', 'fit', '{}', '--out={}.fit']);
    assert.equal(dry.stdout.split('\n').includes("fit 'a b.csv' '--out=a b.csv.fit'"), true, dry.stdout);
    assert.equal(dry.stderr, '6 tasks; nothing was queued\n');
    fs.writeFileSync(path.join(box.folder, 'done.js'), 'require("node:fs").writeFileSync("then", "done")');
    const then = `"${process.execPath}" done.js`;
    const added = await box.run([
      ...['add', '--each', '*.csv', '-j', '1', '--wait', '--then', then],
      ...['--', process.execPath, '-e', program, '--', '{}'],
    ]);
    assert.equal(added.code, 1, added.stderr);
    const [, id = ''] =
      /^Batch (bat_\w{12}): 6 tasks added to stream 'main'\nBatch \1: 5 succeeded, 1 failed\n$/.exec(
        added.stdout,
      ) ?? [];
    assert.notEqual(id, '', added.stdout);
    const seen = fs.readFileSync(path.join(box.folder, 'seen'), 'utf8').split('\n').filter(Boolean);
    assert.deepEqual([...seen].sort(), names.map((name) => (name === '-x.csv' ? './-x.csv' : name)).sort());
    await box.ok('wait', '--stream', 'main');
    assert.equal(fs.readFileSync(path.join(box.folder, 'then'), 'utf8'), 'done');
    assert.equal((await watcher.stop()).code, 0);

    const failed = await box.json<Task[]>('tasks', '--batch', id, '--status', 'failed');
    assert.deepEqual(
      failed.map(({ exit_code, batch_id }) => [exit_code, batch_id]),
      [[3, id]],
    );
    assert.equal(await box.ok('batch', id, 'retry'), `Batch ${id}: 1 queued, 5 succeeded\n`);
    const open = await box.run(['wait', '--batch', id, '--timeout', '0.2']);
    assert.deepEqual(
      [open.code, open.stderr.split('\n')[0]],
      [1, `Error: Batch ${id} has not finished within 0.2 s`],
    );
    assert.equal(await box.ok('batch', id, 'cancel'), `Batch ${id}: 5 succeeded, 1 cancelled\n`);
    const ended = await box.run(['wait', '--batch', id]);
    assert.deepEqual([ended.code, ended.stdout], [1, `Batch ${id}: 5 succeeded, 1 cancelled\n`]);
    const [listed] = await box.json<{ id: string; parallelism: number }[]>('batch');
    assert.deepEqual([listed?.id, listed?.parallelism], [id, 1]);
    assert.match(await box.ok('batch'), new RegExp(`^${id} +main +0 +0 +5 +0 +1 `, 'm'));
    assert.deepEqual(await box.json('batch', id), listed);
  });

  it('queues the names on stdin and the lines of a file, and refuses {} in a line for a shell', async () => {
    await box.makeQueue();
    const names = await box.run(['add', '--each', '-', '--print-id', 'echo', '{}'], { input: '数\n-n\n' });
    assert.match(names.stdout, /^bat_\w{12}\n$/, names.stderr);
    const rows = await box.json<Task[]>('tasks', '--batch', names.stdout.trim());
    const argvs = rows.map(({ payload }) => (payload as unknown as { argv: string[] }).argv);
    assert.deepEqual(argvs.reverse(), [
      ['echo', '数'],
      ['echo', '-n'],
    ]);
    const lines = Array.from({ length: 101 }, (_, at) => `{"tool_name": "llm-haiku", "prompt": "${at}"}`);
    fs.writeFileSync(path.join(box.folder, 'tasks.jsonl'), lines.join('\n'));
    const args = ['add', '--from', 'tasks.jsonl', '--stream', 'lane', '--key', 'k'];
    const first = await box.json<{ id: string; counts: { queued: number } }>(...args);
    assert.equal(first.counts.queued, 101);
    assert.deepEqual(await box.json(...args), { ...first, duplicate: true });
    const line = await box.run(['add', '--each', '*', 'cat {} | wc']);
    assert.deepEqual([line.code, line.stdout], [2, '']);
    assert.match(line.stderr, /^Error: --each fills in \{\} in arguments only/);
  });

  it('queues the open items of a checklist as prompts, which wait for the item that they stand under', async () => {
    await box.makeQueue();
    const plan = '# Login\n\n- [ ] Build it\n  - [ ] Test it\n- [x] Choose a name\n';
    fs.writeFileSync(path.join(box.folder, 'Plan.MD'), plan);
    assert.equal(await box.ok('add', '--from', 'Plan.MD', '--dry-run'), 'agent Build it\nagent Test it\n');
    const { id } = await box.json('add', '--from', 'Plan.MD', '--stream', 'lane');
    const [test, build] = await box.json<Task[]>('tasks', '--batch', String(id));
    assert.deepEqual(
      [build?.tool_name, build?.label, build?.after, test?.after],
      ['agent', 'Build it', [], [build?.id]],
    );
    assert.deepEqual(test?.payload, { prompt: 'Test it\n\nPart of: Login > Build it' });
    const other = await box.run(['add', '--from', 'tasks.jsonl', '--tool', 'llm-haiku']);
    assert.deepEqual([other.code, other.stdout], [2, '']);
    fs.writeFileSync(path.join(box.folder, 'done.md'), '- [x] Choose a name\n');
    const done = await box.run(['add', '--from', 'done.md']);
    assert.equal(done.code, 1);
    assert.match(done.stderr, /Invalid from: done\.md\n.*no open item/);
  });
});
