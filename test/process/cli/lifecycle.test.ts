import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Sandbox, ServedSandbox } from './sandbox';

describe('the command line where no owner runs', () => {
  it('takes a task from enqueue to complete, in the wording that programs rely on', async () => {
    const box = new Sandbox();
    try {
      await box.ok('setup', '--yes');
      assert.match(
        await box.ok('session', 'create', ' work '),
        /^Created session: work \(ses_[0-9a-f]{12}\)\n$/,
      );
      const created = await box.ok('stream', 'create', 'lane', '--session', 'work');
      assert.match(created, /^Created stream: lane \(str_[0-9a-f]{12}\)\n$/);
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
      const prompt = 'Prompt: Write "it"\nwell';
      assert.match(
        await box.ok('peek', '-s', 'lane'),
        new RegExp(
          `^Task ${id}: llm-haiku \\(task_class: LLM_LITE\\)\nQueued: \\S+(?:Z|[+-][\\d:]{5})\n${prompt}\\.\\.\\.\n$`,
        ),
      );
      assert.equal(await box.ok('claim', '-s', 'lane'), `Task ${id}: llm-haiku\nStream: lane\n${prompt}\n`);
      assert.equal(
        await box.ok('complete', id, '--result', 'Work finished'),
        `Task ${id} marked as succeeded\n`,
      );
      const task = await box.json('task', id);
      assert.equal(task.status, 'succeeded');
      assert.equal(task.result, 'Work finished');
      assert.deepEqual(task.payload, { prompt: 'Write "it"\nwell', metadata: { a: [1, '\n'] } });
      assert.match(await box.ok('requeue', id), new RegExp(`^Task ${id} requeued as tsk_[0-9a-f]{12}\n$`));
      assert.equal(await box.ok('status'), 'SparkQ server: not running\n');
    } finally {
      await box.remove();
    }
  });
});

