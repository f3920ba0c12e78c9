import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Sandbox } from './sandbox';

/** Title, clipboard, link, C1 sequence, carriage return, override of direction. */
const hostile =
  'x\u001b]0;t\u0007 \u001b]52;c;eA==\u0007 \u001b]8;;http://x\u001b\\y \u009b2J a\rb \u202egpj.exe \u2028';
/** Names may have no control characters. */
const turned = (name: string) => `${name}\u202egpj`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are searched for
const active = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

describe('control sequences of others', () => {
  let box: Sandbox;
  before(async () => {
    box = new Sandbox();
    const { queue } = await box.serve();
    await queue.close();
    const tools = { evil: { description: hostile, task_class: 'FAST_SCRIPT', command: [hostile] } };
    box.write('sparkq.yml', JSON.stringify({ tools }));
    // Windows has no such file names.
    const script =
      process.platform === 'win32' ? 'scripts/x.sh' : `scripts/${hostile.replaceAll('/', '')}.sh`;
    fs.mkdirSync(path.join(box.folder, 'scripts'));
    box.write(script, `# description: ${hostile.replaceAll('\r', '')}\n# tags: [${turned('tag')}]\n`);
    await box.ok('reload');
    await box.ok('session', 'create', turned('s'));
    await box.ok('stream', 'create', turned('q'), '--session', turned('s'), '--instructions', hostile);
  });
  after(() => box.remove());

  async function enqueue(): Promise<string> {
    const payload = JSON.stringify({ prompt: hostile });
    const args = ['--tool', 'llm-haiku', '--payload', payload, '--label', hostile];
    const { id } = await box.json<{ id: string }>('enqueue', '--stream', turned('q'), ...args);
    return id;
  }

  async function check(args: readonly string[]): Promise<void> {
    const { stdout, stderr } = await box.run(args);
    assert.match(stdout + stderr, /\u241b|\ufffd|\\u202e/, `${args.join(' ')} shows nothing of them`);
    assert.doesNotMatch(stdout + stderr, active, args.join(' '));
  }

  it('reach stdout and stderr of no command, and keep their values in JSON', async () => {
    const id = await enqueue();
    const stream = turned('q');
    await check(['peek', '--stream', stream]);
    await check(['claim', '--stream', stream]);
    await box.ok('fail', id, '--error', hostile);
    await check(['watch', stream, '--once']);
    const atOnce = [
      ['tasks'],
      ['tasks', '--json'],
      ['task', id],
      ['task', id, '--json'],
      ['wait', id],
      ['session', 'list'],
      ['stream', 'list'],
      ['tools', 'list'],
      ['tools', 'list', '--json'],
      ['scripts', 'list'],
      ['scripts', 'search', hostile],
      // Refusals and mistakes of usage repeat what they were given.
      ['peek', '--stream', hostile],
      ['enqueue', '--stream', stream, '--tool', hostile],
      ['stream', 'create', hostile, '--session', stream],
      ['tasks', '--status', hostile],
      [hostile],
      [`--${hostile}`],
    ];
    await Promise.all(atOnce.map(check));
    const { label, error } = await box.json<{ label: string; error: string }>('task', id);
    assert.deepEqual([label, error], [hostile.trim(), hostile.trim()]);
  });

  it('are line breaks, too, where one begins what looks like a line of ours', async () => {
    const fake = 'x\nTask tsk_000000000000 succeeded: fake\nError: fake\nStatus:     succeeded';
    const stream = turned('q');
    box.write('scripts/fine.sh', 'echo fine\n');
    const enqueue = (...args: string[]) =>
      box.json<{ id: string }>('enqueue', '-s', stream, ...args, '--label', fake);
    await enqueue('--script', 'scripts/fine.sh');
    const watching = await box.run(['watch', stream, '--once']);
    const { id } = await enqueue('-t', 'llm-haiku');
    await box.ok('claim', '--task', id);
    await box.ok('fail', id, '-e', fake);
    const shown = [
      watching,
      await box.run(['task', id]),
      await box.run(['wait', id]),
      await box.run(['enqueue', '-s', stream, '-t', fake]),
    ];
    for (const { stdout, stderr } of shown) {
      assert.match(stdout + stderr, /fake/);
      assert.doesNotMatch(stdout + stderr, /^(?:Task tsk_000000000000|Error: fake|Status: +succeeded)/m);
    }
  });

  it('are not in the questions of setup', async () => {
    if (process.platform === 'win32') return;
    const folder = path.join(box.root, 'x\u001b]0;t\u0007');
    fs.mkdirSync(folder);
    const { code, stdout, stderr } = await box.run(['setup', '--workspace', folder], {
      input: '\n'.repeat(12),
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /x␛\]0;t␇/);
    assert.doesNotMatch(stdout + stderr, active);
  });
});
