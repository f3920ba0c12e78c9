import * as vscode from 'vscode';
import { commands, type PageTarget, views } from '../../contributions';
import type { Task, TaskAnswer } from '../../core/model';
import { parseSince } from '../../core/times';
import { onTasks, someTasks } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { each } from '../shared/eachTask';
import { ask } from '../shared/inputBox';
import { EditorRefusal } from '../shared/refusal';
import { taskIds } from '../shared/targets';
import { showTaskWarnings } from '../shared/taskWarnings';
import { isReviewRow, type ReviewTaskNode } from '../views/review/reviewModel';
import type { ReviewTree } from '../views/review/reviewTree';
import type { QueueAccess } from '../workspace/queueAccess';
import { requeueForReview } from '../workspace/requeue';

/** Commands for reviewing what has finished. */
export class ReviewCommands {
  constructor(
    private readonly access: QueueAccess,
    private readonly tree: ReviewTree,
  ) {}

  readonly handlers = {
    accept: (...given) => this.accept(given),
    dismissSummary: () => this.tree.dismissSummary(),
    acceptAndNext: (...given) => this.thenNext(given, (targets) => this.accept(targets)),
    nextUnreviewed: (...given) => this.next(given),
    requeue: (...given) => this.requeue(given),
    requeueWithNote: (...given) => this.requeueWithNote(given),
    requeueWithNoteAndNext: (...given) => this.thenNext(given, (targets) => this.requeueWithNote(targets)),
    showInReview: (...given) => this.showInReview(given),
    summarize: (since) => this.summarize(since),
  } satisfies CommandHandlers;

  /** Opens the task to review after the given ones, or after the selected ones. */
  private async next(given: readonly unknown[]): Promise<void> {
    await this.access.demand();
    const ids = taskIds(...given);
    const row = await this.tree.rowAfter(ids.length > 0 ? ids : taskIds(...this.selected()));
    if (!row) throw new EditorRefusal(vscode.l10n.t('No other task is left to review.'));
    await this.show(row, given);
  }

  /** Reviews the given tasks, and opens the one after them: which one that is must be known before their rows go. */
  private async thenNext(
    given: readonly unknown[],
    review: (targets: readonly unknown[]) => Promise<unknown>,
  ): Promise<void> {
    const row = await this.tree.rowAfter(taskIds(...given));
    await review(given);
    if (row) await this.show(row, given);
  }

  /** The page of a task, while the focus stays in the list or in the page that asked. */
  private async show(row: ReviewTaskNode, [asked]: readonly unknown[]): Promise<void> {
    const inList = isReviewRow(asked);
    const target: PageTarget = { taskId: row.taskId, preserveFocus: inList };
    // The row is selected at once: a key that follows the page means it.
    const selecting = this.tree.select(row, inList);
    await Promise.all([vscode.commands.executeCommand(commands.openTask, target), selecting]);
  }

  /** Goes to the row of a task; one that has none any more is opened. */
  private async showInReview(given: readonly unknown[]): Promise<void> {
    await this.access.demand();
    const [taskId] = taskIds(...given);
    if (taskId === undefined || (await this.tree.show(taskId))) return;
    const target: PageTarget = { taskId };
    await vscode.commands.executeCommand(commands.openTask, target);
  }

  /** Puts on top of the view what has come since a time. */
  private async summarize(since: unknown): Promise<void> {
    const { l10n } = vscode;
    await this.access.demand();
    const from = (text: string) => parseSince(text, Date.now(), 'local');
    const answer =
      typeof since === 'string'
        ? since
        : await ask({
            title: l10n.t('Show Summary'),
            prompt: l10n.t('Since when? An age such as 12h or 7d, or a time such as 2026-01-31'),
            value: '12h',
            problem: (text) => (from(text) === null ? notATime(text) : undefined),
          });
    const start = from(answer);
    if (start === null) throw new EditorRefusal(notATime(answer));
    await vscode.commands.executeCommand(`${views.review}.focus`);
    if (!(await this.tree.summarize(start))) {
      throw new EditorRefusal(
        l10n.t('All that has finished since then has been reviewed, and nothing waits for you.'),
      );
    }
  }

  private selected(): readonly unknown[] {
    const rows = this.tree.selection;
    return [rows[0], rows];
  }

  private async accept(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Mark as Reviewed');
    const fits = ({ reviewed_at }: Task) => reviewed_at === null;
    await onTasks(queue, given, { title, statuses: ['failed', 'succeeded'], fits }, (id) =>
      queue.reviewTask(id, { accepted: true }),
    );
  }

  private async requeue(given: readonly unknown[]): Promise<TaskAnswer[]> {
    const { queue } = await this.access.demand();
    const question = { title: vscode.l10n.t('Requeue'), statuses: ['failed', 'succeeded'] } as const;
    const copies = await onTasks(queue, given, question, (id) => queue.requeue(id));
    showTaskWarnings(queue, copies);
    return copies;
  }

  /** Queues copies with a note on what to do better, and marks the tasks as reviewed. */
  private async requeueWithNote(given: readonly unknown[]): Promise<TaskAnswer[]> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Requeue with Note');
    const ids = await someTasks(queue, given, { title, statuses: ['failed', 'succeeded'] });
    const note = await ask({
      title,
      prompt: vscode.l10n.t(
        'What should the next run do better? The note is passed on to its worker. Optional.',
      ),
    });
    const copies = await each(ids, (id) => requeueForReview(queue, id, note.trim() || undefined));
    showTaskWarnings(queue, copies);
    return copies;
  }
}

function notATime(text: string): string {
  return vscode.l10n.t('{0} is neither an age such as 12h nor a time such as 2026-01-31.', text);
}
