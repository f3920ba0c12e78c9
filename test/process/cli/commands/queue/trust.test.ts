import assert from 'node:assert/strict';
import { gitIn } from '../../../../support/git';
import { Sandbox } from '../../sandbox';

const say = (word: string) => `tools:\n  say: {command: [echo, ${word}], input: payload-stdin}\n`;

/** Of a task that waits. */
interface Waits {
  status: string;
  waiting: string;
  waiting_reason: { code: string; values: { tool?: string } };
}

describe('A configuration that starts something', () => {
  let box: Sandbox;
  beforeEach(async () => {
    box = new Sandbox();
    await box.makeQueue();
  });
  afterEach(() => box.remove());

  const addTask = async () => {
    const { id } = await box.json<{ id: string }>('enqueue', '--stream', 'lane', '--tool', 'say');
    return id;
  };
  const runOnce = () => box.run(['watch', 'lane', '--once']);
  it('that was cloned is used as it is, and named', async () => {
    box.write('sparkq.yml', say('one'));
    const task = await addTask();
    const { code, stdout, stderr } = await runOnce();
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`${task} succeeded`));
    assert.equal(await box.ok('output', task), 'one\n');
  });

  it('that came with a git pull waits: its tool is not started, the task says why, and all else goes on', async () => {
    box.write('sparkq.yml', say('one'));
    const git = (...args: string[]) => gitIn(box.folder, ...args);
    git('init', '-q');
    git('add', 'sparkq.yml');
    git('commit', '-qm', 'one');
    await box.ok('tasks');
    const before = git('rev-parse', 'HEAD');
    box.write('sparkq.yml', say('two'));
    git('commit', '-qam', 'two');
    git('reset', '-q', '--hard', before);
    await box.ok('tasks');
    git('merge', '-q', '--ff-only', 'HEAD@{1}');

    const added = await box.run(['enqueue', '--stream', 'lane', '--tool', 'say']);
    assert.match(
      added.stderr,
      /Warning: Tool say has changed in sparkq\.yml: the task waits until that is confirmed/,
    );
    const [task] = await box.json<({ id: string } & Waits)[]>('tasks');
    assert.ok(task);
    assert.deepEqual(
      [task.status, task.waiting_reason],
      ['queued', { code: 'unconfirmed_tool', values: { tool: 'say' } }],
    );
    const idle = await box.run(['watch', 'lane', '--once', '--json']);
    const { succeeded, failed, reason } = JSON.parse(idle.stdout);
    assert.deepEqual([succeeded, failed, reason.code], [0, 0, 'unconfirmed_tool']);
    assert.match(idle.stderr, /not used until it is confirmed with sparkq trust: tools\.say/);
    assert.match(await box.ok('doctor'), /Notice: Of sparkq\.yml this is not used until .*: tools\.say/);
    // An outside worker brings its own program.
    const claimed = await box.json<{ id: string }>('claim', '--stream', 'lane');
    assert.equal(claimed.id, task.id);
    await box.ok('stream', 'create', 'other', '--session', 'work');
    await box.ok('add', '--stream', 'other', '--', 'echo', 'goes on');
    assert.match((await box.run(['watch', 'other', '--once'])).stdout, /succeeded/);
  });

  it('that a watcher sees change is not started, and is once it is confirmed elsewhere', async () => {
    box.write('sparkq.yml', say('one'));
    const watcher = box.start(['watch', 'lane']);
    await watcher.says(/Watching/);
    box.write('sparkq.yml', say('two'));
    await box.ok('reload');
    const task = await addTask();
    const waits = await box.json<Waits>('task', task);
    assert.equal(waits.waiting_reason.code, 'unconfirmed_tool', waits.waiting);
    const digest = (await box.ok('trust', '--digest')).trim();
    assert.match(digest, /^[0-9a-f]{64}$/);
    // Whatever opens the files with this variable confirms it; here that is another watcher.
    const other = box.start(['watch', 'nobody'], { env: { SPARKQ_TRUST: digest } });
    await watcher.says(new RegExp(`${task} succeeded`));
    await other.stop();
    assert.equal(await box.ok('output', task), 'two\n');
  });

  it('is not confirmed by piped answers, nor by another digest', async () => {
    await box.ok('tasks');
    box.write('sparkq.yml', say('piped'));
    for (const args of [['trust'], ['trust', 'revoke']]) {
      const { code, stderr } = await box.run(args, { input: 'y\ny\n' });
      assert.equal(code, 1);
      assert.match(stderr, /Error: \w+ it takes a person on a terminal.*\nSuggestion: .*SPARKQ_TRUST/);
    }
    await addTask();
    const { stdout, stderr } = await box.run(['watch', 'lane', '--once'], {
      env: { SPARKQ_TRUST: '0'.repeat(64) },
    });
    assert.match(stdout, /Nothing to run/);
    assert.match(stderr, /SPARKQ_TRUST names another sparkq\.yml than this one/);
    assert.deepEqual(await box.json('trust', 'list'), [{ name: 'tools.say', confirmed: false }]);
  });

  it('that a person edits is asked about once, on a terminal', async function () {
    if (process.platform !== 'linux') this.skip();
    box.write('sparkq.yml', say('one'));
    await box.ok('tasks');
    box.write('sparkq.yml', say('two'));
    const no = await box.onTerminal('', 'trust');
    assert.deepEqual([no.code, /Nothing was confirmed\n$/.test(no.output)], [1, true], no.output);
    const yes = await box.onTerminal('y', 'trust');
    assert.equal(yes.code, 0, yes.output);
    assert.match(yes.output, /\n {2}tools\.say:\n {4}command:\n {6}- echo\n- {5}- one\n\+ {5}- two\n/);
    assert.match(yes.output, /Confirmed: tools\.say\n$/);
    const again = await box.run(['trust']);
    assert.deepEqual([again.code, /^Nothing of .* waits/.test(again.stdout)], [0, true]);
    const task = await addTask();
    await runOnce();
    assert.equal(await box.ok('output', task), 'two\n');
    assert.match((await box.onTerminal('y', 'trust', 'revoke')).output, /Nothing is confirmed any more\n$/);
    assert.deepEqual(await box.json('trust', 'list'), [{ name: 'tools.say', confirmed: false }]);
  });
});
