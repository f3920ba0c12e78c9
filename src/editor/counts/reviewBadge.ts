import type * as vscode from 'vscode';
import { labels } from '../shared/translatedLabels';
import type { QueueCounts } from '../workspace/queueCounts';

/** The badge of the Review view and its container: how many tasks wait for a person. */
export class ReviewBadge {
  constructor(
    private readonly counts: QueueCounts,
    private readonly view: Pick<vscode.TreeView<unknown>, 'badge'>,
  ) {}

  register(): vscode.Disposable {
    return this.counts.onDidChange((counts) => {
      this.view.badge = counts && labels.badge(counts);
    });
  }
}
