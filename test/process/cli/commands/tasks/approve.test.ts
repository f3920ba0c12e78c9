import assert from 'node:assert/strict';
import { Sandbox } from '../../sandbox';

const agent = { SPARKQ_ORIGIN: 'agent', CLAUDECODE: '1' };

describe('What an agent has queued', () => {
  let box: Sandbox;
  before(async function () {
    // Only there is a terminal for the test.
    if (process.platform !== 'linux') this.skip();
    box = new Sandbox();
    await box.makeQueue();
  });
  after(() => box?.remove());

  const queued = async (): Promise<string> => {
    box.write('scripts/hello.sh', 'echo hello\n');
    const args = ['enqueue', '--stream', 'lane', '--script', 'scripts/hello.sh', '--json'];
    const { code, stdout, stderr } = await box.run(args, { env: agent });
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { id: string }).id;
  };

  it('is approved on a terminal only, where all that would start is shown', async () => {
    const id = await queued();
    assert.match(await box.ok('tasks', '--unapproved'), new RegExp(id));
    assert.match(
      await box.ok('task', id),
      /^Approval: +pending\n +look at it and approve it: sparkq approve /m,
    );
    const piped = await box.run(['approve', id], { input: 'y\n' });
    assert.deepEqual(
      [piped.code, piped.stderr.split('\n', 1)],
      [1, ['Error: Approving takes a person on a terminal: what is piped in does not count']],
    );
    const no = await box.onTerminal('', 'approve', id);
    assert.deepEqual([no.code, /Nothing was approved\n$/.test(no.output)], [1, true], no.output);
    const yes = await box.onTerminal('y', 'approve', id, '--remember');
    assert.equal(yes.code, 0, yes.output);
    assert.match(yes.output, /Queued by: an agent \(claude\)\n/);
    assert.match(yes.output, /File scripts\/hello\.sh, 11 bytes:\n {2}\| echo hello\n/);
    assert.match(yes.output, new RegExp(`Approved: ${id}\n$`));
    assert.match((await box.run(['watch', 'lane', '--once'])).stdout, new RegExp(`${id} succeeded`));
  });

  it('starts by itself once it is remembered, until that is revoked', async () => {
    assert.equal((await box.json('task', await queued())).approval, 'given');
    const [run] = await box.json<{ name: string; digest: string }[]>('trust', 'list');
    assert.equal(run?.name, 'hello');
    const revoked = await box.onTerminal('y', 'trust', 'revoke', run?.digest.slice(0, 12) ?? '');
    assert.match(revoked.output, /No longer approved: /);
    assert.deepEqual(await box.json('trust', 'list'), []);
    assert.equal((await box.json('task', await queued())).approval, 'pending');
  });

  it('is denied on a terminal only, with a reason', async () => {
    const id = await queued();
    assert.equal((await box.run(['deny', id])).code, 1);
    const denied = await box.onTerminal('', 'deny', id, 'Not', 'today');
    assert.deepEqual([denied.code, denied.output], [0, `Task ${id} denied\n`]);
    const { failure_kind: kind, error } = await box.json('task', id);
    assert.deepEqual([kind, error], ['denied', 'DENIED: Not today']);
  });
});
