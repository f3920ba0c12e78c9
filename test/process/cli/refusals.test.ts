import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Ended } from '../../support/commandLine';
import { Sandbox, ServedSandbox } from './sandbox';

/** Exit code and the lines of stderr; nothing may be on stdout. */
function refusal({ code, stdout, stderr }: Ended): [number | null, string[]] {
  assert.equal(stdout, '');
  return [code, stderr.trimEnd().split('\n')];
}

describe('the command line without a queue', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox();
  });
  afterEach(() => box.remove());

  it('exits with 3 and names setup', async () => {
    const commands = [
      ['tasks'],
      ['status'],
      ['session', 'create', 'x'],
      ['scripts', 'list'],
      ['stop'],
      ['watch', 's'],
      // Whatever else is wrong with them.
      ['tasks', '--status', 'odd'],
      ['peek', '-s', ' '],
      ['--json', 'move', 'tsk_000000000000'],
    ];
    for (const args of commands) {
      const [code, lines] = refusal(await box.run(args));
      assert.equal(code, 3, args.join(' '));
      assert.deepEqual(lines, [
        `Error: No queue in ${box.folder}`,
        'Suggestion: Create one with: sparkq setup',
      ]);
    }
    assert.deepEqual(fs.readdirSync(box.folder), []);
    assert.equal((await box.run(['completion', 'odd'])).code, 1);
  });

  it('exits with 2 for usage errors', async () => {
    const mistakes = [
      ['nonsense'],
      ['session'],
      ['session', 'nonsense'],
      ['stream', 'create', 'x'],
      ['enqueue', '-s', 'lane'],
      ['add'],
      ['add', '--wait'],
      ['add', '--shell', 'bash', 'make', 'test'],
      ['enqueue', '-s', 'lane', '-t', 'llm-haiku', '--timeout', 'abc'],
      ['peek'],
      ['fail', 'tsk_000000000000'],
      ['tasks', '--limit', 'many'],
      ['tasks', '--nonsense'],
      ['session', 'create'],
      ['session', 'create', 'a', 'b'],
      ['events', '--after', 'garbage'],
      ['move', 'tsk_000000000000', '--to', 'front', '--before', 'tsk_000000000001'],
    ];
    for (const args of mistakes) {
      const { code, stdout } = await box.run(args);
      assert.equal(code, 2, args.join(' '));
      assert.equal(stdout, '', args.join(' '));
    }
  });

  it('prints help and exits with 0 without arguments', async () => {
    const { code, stdout } = await box.run([]);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: sparkq /);
  });

  it('exits with 3 when the owner named by SPARKQ_URL is not running', async () => {
    const env = { SPARKQ_URL: 'http://127.0.0.1:1', SPARKQ_TOKEN: 'x' };
    for (const command of ['tasks', 'events']) {
      const { code, stderr } = await box.run([command], { env });
      assert.equal(code, 3, command);
      assert.match(stderr, /^Error: /);
    }
  });
});

