import * as vscode from 'vscode';
import { views } from '../../contributions';
import type { Instant } from '../../core/clock';
import type { Log } from '../../core/log';
import type { Queue } from '../../core/queue';
import { notify } from '../shared/notify';

const shownKey = 'sparkq.purgeNoticeShown';
const configKey = 'purge.unreviewed_after_days: null';

/** Says once, a day ahead, that the automatic purge takes tasks that nobody has reviewed for the first time. */
export class PurgeNotice {
  constructor(
    private readonly queue: Queue,
    private readonly workspaceState: vscode.Memento,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    const unsubscribe = this.queue.subscribe(({ type }) => {
      if (type === 'purge.announced') void this.look();
    });
    void this.look();
    return { dispose: unsubscribe };
  }

  private async look(): Promise<void> {
    try {
      const { unreviewed_purge: planned } = await this.queue.status();
      if (!planned || this.workspaceState.get<Instant>(shownKey) === planned.at) return;
      await this.workspaceState.update(shownKey, planned.at);
      await this.show(planned.at, planned.tasks);
    } catch (error) {
      this.log.error('It could not be found out whether a purge was announced', error);
    }
  }

  private async show(at: Instant, tasks: number): Promise<void> {
    const day = new Date(at).toLocaleString(vscode.env.language, { dateStyle: 'medium', timeStyle: 'short' });
    const text =
      tasks === 1
        ? vscode.l10n.t(
            'After {0}, 1 old task that nobody has reviewed goes to the history, and its output is deleted. To keep such tasks, set {1} in sparkq.yml.',
            day,
            configKey,
          )
        : vscode.l10n.t(
            'After {0}, {1} old tasks that nobody has reviewed go to the history, and their output is deleted. To keep such tasks, set {2} in sparkq.yml.',
            day,
            tasks,
            configKey,
          );
    const review = vscode.l10n.t('Show Review');
    const answer = await notify('warning', text, review);
    if (answer === review) await vscode.commands.executeCommand(`${views.review}.focus`);
  }
}
