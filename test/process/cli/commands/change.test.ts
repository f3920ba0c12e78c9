import assert from 'node:assert/strict';
import { gitIn } from '../../../support/git';
import { ServedSandbox } from '../sandbox';

type Row = Record<string, unknown> & { id: string };

describe('commands that change or list', () => {
  let box: ServedSandbox;
  before(async () => {
    box = await ServedSandbox.begin();
  });
  after(() => box.remove());

  it('edit a queued task', async () => {
    const id = await box.task(await box.lane(), { prompt: 'one' });
    const edited = await box.ok('edit', id, '--prompt', 'two', '--label', 'L', '--timeout', '77');
    assert.equal(edited, `Task ${id} changed\n`);
    const task = await box.queue.getTask(id);
    assert.deepEqual([task.label, task.timeout, task.payload_json], ['L', 77, { prompt: 'two' }]);
    assert.match(await box.ok('task', id), /^Timeout: +late after 1m 17s, stopped after 2m 34s$/m);
    await box.ok('edit', id, '--kill-after', '77');
    assert.match(await box.ok('task', id), /^Timeout: +stopped after 1m 17s$/m);
    await box.ok('edit', id, '--kill-after', 'none');
    assert.equal((await box.queue.getTask(id)).kill_after, 154);
    await box.ok('edit', id, '--needs', 'gpu=2,port');
    assert.match(await box.ok('task', id), /^Needs: +gpu=2, port=1$/m);
    await box.ok('edit', id, '--needs', 'none');
    assert.equal((await box.queue.getTask(id)).needs, null);
    assert.equal((await box.run(['edit', id, '--needs', 'gpu=some'])).code, 1);
    await box.ok('edit', id, '--verify', 'npm test', '--worktree', 'none');
    const changed = await box.queue.getTask(id);
    assert.deepEqual([changed.verify, changed.worktree], [['npm', 'test'], 'none']);
    await box.ok('edit', id, '--verify', 'none', '--worktree', 'default');
    const cleared = await box.queue.getTask(id);
    assert.deepEqual([cleared.verify, cleared.worktree], [null, null]);
    assert.equal((await box.run(['edit', id, '--kill-after', '0'])).code, 1);
    assert.equal((await box.run(['edit', id, '--kill-after', 'soon'])).code, 2);
    assert.equal((await box.run(['edit', id])).code, 1);
    assert.equal((await box.run(['edit', id, '--payload', '[1]'])).code, 1);
  });

  it('warn on stderr of a payload that its tool cannot start with', async () => {
    const lane = await box.lane();
    const add = (...more: string[]) =>
      box.run(['enqueue', '-s', lane, '-t', 'run-bash', '--prompt', 'x', ...more]);
    const said =
      'The payload names no script, which tool run-bash needs: {"script_path": "scripts/name.sh"}.';
    const added = await add();
    assert.equal(added.code, 0);
    assert.equal(added.stderr, `Warning: ${said}\n`);
    const { id, warnings } = JSON.parse((await add('--json')).stdout) as Row & {
      warnings: { message: string }[];
    };
    assert.deepEqual(
      warnings.map(({ message }) => message),
      [said],
    );
    assert.ok((await box.ok('task', id)).includes(said));
  });

  it('warn on stderr of a task for an outside worker, and say what it blocks', async () => {
    const lane = await box.lane();
    const add = (...args: string[]) => box.run(['enqueue', '-s', lane, ...args]);
    const { stderr, code } = await add('-t', 'llm-haiku', '--prompt', 'x');
    assert.equal(code, 0);
    assert.equal(
      stderr,
      `Warning: Tool llm-haiku has no command here: the task waits for an outside worker, and stream ${lane} waits for the task.\n` +
        `Suggestion: let other tasks pass it: sparkq stream edit ${lane} --skip-unrunnable\n`,
    );
    const ours = await add('-t', 'run-bash', '--payload', '{"script_path": "x.sh"}', '--json');
    assert.equal(ours.stderr, '');
    const { id } = JSON.parse(ours.stdout) as Row;
    assert.match(await box.ok('task', id), /^Waiting: +Blocked by tsk_.*: tool llm-haiku has no command\.$/m);
    for (const list of [
      ['tasks', '--stream', lane],
      ['stream', 'list'],
    ]) {
      const { stdout, stderr } = await box.run(list);
      assert.match(stderr, new RegExp(`^Stream '${lane}': Blocked by tsk_`, 'm'));
      assert.doesNotMatch(stdout, /Blocked/);
    }
    assert.equal((await box.run(['tasks', '--stream', lane, '--json'])).stderr, '');
    const edited = await box.run(['edit', id, '--tool', 'llm-haiku']);
    assert.match(edited.stderr, /^Warning: Tool llm-haiku /);
    await box.ok('park', id);
    assert.match((await box.run(['unpark', id])).stderr, /^Warning: Tool llm-haiku /);
    const skips = `${lane}-skips`;
    await box.ok('stream', 'create', skips, '--session', 'work', '--skip-unrunnable');
    const moved = await box.run(['move', id, '--stream', skips]);
    assert.equal(
      moved.stderr,
      'Warning: Tool llm-haiku has no command here: the task waits for an outside worker.\n',
    );
    assert.match(
      (await box.run(['tasks', '--stream', skips])).stderr,
      /: Waiting for an outside worker: tool/,
    );
  });

  it('take text literally, even if it looks like an option of the program', async () => {
    const id = await box.task(await box.lane(), { prompt: 'one' });
    for (const prompt of ['-Verify the login', '--version']) {
      await box.ok('edit', id, '--prompt', prompt);
      assert.deepEqual((await box.queue.getTask(id)).payload_json, { prompt });
    }
    const { stdout } = await box.run(['-V']);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    assert.equal((await box.run(['--version'])).stdout, stdout);
  });

  it('move a task to the front and to another stream', async () => {
    const [lane, other] = [await box.lane(), await box.lane()];
    const [first, second] = [await box.task(lane), await box.task(lane)];
    const next = async () => (await box.queue.peek(lane))?.task.id;
    assert.equal(await box.ok('move', second, '--to', 'front'), `Task ${second} moved in stream '${lane}'\n`);
    assert.equal(await next(), second);
    await box.ok('move', second, '--after', first);
    assert.equal(await next(), first);
    assert.equal(
      await box.ok('move', first, '--stream', other),
      `Task ${first} moved in stream '${other}'\n`,
    );
    assert.equal((await box.run(['move', first])).code, 1);
  });

  it('park, unpark, cancel, review, delete and undelete', async () => {
    const lane = await box.lane();
    const id = await box.task(lane);
    assert.equal(await box.ok('park', id), `Task ${id} parked\n`);
    assert.equal(await box.queue.peek(lane), null);
    assert.equal(await box.ok('unpark', id), `Task ${id} unparked\n`);
    assert.equal(await box.ok('cancel', id), `Task ${id} cancelled\n`);
    assert.equal(await box.ok('review', id, '--reject'), `Task ${id} reviewed and not accepted\n`);
    assert.equal(await box.ok('delete', id), `Task ${id} deleted\n`);
    assert.equal((await box.run(['task', id])).code, 1);
    assert.match(await box.ok('tasks', '--deleted'), new RegExp(id));
    assert.equal(await box.ok('undelete', id), `Task ${id} restored\n`);
    assert.equal(await box.ok('tasks', '--deleted'), 'No tasks found\n');
    const running = await box.running(lane);
    assert.equal(await box.ok('cancel', running), `Task ${running} was asked to stop\n`);
  });

  it('pause and resume a stream, and change its settings', async () => {
    const lane = await box.lane();
    const id = await box.task(lane);
    assert.equal(await box.ok('pause', lane), `Stream '${lane}' paused\n`);
    assert.match(await box.ok('claim', '-s', lane), /^No queued tasks/);
    assert.equal(await box.ok('resume', lane), `Stream '${lane}' resumed\n`);
    const stream = await box.json('stream', 'edit', lane, '--parallelism', '2', '--on-failure', 'pause');
    assert.deepEqual([stream.paused, stream.parallelism, stream.on_failure], [false, 2, 'pause']);
    assert.match(await box.ok('claim', '-s', lane), new RegExp(`^Task ${id}`));
    const worked = await box.json(
      ...[
        'stream',
        'edit',
        lane,
        '--working',
        '--no-autostart',
        '--retry-interrupted',
        '--max-attempts',
        '3',
      ],
    );
    assert.deepEqual(
      [worked.working, worked.autostart, worked.retry_interrupted, worked.max_attempts],
      [true, false, true, 3],
    );
    await box.ok('stream', 'edit', lane, '--no-working');
    for (const none of ['none', '']) {
      await box.ok('stream', 'edit', lane, '--max-attempts', '2');
      assert.equal((await box.json('stream', 'edit', lane, '--max-attempts', none)).max_attempts, null);
    }
    assert.equal((await box.run(['stream', 'edit', lane, '--max-attempts', 'few'])).code, 2);
  });

  it('delete an empty stream and an empty session, and say what another one has', async () => {
    await box.ok('session', 'create', 'brief');
    await box.ok('stream', 'create', 'short', '-s', 'brief');
    const id = await box.task('short');
    const refused = await box.run(['session', 'delete', 'brief']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^Error: Delete not allowed: stream short has a task\nSuggestion: /);
    await box.ok('delete', id);
    assert.equal(await box.ok('stream', 'delete', 'short'), "Stream 'short' deleted\n");
    assert.equal((await box.run(['stream', 'delete', 'short'])).code, 1);
    const { id: session } = await box.queue.getSession('brief');
    assert.deepEqual(JSON.parse(await box.ok('session', 'delete', 'brief', '--json')), {
      id: session,
      deleted: true,
    });
  });

  it('refuse a number out of range with a sentence, and say so of all that is no number', async () => {
    const lane = await box.lane();
    const id = await box.task(lane);
    const claimed = await box.running(await box.lane());
    const commands: [string[], RegExp][] = [
      [['tasks', '--limit', '-1'], /^Error: Invalid limit: -1\nSuggestion: .*of at least 0/],
      [['events', '--count', '0'], /^Error: Invalid count: 0\nSuggestion: .*of at least 1/],
      [['output', id, '--attempt', '0'], /^Error: Invalid attempt: 0\nSuggestion: .*of at least 1/],
      [['serve', '--port', '65536'], /^Error: Invalid port: 65536\nSuggestion: .*from 0 to 65535/],
      [['run', '--port', '-1'], /^Error: Invalid port: -1\b/],
      [['enqueue', '-s', lane, '-t', 'llm-haiku', '--timeout', '0'], /^Error: Invalid timeout: 0\b/],
      [['enqueue', '-s', lane, '-t', 'llm-haiku', '--timeout', '1.5'], /^Error: Invalid timeout: 1\.5\b/],
      [
        ['enqueue', '-s', lane, '-t', 'llm-haiku', '--max-attempts', '0'],
        /^Error: Invalid max_attempts: 0\b/,
      ],
      [['edit', id, '--timeout', '-3'], /^Error: Invalid timeout: -3\b/],
      [['stream', 'edit', lane, '--parallelism', '0'], /^Error: Invalid parallelism: 0\b/],
      [['stream', 'edit', lane, '--max-attempts', '-1'], /^Error: Invalid max_attempts: -1\b/],
      [['heartbeat', claimed, '--lease', 'x', '--progress', '101'], /^Error: Invalid progress: 101\b/],
      [
        ['complete', claimed, '-r', 'x', '--exit-code', '99999999999999999999'],
        /^Error: Invalid exit_code: /,
      ],
    ];
    for (const [args, line] of commands) {
      const { code, stdout, stderr } = await box.run(args);
      assert.match(stderr, line, args.join(' '));
      assert.deepEqual([code, stdout], [1, ''], args.join(' '));
    }
    for (const args of [
      ['wait', id, '--timeout', '-1'],
      ['claim', '-s', lane, '--wait', '-1'],
      ['tasks', '--limit', 'few'],
    ]) {
      assert.equal((await box.run(args)).code, 2, args.join(' '));
    }
  });

  it('list tasks newest first in a table that programs can read', async () => {
    const lane = await box.lane();
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) ids.unshift(await box.task(lane));
    const table = await box.ok('tasks', '--stream', lane);
    assert.deepEqual(table.split('\n').slice(0, 2), ['', 'Found 3 task(s):']);
    assert.match(table, /^ID +Stream +Tool +Status +Created +Label\n-{95}$/m);
    assert.deepEqual(table.match(/tsk_\w+/g), ids);
    assert.ok(table.endsWith('\n\n'));
    assert.ok(!table.includes('\u001b'), 'no colours go into a pipe');
    const listed = async (...options: string[]) =>
      (await box.json<Row[]>('tasks', '--stream', lane, ...options)).map(({ id }) => id);
    assert.deepEqual(await listed('--limit', '2'), ids.slice(0, 2));
    assert.equal(await box.ok('tasks', '--limit', '0'), 'No tasks found\n');
    await box.queue.claimNext(lane);
    assert.deepEqual(await listed('--status', 'claimed'), ids.slice(2));
    assert.deepEqual(await listed('--stale'), []);
    await box.queue.cancel(ids[0] ?? '');
    assert.deepEqual(await listed('--failure-kind', 'cancelled'), ids.slice(0, 1));
    assert.equal((await box.run(['tasks', '--failure-kind', 'odd'])).code, 1);
  });

  it('show one task in full', async () => {
    const lane = await box.lane();
    const id = await box.running(lane);
    await box.queue.complete(id, { result_summary: 'Done so', stdout: 'printed\n' });
    const text = await box.ok('task', id);
    assert.match(text, new RegExp(`^Task ${id}: llm-haiku \\(task_class: LLM_LITE\\)\n`));
    assert.match(text, new RegExp(`^Stream: +${lane}$`, 'm'));
    assert.match(text, /^Status: +succeeded$/m);
    assert.match(text, /^Summary: +Done so$/m);
    assert.match(text, /\nStdout:\nprinted\n$/);
    const long = await box.running(lane);
    await box.queue.complete(long, { result_summary: 'Done', stdout: 'x\n'.repeat(40_000) });
    const heading = `\nStdout (the end of 80000 bytes; more: sparkq output ${long}):\n`;
    assert.ok((await box.ok('task', long)).includes(heading));
  });

  it('return the first task for a repeated key, and say what has become of it', async () => {
    const lane = await box.lane();
    const id = await box.task(lane, { idempotency_key: 'once' });
    const again = await box.json('enqueue', '-s', lane, '-t', 'llm-haiku', '--key', 'once');
    assert.deepEqual([again.id, again.duplicate], [id, true]);
    const said = () => box.ok('enqueue', '-s', lane, '-t', 'llm-haiku', '--key', 'once');
    const start = `Task ${id} enqueued to stream '${lane}' before, under the same key; it`;
    assert.equal(await said(), `${start} is queued\n`);
    await box.ok('park', id);
    assert.equal(await said(), `${start} is parked\n`);
    await box.ok('cancel', id);
    const rerun = `and runs again only with: sparkq requeue ${id}`;
    assert.equal(await said(), `${start} has failed (cancelled), ${rerun}\n`);
  });

  it('hold a task back until a time and until another task has finished', async () => {
    const lane = await box.lane();
    const first = await box.task(lane);
    const later = await box.json(
      ...['enqueue', '-s', lane, '-t', 'llm-haiku', '--not-before', '1h', '--after', first, '--prompt', 'x'],
    );
    assert.deepEqual(later.after, [first]);
    assert.ok(Date.parse(String(later.not_before)) > Date.now());
    assert.equal((await box.run(['enqueue', '-s', lane, '-t', 'llm-haiku', '--not-before', 'soon'])).code, 1);
  });

  it('record the git state of the folder', async () => {
    const git = (...args: string[]) => gitIn(box.folder, ...args);
    git('init', '--quiet');
    git('commit', '--quiet', '--allow-empty', '--message', 'First');
    const commit = git('rev-parse', 'HEAD');
    const task = await box.json<{ git: { commit: string } }>(
      'enqueue',
      '-s',
      await box.lane(),
      '-t',
      'llm-haiku',
    );
    assert.equal(task.git.commit, commit);
  });

  it('read a prompt from stdin', async () => {
    const lane = await box.lane();
    const { stdout } = await box.run(['enqueue', '-s', lane, '-t', 'llm-haiku', '--prompt', '-', '--json'], {
      input: 'from stdin',
    });
    assert.deepEqual((JSON.parse(stdout) as Row).payload, { prompt: 'from stdin', metadata: {} });
  });

  it('purge tasks that finished long ago, or show what would be purged', async () => {
    await box.queue.cancel(await box.task(await box.lane()));
    assert.equal(await box.ok('purge', '--older-than', '3d'), 'Purged 0 tasks\n');
    assert.equal((await box.run(['purge', '--older-than', 'long'])).code, 1);
    const nothing = { purged: 0, kept_unreviewed: 0, dry_run: true, tasks: [] };
    assert.deepEqual(await box.json('purge', '--dry-run'), nothing);
    assert.match(await box.ok('purge', '--older-than', '0s'), /^Purged [1-9]\d* tasks?\n$/);
    assert.deepEqual(await box.json('purge', '--older-than', '0', '--dry-run'), nothing);
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
});
