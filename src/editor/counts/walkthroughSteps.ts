import * as vscode from 'vscode';
import { contextKeys } from '../../contributions';
import { ContextKey } from '../shared/contextKey';
import type { Counts, QueueCounts } from '../workspace/queueCounts';

/** Completes the steps of the walkthrough by what is in the queue, not by which command was called. */
export class WalkthroughSteps {
  private readonly hasTasks = new ContextKey<boolean>(contextKeys.hasTasks);
  private readonly hasFinished = new ContextKey<boolean>(contextKeys.hasFinished);
  private readonly hasReviewed = new ContextKey<boolean>(contextKeys.hasReviewed);
  private readonly tabOpens = new ContextKey<boolean>(contextKeys.tabOpens);

  constructor(private readonly counts: QueueCounts) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      this.counts.onDidChange((counts) => counts && this.complete(counts)),
      vscode.window.tabGroups.onDidChangeTabs(({ opened, changed }) => this.notice([...opened, ...changed])),
    );
  }

  /** Never uncompletes a step. A cancelled task is neither finished nor reviewed in the sense of the walkthrough. */
  private complete({ queued, running, succeeded, failed, unreviewed, by_failure_kind }: Counts): void {
    const finished = succeeded + failed - (by_failure_kind.cancelled ?? 0);
    if (finished + queued + running > 0) this.hasTasks.set(true);
    if (finished > 0) this.hasFinished.set(true);
    if (finished > unreviewed) this.hasReviewed.set(true);
  }

  /**
   * VS Code reads the steps when a walkthrough is first shown, and from then on completes those whose condition begins to
   * hold, but none whose condition has held before. Each step therefore has a second condition, which holds for a moment.
   */
  private notice(tabs: readonly vscode.Tab[]): void {
    // Extensions do not learn which of VS Code's own pages a tab shows.
    if (!tabs.some(({ input }) => input === undefined)) return;
    this.tabOpens.set(true);
    this.tabOpens.set(false);
  }
}
