import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import { inRepository } from '../vscode/root';
import type { TemporaryPlace } from '../vscode/sampleWorkspace';
import { useStage } from './support/stage';

/** Queues a task from the command line while the workspace has another path. */
async function queueUnderAnotherPath({ workspace, home }: TemporaryPlace): Promise<void> {
  const earlier = `${workspace}-as-it-was`;
  await fs.rename(workspace, earlier);
  const sparkq = (...args: string[]) =>
    execFileSync(process.execPath, [inRepository('dist', 'cli.js'), ...args], {
      cwd: earlier,
      env: { ...process.env, SPARKQ_HOME: home },
    });
  sparkq('setup', '--yes');
  sparkq('session', 'create', 'api-v2');
  sparkq('stream', 'create', 'auth', '--session', 'api-v2');
  sparkq('enqueue', '--stream', 'auth', '--tool', 'llm-sonnet', '--prompt', 'Write the login tests');
  await fs.rename(earlier, workspace);
}

describe('A moved folder', () => {
  const stage = useStage({ prepare: queueUnderAnotherPath, story: true });

  it('is offered its queue, and gets no other until that is answered', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    await workbench.notification(/its queue still exists/).waitFor();
    await workbench.view('Queue').welcome.getByRole('button', { name: 'New Session' }).waitFor();
    await workbench.screenshot('attach-offer');
  });

  it('gets it with one click', async () => {
    const { workbench } = stage();
    await workbench
      .notification(/still exists/)
      .getByRole('button', { name: 'Attach Queue' })
      .click();
    await workbench.view('Queue').see('api-v2');
    await workbench.view('Queue').see('Write the login tests');
  });

  it('keeps it, and is not asked again', async () => {
    const { workbench } = stage();
    await workbench.reload();
    await workbench.openContainer('SparkQ');
    await workbench.view('Queue').see('Write the login tests');
    await workbench.notification(/still exists/).waitFor({ state: 'detached' });
  });
});