describe('the command line on a served queue', () => {
  let box: ServedSandbox;
  before(async () => {
    box = await ServedSandbox.begin();
  });
  after(() => box.remove());

  it('reports a created stream with the start of its instructions', async () => {
    const created = await box.ok(
      'stream',
      'create',
      'fresh',
      '--session',
      'work',
      '-i',
      'Keep the tests green',
    );
    assert.match(
      created,
      /^Created stream: fresh \(str_[0-9a-f]{12}\)\nInstructions: Keep the tests green\.\.\.\n$/,
    );
    assert.match(
      await box.ok('session', 'list'),
      /^\nName +Status +Started +Streams\n-{60}\nwork +active +\S+ +\d+\n$/,
    );
    assert.match(
      await box.ok('stream', 'list'),
      /^\nName +Session +Status +Tasks\n-{55}\n(.*\n)*fresh +work +active +0\n/,
    );
  });

  it('says when there is no task', async () => {
    const lane = await box.lane();
    assert.equal(await box.ok('peek', '-s', lane), 'No queued tasks\n');
    assert.equal(await box.ok('claim', '-s', lane), `No queued tasks in stream '${lane}'\n`);
    assert.equal(await box.ok('claim', '-s', lane, '--json'), '');
    assert.equal(await box.ok('peek', '-s', lane, '--json'), '');
    assert.equal(await box.ok('tasks', '--stream', lane), 'No tasks found\n');
    assert.deepEqual(await box.json('tasks', '--stream', lane), []);
  });

  it('prints the lease with --json, and refuses another one with exit code 4', async () => {
    const lane = await box.lane('Mind the gap');
    const id = await box.task(lane, { prompt: 'Do it' });
    const claim = await box.json<{ id: string; lease: string; stream: unknown; payload: unknown }>(
      'claim',
      '-s',
      lane,
    );
    assert.equal(claim.id, id);
    assert.deepEqual(claim.payload, { prompt: 'Do it' });
    const stream = await box.queue.getStream(lane);
    assert.deepEqual(claim.stream, { id: stream.id, name: lane, instructions: 'Mind the gap' });
    assert.equal((await box.run(['complete', id, '-r', 'ok', '--lease', 'f'.repeat(32)])).code, 4);
    const again = await box.run(['claim', '--task', id]);
    assert.equal(again.code, 4);
    assert.match(again.stderr, /^Error: .*not found or already claimed/);
    const beat = await box.json('heartbeat', id, '--lease', claim.lease, '--progress', '40');
    assert.equal(beat.cancel_requested, false);
    assert.equal(
      await box.ok('complete', id, '-r', 'ok', '--lease', claim.lease),
      `Task ${id} marked as succeeded\n`,
    );
  });

  it('puts a task back with a question, and hands the answer to the next claim', async () => {
    const lane = await box.lane();
    const id = await box.task(lane, { prompt: 'Tidy up' });
    const { lease } = await box.json<{ lease: string }>('claim', '-s', lane);
    const asked = ['ask', id, 'Drop', 'the table?', '--choice', 'yes', '--choice', 'no', '--lease', lease];
    assert.equal(await box.ok(...asked), `Task ${id} put back with its question\n`);
    assert.equal(await box.ok('claim', '-s', lane), `No queued tasks in stream '${lane}'\n`);
    const shown = await box.ok('task', id);
    assert.match(
      shown,
      /^Question: +Drop the table\?\n +- yes\n +- no\n +answer: sparkq answer tsk_\w+ TEXT$/m,
    );
    assert.equal(await box.ok('answer', id, 'no'), `Task ${id} answered\n`);
    assert.equal(
      await box.ok('claim', '-s', lane),
      `Task ${id}: llm-haiku\nStream: ${lane}\nPrompt: Tidy up\nNote: Question: Drop the table?\nAnswer: no\n`,
    );
    assert.equal(
      (await box.run(['answer', id, 'no'])).stderr.split('\n')[0],
      `Error: Task ${id} asks nothing`,
    );
  });

  it('prints the instructions of the stream with a claim', async () => {
    const lane = await box.lane('Mind the gap');
    const id = await box.task(lane);
    assert.equal(
      await box.ok('claim', '-s', lane),
      `Task ${id}: llm-haiku\nStream: ${lane}\nInstructions: Mind the gap\n`,
    );
  });

  it('lists the streams when claim names none', async () => {
    const lane = await box.lane();
    await box.task(lane);
    assert.match(await box.ok('claim'), new RegExp(`\n- ${lane} \\(str_[0-9a-f]{12}\\): 1 queued\n`));
  });

  it('takes the result from a file, and the summary from its JSON', async () => {
    const lane = await box.lane();
    const result = async (...options: string[]) => {
      const id = await box.running(lane);
      await box.ok('complete', id, ...options);
      const task = await box.queue.getTask(id);
      return [task.result_summary, task.result];
    };
    const long = 'x'.repeat(300);
    const report = '{"summary": "All good", "tests": 3}';
    box.write('long.txt', long);
    box.write('report.json', report);
    assert.deepEqual(await result('-r', 'long.txt'), [long.slice(0, 200), long]);
    assert.deepEqual(await result('-r', 'report.json'), ['All good', report]);
    assert.deepEqual(await result('-r', 'Mine', '-f', 'report.json'), ['Mine', report]);
    assert.deepEqual(await result('--summary', '', '-f', 'report.json'), ['All good', report]);
    assert.deepEqual(await result('-r', '{"summary": "Short", "n": 1}'), [
      'Short',
      '{"summary": "Short", "n": 1}',
    ]);
  });

  it('accepts a result that is too long for a file name', async () => {
    const lane = await box.lane();
    for (const result of ['A sentence of many words. '.repeat(20), 'a/b '.repeat(2000)]) {
      const id = await box.running(lane);
      await box.ok('complete', id, '--result', result);
      assert.equal((await box.queue.getTask(id)).result_summary, result);
    }
  });

  it('follows the output of a task into its next attempt', async () => {
    const lane = await box.lane();
    const id = await box.task(lane, { max_attempts: 2 });
    const follower = box.start(['output', id, '--follow']);
    const inJson = box.start(['output', id, '--follow', '--json']);
    await box.queue.claimTask(id);
    await box.queue.fail(id, { error_message: 'no', stdout: 'the first try says much\n' });
    await follower.says(/^the first try says much\n$/);
    const again = await box.queue.claimNext(lane, { wait: 60 });
    assert.equal(again?.task.attempts, 2);
    await box.queue.complete(id, { result_summary: 'ok', stdout: 'second\n' });
    const followed = await follower.exited;
    assert.deepEqual(
      [followed.stdout, followed.stderr],
      ['the first try says much\nsecond\n', '[attempt 2]\n'],
    );
    const { stdout, stderr } = await inJson.exited;
    const { text, size } = JSON.parse(stdout);
    assert.deepEqual([text, size, stderr], ['second\n', 7, '']);
  });

  it('refuses a blank result and leaves the task running', async () => {
    const id = await box.running(await box.lane());
    const blank = await box.run(['complete', id, '--result', '  ']);
    assert.equal(blank.code, 1);
    assert.match(blank.stderr, /^Error: Result summary is required\n/);
    for (const result of ['{"summary": ""}', '{"summary": 5}']) {
      const refused = await box.run(['complete', id, '--result', result]);
      assert.equal(refused.code, 1, result);
      assert.match(refused.stderr, /^Error: /);
    }
    const missing = await box.run(['complete', id, '--result', '', '-f', 'nowhere.txt']);
    assert.match(missing.stderr, /^Error: Result file not found: nowhere\.txt\n/);
    assert.equal((await box.queue.getTask(id)).status, 'running');
    assert.equal((await box.run(['complete', id])).code, 2);
  });

  it('reports a failure with its type, for running tasks only', async () => {
    const id = await box.task(await box.lane());
    const early = await box.run(['fail', id, '-e', 'No']);
    assert.deepEqual(
      [early.code, early.stderr.split('\n')[0]],
      [1, 'Error: Fail not allowed in queued state'],
    );
    await box.queue.claimTask(id);
    const blank = await box.run(['fail', id, '-e', ' ']);
    assert.deepEqual([blank.code, blank.stderr], [1, 'Error: Error message is required\n']);
    assert.equal(
      await box.ok('fail', id, '-e', 'No', '--error-type', 'TESTS'),
      `Task ${id} marked as failed\n`,
    );
    const task = await box.queue.getTask(id);
    assert.deepEqual([task.status, task.error], ['failed', 'TESTS: No']);
  });

  it('names the state that forbids a command', async () => {
    const lane = await box.lane();
    const id = await box.task(lane);
    const requeue = await box.run(['requeue', id]);
    assert.equal(requeue.code, 1);
    assert.match(requeue.stderr, /^Error: Requeue not allowed in queued state\nSuggestion: Try: /);
    const complete = await box.run(['complete', id, '-r', 'x']);
    assert.equal(complete.code, 1);
    assert.match(complete.stderr, /^Error: Complete not allowed in queued state\nSuggestion: Try: /);
    const stream = await box.queue.getStream(lane);
    assert.equal(await box.ok('stream', 'end', lane), `Stream ${stream.id} ended successfully\n`);
    const ended = await box.run(['enqueue', '-s', lane, '-t', 'llm-haiku']);
    assert.deepEqual(
      [ended.code, ended.stderr.split('\n')[0]],
      [1, 'Error: Enqueue not allowed in ended state'],
    );
    assert.equal((await box.run(['stream', 'end', lane])).code, 1);
    assert.equal((await box.run(['claim', '-s', lane])).code, 1);
    assert.match(await box.ok('peek', '-s', lane), new RegExp(`^Task ${id}`));
  });

  it('enqueues a script by its path, with the tool of its extension', async () => {
    const lane = await box.lane();
    box.write('scripts/build.sh', '# name: Build\n# timeout: 77\necho hi\n');
    const { stdout } = await box.run(
      [
        'enqueue',
        '--json',
        '--stream',
        lane,
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
    const enqueued = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      [enqueued.tool_name, enqueued.timeout, enqueued.payload, enqueued.label],
      ['run-bash', 77, { script_path: 'scripts/build.sh', args: ['release', '--fast'] }, 'b'],
    );
    const outside = await box.run(['enqueue', '-s', lane, '--script', '../outside.sh']);
    assert.equal(outside.code, 1);
    assert.match(outside.stderr, /^Error: .*outside/);
  });

  it('prefers a script of the workspace over one in the current folder', async () => {
    const lane = await box.lane();
    box.write('scripts/same.sh', '# timeout: 77\necho hi\n');
    const other = path.join(box.root, 'other');
    fs.mkdirSync(path.join(other, 'scripts'), { recursive: true });
    fs.writeFileSync(path.join(other, 'scripts/same.sh'), 'echo other\n');
    const enqueue = (script: string) =>
      box.run(['--workspace', box.folder, 'enqueue', '--json', '-s', lane, '--script', script], {
        cwd: other,
      });
    const { stdout, stderr } = await enqueue('scripts/same.sh');
    assert.equal(stderr, '');
    const { timeout, payload } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([timeout, payload], [77, { script_path: 'scripts/same.sh', args: [] }]);
    assert.match((await enqueue(path.join(other, 'scripts/same.sh'))).stderr, /^Error: .*outside/);
  });
});
