import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { FakeAgents } from '../../../../support/agents/fakeAgents';
import { Sandbox } from '../../sandbox';

describe('sparkq setup', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox();
  });
  afterEach(() => box.remove());

  it('asks nothing with --yes, and writes neither a port nor a database', async () => {
    await box.ok('setup', '--yes');
    const text = box.read('sparkq.yml');
    assert.match(text, /^\s*name: my-project$/m);
    assert.doesNotMatch(text, /^\s*port:/m);
    assert.doesNotMatch(text, /^database:|repo_path/m);
    assert.deepEqual(await box.json('session', 'list'), []);
  });

  it('writes a tool for each agent that is installed, and starts none', async () => {
    const agents = new FakeAgents(path.join(box.root, 'fake'), ['claude', 'opencode']);
    const { PATH = '' } = agents.env;
    const { code, stderr } = await box.run(['setup', '--yes'], { env: { PATH } });
    assert.equal(code, 0, stderr);
    const text = box.read('sparkq.yml');
    assert.match(text, /^ {4}agent: claude$/m);
    assert.match(text, /^ {4}agent: opencode$/m);
    assert.doesNotMatch(text, /agent: gemini/);
    assert.match(await box.ok('tools', 'list'), /^claude /m);
    assert.deepEqual(agents.starts, []);
  });

  it('adds to an existing sparkq.yml the tools that it lacks, only when it is told to', async () => {
    const agents = new FakeAgents(path.join(box.root, 'fake'), ['claude', 'codex']);
    const { PATH = '' } = agents.env;
    const text = 'tools:\n  # Mine.\n  night:\n    agent: codex # at night\n';
    box.write('sparkq.yml', text);
    const kept = await box.run(['setup', '--yes'], { env: { PATH } });
    assert.match(kept.stdout, /no tool in it: claude\. .*sparkq setup --agents/);
    assert.equal(box.read('sparkq.yml'), text);
    const { code, stdout } = await box.run(['setup', '--agents'], { env: { PATH } });
    assert.deepEqual([code, /added tools to it: claude$/m.test(stdout)], [0, true]);
    assert.ok(box.read('sparkq.yml').startsWith(text));
    assert.match(box.read('sparkq.yml'), /^ {4}agent: claude$/m);
    box.write('sparkq.yml', 'tools: {night: {agent: codex}}\n');
    const refused = await box.run(['setup', '--agents'], { env: { PATH } });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /by hand:\n(.*\n)*.*agent: claude/);
    assert.deepEqual(agents.starts, []);
  });

  it('leaves the queue without an owner, as doctor says', async () => {
    await box.makeQueue();
    assert.match(await box.ok('doctor'), /^Owner: +none$/m);
  });

  it('takes empty lines for the defaults', async () => {
    const { code } = await box.run(['setup'], { input: '\n'.repeat(12) });
    assert.equal(code, 0);
    assert.match(box.read('sparkq.yml'), /^\s*name: my-project$/m);
  });

  it('takes answers in order', async () => {
    const answers = ['shop', '', 'docs/prd.md', 'tools', 'jobs', '', '31', '', '', '901'];
    const { code, stderr } = await box.run(['setup'], { input: `${answers.join('\n')}\n` });
    assert.equal(code, 0, stderr);
    const { config } = await box.json<{ config: string }>('setup', '--yes');
    assert.equal(config, path.join(box.folder, 'sparkq.yml'));
    const text = box.read('sparkq.yml');
    assert.match(text, /^\s*name: shop$/m);
    assert.match(text, /prd_path: docs\/prd\.md/);
    assert.match(text, /tools/);
    assert.match(text, /jobs/);
    assert.match(text, /\b31\b/);
    assert.match(text, /\b901\b/);
  });

  it('leaves a queue whose commands warn of what is wrong in sparkq.yml, and do their work', async () => {
    await box.makeQueue();
    box.write('sparkq.yml', 'tools: {mine: {timeout: soon, command: make build}, other: {}}\nodd: 1\n');
    const { code, stdout, stderr } = await box.run(['tools', 'list']);
    assert.equal(code, 0);
    assert.match(stdout, /^mine /m);
    assert.match(stdout, /^other /m);
    assert.match(stderr, /sparkq\.yml:1:25: tools\.mine\.timeout must be .* It is ignored\./);
    const doctor = await box.run(['doctor']);
    assert.equal(doctor.code, 1);
    assert.match(doctor.stdout, /^Problem: sparkq\.yml:1:25: /m);
    assert.match(doctor.stdout, /use a list, \[make, build\], or shell: true/);
  });

  it('keeps an existing sparkq.yml and the contents of the queue', async () => {
    box.write('sparkq.yml', 'project:\n  name: mine\n');
    await box.ok('setup', '--yes');
    await box.ok('session', 'create', 'work');
    await box.ok('setup', '--yes');
    assert.equal(box.read('sparkq.yml'), 'project:\n  name: mine\n');
    assert.match(await box.ok('session', 'list'), /work/);
  });

  it('keeps questions off stdout with --json', async () => {
    const { stdout } = await box.run(['setup', '--json'], { input: '\n' });
    assert.equal((JSON.parse(stdout) as { workspace: string }).workspace, box.folder);
  });

  it('puts the files into SPARKQ_STORAGE', async () => {
    const storage = path.join(box.root, 'elsewhere');
    const env = { SPARKQ_STORAGE: storage };
    assert.equal((await box.run(['tasks'], { env })).code, 3);
    assert.equal((await box.run(['setup', '--yes'], { env })).code, 0);
    assert.ok(fs.existsSync(storage));
    assert.equal((await box.run(['session', 'create', 'x'], { env })).code, 0);
  });
});
