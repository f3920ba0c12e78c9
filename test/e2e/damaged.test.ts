import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { Registry } from '../../src/client/registry';
import { run } from '../provision/commands';
import { inRepository } from '../vscode/root';
import type { TemporaryPlace } from '../vscode/sampleWorkspace';
import { useStage } from './support/stage';

describe('A queue with a damaged file', () => {
  let snapshot = '';
  let damaged = Buffer.alloc(0);

  const stage = useStage({
    prepare: async (place) => {
      await sparkq(place, 'setup', '--yes');
      await sparkq(place, 'session', 'create', 'before the damage');
      const storage = new Registry(place.home).find(place.workspace)?.storage;
      assert.ok(storage);
      const name = (await fs.readdir(storage)).find((entry) => entry.startsWith('snapshot-'));
      assert.ok(name);
      snapshot = path.join(storage, name);
      damaged = await fs.readFile(snapshot);
      const middle = Math.floor(damaged.length / 2);
      damaged[middle] = (damaged[middle] ?? 0) ^ 0xff;
      await fs.writeFile(snapshot, damaged);
    },
  });

  it('is not opened, names the file, and is left unchanged', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    await workbench.view('Queue').see('Could not open the queue');
    await workbench.view('Queue').pane.getByText(path.basename(snapshot)).first().waitFor();
    await workbench.screenshot('damaged');
    assert.deepEqual(await fs.readFile(snapshot), damaged);
  });

  it('is reported to a command that needs it, with a button for the log', async () => {
    const { workbench } = stage();
    await workbench.command('SparkQ: New Session');
    const told = workbench.notification(path.basename(snapshot));
    await told.first().waitFor();
    await told.first().getByRole('button', { name: 'Show Log' }).click();
    await workbench.panelLines.getByText(path.basename(snapshot)).first().waitFor();
  });
});

function sparkq(place: TemporaryPlace, ...args: string[]): Promise<string> {
  return run(process.execPath, [inRepository('dist', 'cli.js'), ...args], {
    cwd: place.workspace,
    env: { ...process.env, SPARKQ_HOME: place.home },
  });
}
