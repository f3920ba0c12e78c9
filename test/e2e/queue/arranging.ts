import assert from 'node:assert/strict';
import { type StageOf, shareStage } from '../support/stage';
import { until } from '../support/until';

export const arranging = (stage: StageOf) =>
  describe('Arranging queued tasks', () => {
    shareStage(stage);

    /** The queued tasks of a stream by label, in their order. */
    async function queued(name: string): Promise<string> {
      const queue = await stage().queue();
      const { items } = await queue.listTasks({ stream: name, status: 'queued', order: 'position' });
      await queue.close();
      return items.map(({ label }) => label).join(' ');
    }

    it('moves several tasks with a key', async () => {
      const view = await stage().beginSession('release');
      const queue = await stage().queue();
      for (const name of ['auth', 'docs']) await queue.createStream({ session: 'release', name });
      for (const label of ['first', 'second', 'third', 'fourth']) {
        await queue.enqueue({ stream: 'auth', tool_name: 'llm-sonnet', prompt: label, label });
      }
      await queue.close();
      await view.see(/^auth.*4 queued/);
      await view.see(/^fourth/);
      await view.select(/^third/, /^fourth/);
      await view.press('Alt+ArrowUp');
      await view.seeInOrder([/^first/, /^third/, /^fourth/, /^second/]);
      assert.equal(await queued('auth'), 'first third fourth second');
    });

    it('moves only the selected tasks with a key', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      // A click on a stream closes or opens it, and selects it.
      await view.row(/^auth/).click();
      await view.row(/^fourth/).waitFor({ state: 'detached' });
      await view.row(/^auth/).click();
      await (await view.see(/^fourth/)).click({ modifiers: ['ControlOrMeta'] });
      await view.press('Alt+ArrowUp');
      await view.seeInOrder([/^first/, /^fourth/, /^third/, /^second/]);
      await view.press('Alt+ArrowDown');
      await view.seeInOrder([/^first/, /^third/, /^fourth/, /^second/]);
    });

    it('offers for several tasks only what applies to all of them', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      await view.select(/^third/, /^fourth/);
      await view.openMenu(/^fourth/);
      assert.equal(await view.menuItem('Claim Task').isVisible(), false);
      await workbench.screenshot('several-menu');
      await view.chooseFromMenu('Park Task');
      await view.see(/^third.*parked/);
      await view.see(/^fourth.*parked/);
      await workbench.screenshot('parked');
    });

    it('unparks a task from its row', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      await view.inlineAction(/^third/, 'Unpark');
      await view.see(/^third.*queued/);
    });

    it('duplicates a task at the end of its stream', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      await view.see(/^auth.*blocked: llm-sonnet has no command/);
      await view.seeInOrder([/^first.*for an outside worker/, /^third.*blocked/, /^fourth/, /^second/]);
      await view.menu(/^first/, 'Duplicate Task');
      await view.seeInOrder([/^first/, /^third/, /^fourth/, /^second/, /^first/]);
      await workbench
        .notification('stream auth waits for the task')
        .getByRole('button', { name: 'Let Other Tasks Pass' })
        .click();
      await view
        .row(/blocked/)
        .first()
        .waitFor({ state: 'detached' });
      await view.see(/^second.*for an outside worker/);
    });

    it('parks a duplicate while its payload is edited', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      await view.select(/^second/);
      await view.menu(/^second/, 'Duplicate and Edit...');
      await workbench.tab(/second\.payload\.json/).waitFor();
      await view.see(/^second.*parked/);
      await workbench
        .notification('The copy of second is parked')
        .getByRole('button', { name: 'Unpark' })
        .click();
      await view.row(/^second.*parked/).waitFor({ state: 'detached' });
      assert.equal(await queued('auth'), 'first third fourth second first second');
    });

    it('deletes several at once, and undoes it with a button', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      await view.select(/^third/, /^fourth/);
      await view.press('Delete');
      const toast = workbench.notification('Deleted 2 tasks');
      await toast.waitFor();
      await view.row(/^third/).waitFor({ state: 'detached' });
      await workbench.screenshot('deleted');
      await toast.getByRole('button', { name: 'Undo' }).click();
      await view.see(/^third/);
      await view.see(/^fourth/);
      assert.equal(await queued('auth'), 'first third fourth second first second');
    });

    it('restores a deleted task from a picker that says until when', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      await view.menu(/^third/, 'Delete Task');
      await workbench.notification('Deleted third').waitFor();
      await workbench.clearNotifications();
      await workbench.command('SparkQ: Restore Task...');
      await workbench.quickInput.choose('Select tasks', 'third');
      await workbench.quickInput
        .option('third')
        .filter({ hasText: /Deleted .*; can be restored until / })
        .waitFor();
      await workbench.screenshot('restore');
      await workbench.quickInput.accept();
      await view.see(/^third/);
      assert.equal(await queued('auth'), 'first third fourth second first second');
    });

    it('says what the runs of a stream need of the machine', async () => {
      const { workbench } = stage();
      const { quickInput } = workbench;
      await workbench.view('Queue').menu(/^docs/, 'Stream Options...');
      await quickInput.choose('Select an option', 'Needs');
      await quickInput.answer(/^Such as gpu/, 'gpu=some');
      await quickInput.asked(/^Enter names with whole numbers/);
      await workbench.screenshot('stream-needs');
      await quickInput.input.fill('gpu=2, port');
      await quickInput.accept();
      const queue = await stage().queue();
      await until('the stream says so', async () => (await queue.getStream('docs')).needs?.gpu === 2);
      assert.deepEqual((await queue.getStream('docs')).needs, { gpu: 2, port: 1 });
      await queue.close();
    });

    it('runs, pauses and removes a schedule from its row', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      const queue = await stage().queue();
      await queue.createSchedule({
        stream: 'docs',
        cron: '0 2 * * *',
        zone: 'UTC',
        tool_name: 'llm-sonnet',
        prompt: 'Check the links',
        label: 'nightly',
      });
      await queue.close();
      await view.see(/^nightly.*next.*no worker · docs/);
      await view.inlineAction(/^nightly.*next/, 'Run Schedule');
      await view.see(/^nightly.*queued/);
      assert.equal(await queued('docs'), 'nightly');
      await workbench.screenshot('schedule');
      await view.inlineAction(/^nightly.*next/, 'Pause Schedule');
      await view.see(/^nightly.*paused/);
      await view.menu(/^nightly.*paused/, 'Remove Schedule');
      await workbench.dialog('Remove nightly?').getByRole('button', { name: 'Remove' }).click();
      await view.row(/^nightly.*paused/).waitFor({ state: 'detached' });
      assert.equal(await queued('docs'), 'nightly');
    });
  });
