import * as vscode from 'vscode';
import { views } from '../../contributions';
import { labels } from '../shared/translatedLabels';
import type { Counts, QueueCounts } from '../workspace/queueCounts';

/** Shows how many tasks are queued, running, failed but not reviewed, and wait for approval or an answer; a click opens the Queue view. */
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
  item.text = `${counts.running > 0 ? '$(sync~spin)' : '$(list-ordered)'} ${labels.queueCounts(counts)}`;
  item.tooltip = [labels.queueTooltip(counts, counts.resting), ...serverLine(counts)].join('\n');
  item.show();
}

function serverLine({ database }: Counts): string[] {
  if (!database) return [];
  return [vscode.l10n.t('On {0} (schema {1})', database.url, database.schema)];
}
