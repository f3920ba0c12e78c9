import { type StageOf, shareStage } from '../support/stage';

export const notifications = (stage: StageOf) =>
  describe('Notifications', () => {
    shareStage(stage);

    /** Queues tasks and fails the first, as an outside worker does. Each of the others fails with the one before it. */
    async function fail(...labels: string[]): Promise<void> {
      const queue = await stage().queue();
      const ids: string[] = [];
      for (const label of labels) {
        const { task } = await queue.enqueue({
          stream: 'auth',
          tool_name: 'llm-sonnet',
          prompt: label,
          label,
          after: ids.slice(-1),
          after_policy: 'fail',
        });
        ids.push(task.id);
      }
      await queue.fail(ids[0] ?? '', { error_message: `no ${labels[0]}` });
      await queue.close();
    }

    it('report that a failure has paused its stream, and resume it', async () => {
      const { workbench } = stage();
      const view = await stage().beginSession('release');
      const queue = await stage().queue();
      await queue.createStream({ session: 'release', name: 'auth', on_failure: 'pause' });
      await queue.close();
      await fail('first');
      const told = workbench.notification('first failed and paused stream auth: no first');
      await view.see(/^auth.*paused/);
      await told.waitFor();
      await workbench.screenshot('notification-paused');
      await told.getByRole('button', { name: 'Resume' }).click();
      await view.row(/^auth.*paused/).waitFor({ state: 'detached' });
    });

    it('group many failures, and link to the review', async () => {
      const { workbench } = stage();
      await fail('second', 'third', 'fourth', 'fifth');
      const told = workbench.notification('4 tasks failed: second, third, fourth, …');
      await told.waitFor();
      await workbench.screenshot('notification-many');
      await told.getByRole('button', { name: 'Show Review' }).click();
      await told.waitFor({ state: 'detached' });
    });

    it('can be turned off from a notification, which says how to turn them back on', async () => {
      const { workbench } = stage();
      await fail('sixth');
      const told = workbench.notification('sixth failed');
      await told.waitFor();
      await told.getByRole('button', { name: "Don't Show Again" }).click();
      const how = workbench.notification(
        'To turn notifications back on, change the setting sparkq.notifications.',
      );
      await how.getByRole('button', { name: 'Open Setting' }).click();
      await workbench.tab('Settings').waitFor();
      await workbench.page.getByText('Which task events show a notification.').first().waitFor();
      await workbench.screenshot('notification-setting');
    });
  });
