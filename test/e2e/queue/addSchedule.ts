import assert from 'node:assert/strict';
import { type StageOf, shareStage } from '../support/stage';

export const addSchedule = (stage: StageOf) =>
  describe('A schedule made in the editor', () => {
    shareStage(stage);

    it('is asked for: what, then when', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      await workbench.command('SparkQ: Add Schedule...');
      await workbench.quickInput.choose('What should be done?', 'Count lines');
      await workbench.quickInput.asked('When? Times are in the zone');
      await workbench.screenshot('add-schedule-times');
      await workbench.quickInput.choose('When? Times are in the zone', 'Every night at 2');
      await workbench.notification('Count lines is queued in main next at').waitFor();
      await workbench.view('Queue').see(/^Count lines.*next/);
      await workbench.screenshot('add-schedule-row');
    });

    it('may have a cron expression, which is checked as the command line does', async () => {
      const { workbench } = stage();
      await workbench.view('Queue').inlineAction(/^Schedules/, 'Add Schedule...');
      await workbench.quickInput.choose('What should be done?', 'Hello');
      await workbench.quickInput.asked('(optional)');
      await workbench.quickInput.accept();
      await workbench.quickInput.choose('When? Times are in the zone', 'Cron Expression…');
      await workbench.quickInput.asked('Minute, hour, day of the month');
      await workbench.quickInput.input.fill('99 * * * *');
      await workbench.page.getByText('Invalid cron: 99 * * * *').first().waitFor();
      await workbench.screenshot('add-schedule-refused');
      await workbench.quickInput.input.fill(' 30 4 * * SUN ');
      await workbench.quickInput.accept();
      await workbench.view('Queue').see(/^Hello.*next/);
      const queue = await stage().queue();
      const { items } = await queue.listSchedules();
      await queue.close();
      assert.deepEqual(
        items.map(({ cron }) => cron),
        ['30 4 * * SUN', '0 2 * * *'],
      );
    });

    it('names a stream that cannot be deleted meanwhile', async () => {
      const { workbench } = stage();
      await workbench.command('SparkQ: Delete Stream');
      await workbench.quickInput.choose('Select a stream', 'main');
      await workbench.page.getByRole('button', { name: 'Delete', exact: true }).click();
      await workbench.notification('queues its task on stream main').waitFor();
      await workbench.screenshot('delete-stream-refused');
    });
  });
