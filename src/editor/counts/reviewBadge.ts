import * as vscode from 'vscode';
import type { QueueCounts } from '../workspace/queueCounts';

/** The badge of the Review view and its container: how many failed tasks have not been reviewed. */
export class ReviewBadge {
  constructor(
    private readonly counts: QueueCounts,
    private readonly view: Pick<vscode.TreeView<unknown>, 'badge'>,
  ) {}

  register(): vscode.Disposable {
    return this.counts.onDidChange((counts) => {
      const value = counts?.failed_unreviewed ?? 0;
      const tooltip =
        value === 1
          ? vscode.l10n.t('1 failed task has not been reviewed')
          : vscode.l10n.t('{0} failed tasks have not been reviewed', value);
      this.view.badge = value > 0 ? { value, tooltip } : undefined;
    });
  }
}
