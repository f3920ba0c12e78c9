import type * as vscode from 'vscode';
import { contextKeys } from '../../contributions';
import { ContextKey } from '../shared/contextKey';
import type { Counts, QueueCounts } from '../workspace/queueCounts';

/** Completes the steps of the walkthrough by what is in the queue, not by which command was called. */
export class WalkthroughSteps {
  private readonly hasTasks = new ContextKey<boolean>(contextKeys.hasTasks);
  private readonly hasFinished = new ContextKey<boolean>(contextKeys.hasFinished);
  private readonly hasReviewed = new ContextKey<boolean>(contextKeys.hasReviewed);

  constructor(private readonly counts: QueueCounts) {}

  register(): vscode.Disposable {
    return this.counts.onDidChange((counts) => counts && this.complete(counts));
  }

  /** Never uncompletes a step. A cancelled task is neither finished nor reviewed in the sense of the walkthrough. */
  private complete({ queued, running, succeeded, failed, unreviewed, by_failure_kind }: Counts): void {
    const finished = succeeded + failed - (by_failure_kind.cancelled ?? 0);
    if (finished + queued + running > 0) this.hasTasks.set(true);
    if (finished > 0) this.hasFinished.set(true);
    if (finished > unreviewed) this.hasReviewed.set(true);
  }
}