describe('the refusals of the command line', () => {
  let box: ServedSandbox;
  before(async () => {
    box = await ServedSandbox.begin();
  });
  after(() => box.remove());

  it('name what was not found and how to list it', async () => {
    const cases: [string[], string, string][] = [
      [['stream', 'create', 'x', '-s', 'gone'], 'Error: Session not found: gone', 'sparkq session list'],
      [['peek', '-s', 'gone'], 'Error: Stream not found: gone', 'sparkq stream list'],
      [['claim', '-s', 'gone'], 'Error: Stream not found: gone', 'sparkq stream list'],
      [['enqueue', '-s', 'gone', '-t', 'llm-haiku'], 'Error: Stream not found: gone', 'sparkq stream list'],
      [['task', 'tsk_000000000000'], 'Error: Task not found: tsk_000000000000', 'sparkq tasks'],
      [
        ['complete', 'tsk_000000000000', '-r', 'x'],
        'Error: Task not found: tsk_000000000000',
        'sparkq tasks',
      ],
      [['session', 'end', 'gone'], 'Error: Session not found: gone', 'sparkq session list'],
      [['stream', 'end', 'gone'], 'Error: Stream not found: gone', 'sparkq stream list'],
    ];
    for (const [args, error, list] of cases) {
      assert.deepEqual(
        refusal(await box.run(args)),
        [1, [error, `Suggestion: List available: ${list}`]],
        args.join(' '),
      );
    }
  });

  it('suggest how to list tools, under both names of the command', async () => {
    const lane = await box.lane();
    const [code, lines] = refusal(await box.run(['enqueue', '-s', lane, '-t', 'nonsense']));
    assert.equal(code, 1);
    assert.match(lines[0] ?? '', /^Error: Tool not found/);
    assert.match(lines[1] ?? '', /sparkq tools list .*sparkq list tools/);
    assert.equal(await box.ok('list', 'tools'), await box.ok('tools', 'list'));
  });

  it('check the options of enqueue in the order that programs rely on', async () => {
    const lane = await box.lane();
    const enqueue = async (...options: string[]) => refusal(await box.run(['enqueue', ...options]));
    assert.match(
      (await enqueue('-s', ' ', '-t', ' ', '--task-class', 'X'))[1][0] ?? '',
      /^Error: Stream is required/,
    );
    assert.match(
      (await enqueue('-s', 'gone', '-t', ' ', '--task-class', 'X'))[1][0] ?? '',
      /^Error: Tool is required/,
    );
    assert.match(
      (await enqueue('-s', 'gone', '-t', 'nope', '-p', 'no', '-m', '{'))[1][0] ?? '',
      /^Error: Stream not found/,
    );
    assert.match(
      (await enqueue('-s', lane, '-t', 'nope', '-p', 'no', '-m', '{'))[1][0] ?? '',
      /^Error: Tool not found/,
    );
    assert.match((await enqueue('-s', lane, '-t', 'llm-haiku', '-p', 'no', '-m', '{'))[1][0] ?? '', /no$/);
    const [code, lines] = await enqueue('-s', lane, '-t', 'llm-haiku', '-m', '{');
    assert.equal(code, 1);
    assert.match(lines[0] ?? '', /^Error: Invalid metadata/);
    assert.match(lines[1] ?? '', /^Suggestion: Provide valid JSON \(/);
    assert.equal((await enqueue('-s', lane, '-t', 'llm-haiku', '--timeout', '0'))[0], 1);
    assert.equal((await box.queue.listTasks({ stream: lane })).total, 0);
  });

  it('list the valid options', async () => {
    assert.deepEqual(refusal(await box.run(['tasks', '-s', 'odd'])), [
      1,
      ['Error: Invalid status: odd', 'Valid options: queued, running, claimed, succeeded, failed'],
    ]);
    assert.deepEqual(refusal(await box.run(['session', 'list', '-s', 'odd'])), [
      1,
      ['Error: Invalid status: odd', 'Valid options: active, ended'],
    ]);
  });

  it('refuse names that are blank or taken', async () => {
    const lane = await box.lane();
    assert.equal(refusal(await box.run(['session', 'create', ' ']))[1][0], 'Error: Session name is required');
    assert.equal(
      refusal(await box.run(['session', 'create', ' work ']))[1][0],
      'Error: Invalid session name: work',
    );
    const [, [taken]] = refusal(await box.run(['stream', 'create', lane, '-s', 'work']));
    assert.equal(taken, `Error: Invalid stream name: ${lane}`);
  });

  it('refuse an ended session, and the streams that ended with it', async () => {
    await box.queue.createSession({ name: 'brief' });
    await box.queue.createStream({ session: 'brief', name: 'short' });
    assert.equal(await box.ok('session', 'end', 'brief'), 'Ended session: brief\n');
    assert.equal((await box.run(['session', 'end', 'brief'])).code, 1);
    assert.equal((await box.run(['stream', 'create', 'x', '-s', 'brief'])).code, 1);
    assert.equal((await box.run(['stream', 'end', 'short'])).code, 1);
  });

  it('find the queue from a subfolder, or by the folder named', async () => {
    const lane = new RegExp(await box.lane());
    const below = path.join(box.folder, 'a/b');
    fs.mkdirSync(below, { recursive: true });
    assert.match((await box.run(['stream', 'list'], { cwd: below })).stdout, lane);
    assert.equal((await box.run(['stream', 'list'], { cwd: box.root })).code, 3);
    assert.match(
      (await box.run(['stream', 'list', '--workspace', box.folder], { cwd: box.root })).stdout,
      lane,
    );
    const env = { SPARKQ_WORKSPACE: box.folder };
    assert.match((await box.run(['stream', 'list'], { cwd: box.root, env })).stdout, lane);
  });
});
