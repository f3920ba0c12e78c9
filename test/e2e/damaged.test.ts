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
  let whole = Buffer.alloc(0);
  let damaged = Buffer.alloc(0);

  const stage = useStage({
    story: true,
    prepare: async (place) => {
      await sparkq(place, 'setup', '--yes');
      await sparkq(place, 'session', 'create', 'before the damage');
      await sparkq(place, 'session', 'create', 'the last change');
      const storage = new Registry(place.home).find(place.workspace)?.storage;
      assert.ok(storage);
      const announced = { announced_at: new Date().toISOString(), tasks: 3 };
      await fs.writeFile(path.join(storage, 'unreviewed-purge.json'), JSON.stringify(announced));
      const name = (await fs.readdir(storage)).find((entry) => entry.startsWith('snapshot-'));
      assert.ok(name);
      snapshot = path.join(storage, name);
      whole = await fs.readFile(snapshot);
      damaged = Buffer.from(whole);
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
    await workbench.command('SparkQ: New Session...');
    const told = workbench.notification(path.basename(snapshot));
    await told.first().waitFor();
    await told.first().getByRole('button', { name: 'Show Log' }).click();
    await workbench.panelLines.getByText(path.basename(snapshot)).first().waitFor();
  });

  it('is opened once the file is back and the loss of another one is accepted', async () => {
    const { workbench } = stage();
    await fs.writeFile(snapshot, whole);
    const folder = path.dirname(snapshot);
    const journal = (await fs.readdir(folder))
      .filter((name) => /^journal-.*\.log$/.test(name))
      .sort(byGeneration);
    const last = journal.at(-1) ?? '';
    await fs.rm(path.join(folder, last));
    await workbench.clearNotifications();
    await workbench.view('Queue').inlineAction('Could not open the queue', 'Retry Opening Queue');
    const told = workbench.notification(last);
    await told.first().waitFor();
    await workbench.screenshot('lost-changes');
    await told.first().getByRole('button', { name: 'Accept Loss…' }).click();
    const question = workbench.dialog('Open the queue without the missing changes?');
    await question.getByText(last).waitFor();
    await question.getByRole('button', { name: 'Accept Loss' }).click();
    await workbench.view('Queue').see('before the damage');
    assert.equal(await workbench.view('Queue').row('the last change').count(), 0);
  });

  it('says once it is open that the automatic purge was announced', async () => {
    const { workbench } = stage();
    const told = workbench.notification(
      /^.*After .*, 3 old tasks that nobody has reviewed go to the history/,
    );
    await told.waitFor();
    await workbench.screenshot('purge-announced');
    await told.getByRole('button', { name: 'Show Review' }).click();
    await told.waitFor({ state: 'detached' });
  });
});

function byGeneration(a: string, b: string): number {
  return Number(a.split('-')[1]) - Number(b.split('-')[1]);
}

function sparkq(place: TemporaryPlace, ...args: string[]): Promise<string> {
  return run(process.execPath, [inRepository('dist', 'cli.js'), ...args], {
    cwd: place.workspace,
    env: { ...process.env, SPARKQ_HOME: place.home },
  });
}
