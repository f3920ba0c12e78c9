import * as vscode from 'vscode';
import { contextKeys } from '../../contributions';
import type { QueueEvent } from '../../core/events';
import type { Log } from '../../core/log';
import { isFinished, type Task } from '../../core/model';
import type { Queue } from '../../core/queue';
import { ManagedContextKey } from '../shared/managedContextKey';

/** Tells the walkthrough which of its steps are done: by what is in the queue, not by which command was called. */
export class FirstSteps {
  private readonly hasTasks = new ManagedContextKey<boolean>(contextKeys.hasTasks);
  private readonly hasFinished = new ManagedContextKey<boolean>(contextKeys.hasFinished);
  private readonly hasReviewed = new ManagedContextKey<boolean>(contextKeys.hasReviewed);

  constructor(
    private readonly queue: Queue,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    const unsubscribe = this.queue.subscribe(({ task }: QueueEvent) => {
      if (task) this.note(task);
    });
    this.look().catch((error) => this.log.error('The walkthrough could not be brought up to date', error));
    return new vscode.Disposable(unsubscribe);
  }

  /** What was there before this window. */
  private async look(): Promise<void> {
    const { counts } = await this.queue.status();
    const finished = counts.succeeded + counts.failed - (counts.by_failure_kind.cancelled ?? 0);
    if (finished + counts.queued + counts.running > 0) this.hasTasks.set(true);
    if (finished > 0) this.hasFinished.set(true);
    if (finished > counts.unreviewed) this.hasReviewed.set(true);
  }

  private note(task: Task): void {
    this.hasTasks.set(true);
    if (!isFinished(task) || task.failure_kind === 'cancelled') return;
    this.hasFinished.set(true);
    if (task.reviewed_at !== null) this.hasReviewed.set(true);
  }
}
