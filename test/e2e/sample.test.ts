import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { useStage } from './support/stage';

describe('The sample workspace', () => {
  const stage = useStage({ empty: true, story: true });
  let written: string | undefined;

  after(async () => {
    if (written) await rm(written, { recursive: true });
  });

  it('is offered if no folder is open', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const { welcome } = workbench.view('Queue');
    await welcome.getByRole('button', { name: 'Open Sample Workspace' }).waitFor();
    await workbench.screenshot('sample-offered');
  });

  it('opens in its own window with its scripts', async () => {
    const { workbench } = stage();
    const opened = workbench.page.context().waitForEvent('page');
    await workbench.view('Queue').welcome.getByRole('button', { name: 'Open Sample Workspace' }).click();
    await workbench.quickInput.choose('Where should the sample be created?', 'In the temporary folder');
    await opened;
    const sample = stage().pages().at(-1);
    if (!sample) throw new Error('No window was opened');
    written = new URL(sample.page.url()).searchParams.get('folder') ?? undefined;
    assert.match(path.basename(written ?? ''), /^sparkq-sample/);
    await sample.ready();
    await sample.openContainer('SparkQ');
    await sample.view('Scripts').see('Failing check');
    await sample.screenshot('sample');
  });
});
