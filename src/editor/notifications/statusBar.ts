import * as vscode from 'vscode';
import { Coalescer } from '../../core/coalescer';
import type { Log } from '../../core/log';
import type { Queue } from '../../core/queue';

/** Changes that come together are counted once, after this many milliseconds. */
const countingDelay = 100;

/** One item that says how many tasks are queued, running and failed unseen; a click opens the Queue view. */
export class StatusBar {
  private readonly item = vscode.window.createStatusBarItem('queue', vscode.StatusBarAlignment.Left, 10);
  private readonly counting = new Coalescer(
    () => this.count().catch((error) => this.log.error('The status bar could not count the queue', error)),
    { delay: countingDelay },
  );

  constructor(
    private readonly queue: Queue,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    this.item.name = vscode.l10n.t('SparkQ Queue');
    this.item.command = 'sparkq.queue.focus';
    const unsubscribe = this.queue.subscribe(() => this.counting.request());
    this.counting.request();
    return vscode.Disposable.from(
      this.item,
      { dispose: unsubscribe },
      { dispose: () => this.counting.stop() },
    );
  }

  private async count(): Promise<void> {
    const { counts } = await this.queue.status();
    const parts = [
      vscode.l10n.t('{0} queued', counts.queued),
      counts.running > 0 ? vscode.l10n.t('{0} running', counts.running) : undefined,
      counts.failed_unreviewed > 0 ? vscode.l10n.t('{0} failed', counts.failed_unreviewed) : undefined,
    ].filter((part) => part !== undefined);
    this.item.text = `${counts.running > 0 ? '$(sync~spin)' : '$(list-ordered)'} ${parts.join(', ')}`;
    this.item.tooltip = vscode.l10n.t(
      'SparkQ: {0} queued, {1} running, {2} succeeded, {3} failed. Click to show the queue.',
      counts.queued,
      counts.running,
      counts.succeeded,
      counts.failed,
    );
    this.item.show();
  }
}
