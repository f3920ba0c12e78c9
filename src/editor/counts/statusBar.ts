import * as vscode from 'vscode';
import { views } from '../../contributions';
import type { Counts, QueueCounts } from '../workspace/queueCounts';

/** Shows how many tasks are queued, running and failed but not reviewed; a click opens the Queue view. */
export class StatusBar {
  constructor(private readonly counts: QueueCounts) {}

  register(): vscode.Disposable {
    const item = vscode.window.createStatusBarItem('queue', vscode.StatusBarAlignment.Left, 10);
    item.name = vscode.l10n.t('SparkQ Queue');
    item.command = `${views.queue}.focus`;
    const subscription = this.counts.onDidChange((counts) => {
      if (counts) show(item, counts);
      else item.hide();
    });
    return vscode.Disposable.from(item, subscription);
  }
}

function show(item: vscode.StatusBarItem, counts: Counts): void {
  const parts = [
    vscode.l10n.t('{0} queued', counts.queued),
    counts.running > 0 && vscode.l10n.t('{0} running', counts.running),
    counts.failed_unreviewed > 0 && vscode.l10n.t('{0} failed', counts.failed_unreviewed),
  ];
  item.text = `${counts.running > 0 ? '$(sync~spin)' : '$(list-ordered)'} ${parts.filter(Boolean).join(', ')}`;
  item.tooltip = vscode.l10n.t(
    'SparkQ: {0} queued, {1} running, {2} succeeded, {3} failed. Click to show the queue.',
    counts.queued,
    counts.running,
    counts.succeeded,
    counts.failed,
  );
  item.show();
}
