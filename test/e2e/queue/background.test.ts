import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { backgroundOf } from '../../../src/client/background';
import { useStage } from '../support/stage';
import { until } from '../support/until';

const counted = 'until [ -e go ]; do sleep 0.1; done\necho "$1" >> counted.txt\n';

describe('A queue whose window ends', () => {
  const stage = useStage({
    story: true,
    settings: { 'sparkq.background': 'ask' },
    prepare: async ({ workspace }) => {
      fs.writeFileSync(path.join(workspace, 'counted.sh'), counted);
    },
  });

  it('goes on in the background once a person agrees, and the next window is a client', async () => {
    const { workbench, place } = stage();
    await workbench.openContainer('SparkQ');
    const view = workbench.view('Queue');
    const before = await stage().queue();
    await before.createSession({ name: 'away' });
    const { id: stream } = await before.createStream({ session: 'away', name: 'lane' });
    for (const number of ['1', '2', '3']) {
      const payload = { script_path: 'counted.sh', args: [number] };
      await before.enqueue({ stream, tool_name: 'run-bash', label: `task ${number}`, payload });
    }
    const { storage } = await before.status();
    await before.close();
    assert.equal(backgroundOf(storage), null);
    await view.inlineAction(/^lane/, 'Start Worker');
    await view.see(/task 1.*running/);
    await workbench.screenshot('go-on');
    await workbench
      .notification(/Go on with what is queued/)
      .getByRole('button', { name: 'Go On', exact: true })
      .click();
    const { pid } = await until('the process is there', () => backgroundOf(storage) ?? undefined);

    await stage().killExtensionHosts();
    const after = await stage().queue();
    const { pid: owner, role } = await after.status();
    assert.deepEqual([owner, role], [pid, 'up']);
    fs.writeFileSync(path.join(place.workspace, 'go'), '');
    await view.expand('Done');
    await view.see(/task 3.*succeeded/, 60_000);
    assert.equal(fs.readFileSync(path.join(place.workspace, 'counted.txt'), 'utf8'), '1\n2\n3\n');
    await after.close();
    await until('nothing is left to do', () => backgroundOf(storage) === null);
  });
});
