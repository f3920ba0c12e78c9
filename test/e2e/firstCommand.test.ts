import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { TemporaryPlace } from '../vscode/sampleWorkspace';
import { useStage } from './support/stage';
import { until } from './support/until';

async function empty({ workspace }: TemporaryPlace): Promise<void> {
  for (const name of await fs.readdir(workspace))
    await fs.rm(path.join(workspace, name), { recursive: true });
}

describe('A folder that never had a queue', () => {
  const stage = useStage({ story: true, settings: { 'sparkq.startWorker': 'ask' }, prepare: empty });

  it('has its first run after three interactions', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const queue = workbench.view('Queue');
    const buttons = queue.welcome.getByRole('button');
    await queue.welcome.getByText('This folder has no queue yet').waitFor();
    assert.equal(await buttons.first().textContent(), 'Run Command');
    await workbench.screenshot('first-command-welcome');
    // 1: the button; 2: the command; 3: the answer whether to start.
    await buttons.first().click();
    await workbench.quickInput.asked('A command to run in the workspace');
    await workbench.quickInput.input.fill('echo ran > proof.txt && echo first');
    await workbench.screenshot('first-command-question');
    await workbench.quickInput.accept();
    const question = workbench.notification('Start working on what is queued here?');
    await question.waitFor();
    await queue.see(/echo ran > proof\.txt.*queued/);
    await workbench.screenshot('first-command-worker');
    await question.getByRole('button', { name: 'Start Worker' }).click();
    await workbench.view('Review').see(/echo ran > proof\.txt && echo first.*first/);
    assert.equal(await fs.readFile(path.join(stage().place.workspace, 'proof.txt'), 'utf8'), 'ran\n');
    await workbench.screenshot('first-command-done');
  });

  it('offers the command again, and runs it without another question', async () => {
    const { workbench } = stage();
    await workbench.command('SparkQ: Rerun Last Command');
    const queue = await stage().queue();
    await until('it has run again', async () => (await queue.listTasks({ status: 'succeeded' })).total === 2);
    await workbench.command('SparkQ: Run Command...');
    await workbench.quickInput.option('echo ran > proof.txt && echo first').waitFor();
    await workbench.page.keyboard.press('Escape');
    const { items } = await queue.listTasks();
    await queue.close();
    assert.deepEqual(
      items.map(({ status, tool_name }) => [status, tool_name]),
      [
        ['succeeded', 'run-shell'],
        ['succeeded', 'run-shell'],
      ],
    );
  });
});
