import assert from 'node:assert/strict';
import path from 'node:path';
import { Sandbox } from './sandbox';

describe('the command line on one task', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox();
  });
  afterEach(() => box.remove());

  it('makes a session and a stream and says so in the words that programs know', async () => {
    await box.ok('setup', '--yes');
    assert.match(
      await box.ok('session', 'create', ' work '),
      /^Created session: work \(ses_[0-9a-f]{12}\)\n$/,
    );
    const created = await box.ok(
      'stream',
      'create',
      'lane',
      '--session',
      'work',
      '-i',
      'Keep the tests green',
    );
    assert.match(
      created,
      /^Created stream: lane \(str_[0-9a-f]{12}\)\nInstructions: Keep the tests green\.\.\.\n$/,
    );
    assert.match(
      await box.ok('session', 'list'),
      /^\nName +Status +Started +Streams\n-{60}\nwork +active +\S+ +1\n$/,
    );
    assert.match(
      await box.ok('stream', 'list'),
      /^\nName +Session +Status +Tasks\n-{55}\nlane +work +active +0\n$/,
    );
  });

  it('takes a task from the queue to its end', async () => {
    await box.withStream();
    box.write('prompt.txt', 'Write "it"\nwell');
    const enqueued = await box.ok(
      'enqueue',
      '-s',
      'lane',
      '-t',
      'llm-haiku',
      '-p',
      'prompt.txt',
      '-m',
      '{"a":[1,"\\n"]}',
    );
    const id =
      /^Task (tsk_[0-9a-f]{12}) enqueued to stream 'lane'\n$/.exec(enqueued)?.[1] ?? assert.fail(enqueued);
    const peeked = await box.ok('peek', '-s', 'lane');
    assert.match(
      peeked,
      new RegExp(
        `^Task ${id}: llm-haiku \\(task_class: LLM_LITE\\)\nQueued: \\S+Z\nPrompt: Write "it"\nwell\\.\\.\\.\n$`,
      ),
    );
    assert.equal(
      await box.ok('claim', '-s', 'lane'),
      `Task ${id}: llm-haiku\nStream: lane\nPrompt: Write "it"\nwell\n`,
    );
    assert.equal(
      await box.ok('complete', id, '--result', 'Work finished'),
      `Task ${id} marked as succeeded\n`,
    );
    const task = await box.json<{ status: string; result: string; payload: unknown }>('task', id);
    assert.equal(task.status, 'succeeded');
    assert.equal(task.result, 'Work finished');
    assert.deepEqual(task.payload, { prompt: 'Write "it"\nwell', metadata: { a: [1, '\n'] } });
    const requeued = await box.ok('requeue', id);
    assert.match(requeued, new RegExp(`^Task ${id} requeued as tsk_[0-9a-f]{12}\n$`));
  });

  it('says so when there is nothing to do', async () => {
    await box.withStream();
    assert.equal(await box.ok('peek', '-s', 'lane'), 'No queued tasks\n');
    assert.equal(await box.ok('claim', '-s', 'lane'), "No queued tasks in stream 'lane'\n");
    assert.equal(await box.ok('claim', '-s', 'lane', '--json'), '');
    assert.equal(await box.ok('peek', '-s', 'lane', '--json'), '');
    assert.equal(await box.ok('tasks'), 'No tasks found\n');
    assert.deepEqual(await box.json('tasks'), []);
  });

  it('hands out the lease with --json, and refuses another one with exit code 4', async () => {
    await box.withStream();
    const id = await box.task('--prompt', 'Do it');
    const claim = await box.json<{
      id: string;
      lease: string;
      stream: { name: string };
      payload: { prompt: string };
    }>('claim', '--stream', 'lane');
    assert.equal(claim.id, id);
    assert.equal(claim.stream.name, 'lane');
    assert.equal(claim.payload.prompt, 'Do it');
    const wrong = await box.run(['complete', id, '-r', 'ok', '--lease', 'f'.repeat(32)]);
    assert.equal(wrong.code, 4);
    const again = await box.run(['claim', '--task', id]);
    assert.equal(again.code, 4);
    assert.match(again.stderr, /^Error: .*not found or already claimed/);
    const beat = await box.json<{ cancel_requested: boolean }>(
      'heartbeat',
      id,
      '--lease',
      claim.lease,
      '--progress',
      '40',
    );
    assert.equal(beat.cancel_requested, false);
    assert.equal(
      await box.ok('complete', id, '-r', 'ok', '--lease', claim.lease),
      `Task ${id} marked as succeeded\n`,
    );
  });

  it('lists the streams to claim from, and refuses when there is none', async () => {
    await box.ok('setup', '--yes');
    const none = await box.run(['claim']);
    assert.deepEqual(
      [none.code, none.stderr],
      [1, 'Error: Stream is required\nSuggestion: Try: sparkq stream list\n'],
    );
    await box.ok('session', 'create', 'work');
    await box.ok('stream', 'create', 'lane', '--session', 'work');
    await box.task('--prompt', 'x');
    assert.match(await box.ok('claim'), /\n- lane \(str_[0-9a-f]{12}\): 1 queued\n$/);
  });

  it('takes the result from a file, and the summary from its JSON', async () => {
    await box.withStream();
    const result = async (...options: string[]) => {
      const id = await box.task();
      await box.ok('claim', '-s', 'lane');
      await box.ok('complete', id, ...options);
      const task = await box.json<{ result: string; result_summary: string }>('task', id);
      return [task.result_summary, task.result];
    };
    const long = 'x'.repeat(300);
    box.write('long.txt', long);
    box.write('report.json', '{"summary": "All good", "tests": 3}');
    assert.deepEqual(await result('-r', 'long.txt'), [long.slice(0, 200), long]);
    assert.deepEqual(await result('-r', 'report.json'), ['All good', '{"summary": "All good", "tests": 3}']);
    assert.deepEqual(await result('-r', 'Mine', '-f', 'report.json'), [
      'Mine',
      '{"summary": "All good", "tests": 3}',
    ]);
    assert.deepEqual(await result('--summary', '', '-f', 'report.json'), [
      'All good',
      '{"summary": "All good", "tests": 3}',
    ]);
    assert.deepEqual(await result('-r', '{"summary": "Short", "n": 1}'), [
      'Short',
      '{"summary": "Short", "n": 1}',
    ]);
  });

  it('refuses a blank result and leaves the task running', async () => {
    await box.withStream();
    const id = await box.task();
    await box.ok('claim', '-s', 'lane');
    const blank = await box.run(['complete', id, '--result', '  ']);
    assert.equal(blank.code, 1);
    assert.match(blank.stderr, /^Error: Result summary is required\n/);
    for (const result of ['{"summary": ""}', '{"summary": 5}', '5']) {
      const refused = await box.run(['complete', id, '--result', result]);
      assert.equal(refused.code, 1, result);
      assert.match(refused.stderr, /^Error: /);
    }
    const missing = await box.run(['complete', id, '--result', '', '-f', 'nowhere.txt']);
    assert.match(missing.stderr, /^Error: Result file not found: nowhere\.txt\n/);
    assert.equal((await box.json<{ status: string }>('task', id)).status, 'running');
    assert.equal((await box.run(['complete', id])).code, 2);
  });

  it('reports a failure with its type, and only of a running task', async () => {
    await box.withStream();
    const id = await box.task();
    const early = await box.run(['fail', id, '-e', 'No']);
    assert.deepEqual(
      [early.code, early.stderr.split('\n')[0]],
      [1, 'Error: Fail not allowed in queued state'],
    );
    await box.ok('claim', '-s', 'lane');
    const blank = await box.run(['fail', id, '-e', ' ']);
    assert.deepEqual([blank.code, blank.stderr], [1, 'Error: Error message is required\n']);
    assert.equal(
      await box.ok('fail', id, '-e', 'No', '--error-type', 'TESTS'),
      `Task ${id} marked as failed\n`,
    );
    const task = await box.json<{ error: string; status: string }>('task', id);
    assert.deepEqual([task.status, task.error], ['failed', 'TESTS: No']);
  });

  it('refuses what the state forbids with the state in the sentence', async () => {
    await box.withStream();
    const id = await box.task();
    const requeue = await box.run(['requeue', id]);
    assert.equal(requeue.code, 1);
    assert.match(requeue.stderr, /^Error: Requeue not allowed in queued state\nSuggestion: Try: /);
    const complete = await box.run(['complete', id, '-r', 'x']);
    assert.equal(complete.code, 1);
    assert.match(complete.stderr, /^Error: Complete not allowed in queued state\nSuggestion: Try: /);
    await box.ok('stream', 'end', 'lane');
    const ended = await box.run(['enqueue', '-s', 'lane', '-t', 'llm-haiku']);
    assert.deepEqual(
      [ended.code, ended.stderr.split('\n')[0]],
      [1, 'Error: Enqueue not allowed in ended state'],
    );
    assert.equal((await box.run(['stream', 'end', 'lane'])).code, 1);
    assert.equal((await box.run(['claim', '-s', 'lane'])).code, 1);
  });

  it('runs a script by its path with the tool that its name tells', async () => {
    await box.withStream();
    box.write('scripts/build.sh', '# name: Build\n# timeout: 77\necho hi\n');
    const run = await box.run(
      [
        'enqueue',
        '--json',
        '--stream',
        'lane',
        '--script',
        'build.sh',
        'release',
        '--label',
        'b',
        '--',
        '--fast',
      ],
      { cwd: path.join(box.folder, 'scripts') },
    );
    const enqueued = JSON.parse(run.stdout) as Record<string, unknown>;
    assert.deepEqual(
      [enqueued.tool_name, enqueued.timeout, enqueued.payload, enqueued.label],
      ['run-bash', 77, { script_path: 'scripts/build.sh', args: ['release', '--fast'] }, 'b'],
    );
  });
});
