import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { useStage } from './support/stage';
import { until } from './support/until';

const say = (word: string) => `tools:\n  say: {command: [echo, ${word}]}\n`;

describe('A sparkq.yml that starts something', () => {
  const fileOf = () => path.join(stage().place.workspace, 'sparkq.yml');
  const stage = useStage({
    story: true,
    prepare: (place) => fs.writeFile(path.join(place.workspace, 'sparkq.yml'), say('one')),
  });

  it('is used when the folder is first opened, which a notification says', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const told = workbench.notification(/Used from sparkq\.yml: tools\.say\./);
    await told.waitFor();
    await workbench.screenshot('confirming-adopted');
    await workbench.clearNotifications();
  });

  it('waits once it is edited: one click confirms it, and its tasks run', async () => {
    const { workbench } = stage();
    const queue = await stage().queue();
    const session = await queue.createSession({ name: 'release' });
    const stream = await queue.createStream({ session: session.id, name: 'lane' });
    await queue.updateStream(stream.id, { working: true });
    await fs.writeFile(fileOf(), say('two'));
    const question = workbench.notification(/sparkq\.yml has changed what it starts: tools\.say\./);
    await question.waitFor();
    const { task } = await queue.enqueue({ stream: stream.id, tool_name: 'say', label: 'Say it' });
    const view = workbench.view('Queue');
    await view.see(/Say it.*say not confirmed/);
    assert.equal((await queue.getTask(task.id)).waiting_reason?.code, 'unconfirmed_tool');
    await workbench.screenshot('confirming-question');
    await question.getByRole('button', { name: 'Confirm' }).click();
    await until('the task has run', async () => (await queue.getTask(task.id)).status === 'succeeded');
    assert.equal((await queue.getTask(task.id)).stdout, 'two\n');
    await queue.close();
  });

  it('says above the file what waits, and shows it beside what was confirmed', async () => {
    const { workbench } = stage();
    await fs.writeFile(fileOf(), say('three'));
    await workbench.notification(/sparkq\.yml has changed what it starts: tools\.say\./).waitFor();
    await workbench.clearNotifications();
    await workbench.openContainer('Explorer');
    await (await workbench.explorer.see('sparkq.yml')).click();
    await workbench.tab('sparkq.yml').waitFor();
    const lenses = workbench.page.locator('.codelens-decoration');
    await lenses.getByRole('button', { name: 'Not confirmed: tools.say' }).waitFor();
    await workbench.screenshot('confirming-lens');
    await lenses.getByRole('button', { name: 'Not confirmed: tools.say' }).click();
    await workbench.tab('sparkq.yml: What Is Not Confirmed').waitFor();
    await workbench.changedLines.first().waitFor();
    await workbench.screenshot('confirming-changes');
    // It has taken the place of the file.
    await (await workbench.explorer.see('sparkq.yml')).click();
    await lenses.getByRole('button', { name: 'Confirm', exact: true }).click();
    await lenses.first().waitFor({ state: 'detached' });
  });

  it('has the queue on another server only once that is confirmed, and says why it cannot be used', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    await fs.writeFile(fileOf(), 'database: {url: "postgresql://ann@localhost:1/work"}\n');
    const question = workbench.notification(/sparkq\.yml has changed what it starts: database\./);
    await question.getByRole('button', { name: 'Confirm' }).click();
    const elsewhere = workbench.notification(/sparkq\.yml has the queue elsewhere now\./);
    await elsewhere.getByRole('button', { name: 'Open Again' }).click();
    const view = workbench.view('Queue');
    await view.see('Could not open the queue');
    await view.pane
      .getByText(/localhost:1 cannot be used/)
      .first()
      .waitFor();
    await workbench.screenshot('confirming-server');
    await workbench.clearNotifications();
    await fs.writeFile(fileOf(), say('three'));
    await workbench.command('SparkQ: Retry Opening Queue');
    await view.see('release');
  });
});
