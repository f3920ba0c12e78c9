import * as vscode from 'vscode';
import { views } from '../../contributions';
import type { Stream, Task } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { pickStream } from '../pickers/streamPicker';
import { onTasks, someTasks } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { each } from '../shared/eachTask';
import { ask } from '../shared/inputBox';
import { streamIds } from '../shared/targets';
import { showTaskWarnings } from '../shared/taskWarnings';
import type { QueueAccess } from '../workspace/queueAccess';

/** Number of concurrent reviews; the queue writes them to its journal in one group. */
const atOnce = 100;

/** Commands for reviewing what has finished. */
export class ReviewCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers: CommandHandlers = {
    accept: (...given) => this.accept(given),
    requeue: (...given) => this.requeue(given),
    acceptStream: (...given) => this.acceptStream(given),
    requeueWithNote: (...given) => this.requeueWithNote(given),
  };

  private async accept(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Mark as Reviewed');
    const fits = ({ reviewed_at }: Task) => reviewed_at === null;
    await onTasks(queue, given, { title, statuses: ['failed', 'succeeded'], fits }, (id) =>
      queue.reviewTask(id, { accepted: true }),
    );
  }

  /** Accepts all finished tasks of streams. Answers their number. */
  private async acceptStream(given: readonly unknown[]): Promise<number> {
    const { queue } = await this.access.demand();
    const ids = streamIds(...given);
    if (ids.length === 0) {
      const title = vscode.l10n.t('Set All in Stream to Reviewed');
      const fits = ({ counts }: Stream) => counts.unreviewed > 0;
      ids.push((await pickStream(queue, { title, fits, orEnded: true })).id);
    }
    let accepted = 0;
    await vscode.window.withProgress({ location: { viewId: views.review } }, async () => {
      for (const id of new Set(ids)) accepted += await acceptAll(queue, id);
    });
    return accepted;
  }

  private async requeue(given: readonly unknown[]): Promise<Task[]> {
    const { queue } = await this.access.demand();
    const question = { title: vscode.l10n.t('Requeue'), statuses: ['failed', 'succeeded'] } as const;
    const copies = await onTasks(queue, given, question, (id) => queue.requeue(id));
    showTaskWarnings(queue, copies);
    return copies;
  }

  /** Queues copies with a note on what to do better, and marks the tasks as reviewed. */
  private async requeueWithNote(given: readonly unknown[]): Promise<Task[]> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Requeue with Note');
    const ids = await someTasks(queue, given, { title, statuses: ['failed', 'succeeded'] });
    const note = await ask({
      title,
      prompt: vscode.l10n.t(
        'What should the next run do better? The note is passed on to its worker. Optional.',
      ),
    });
    const copies = await each(ids, async (id) => {
      const copy = await queue.requeue(id, { note: note.trim() || undefined });
      const { reviewed_at } = await queue.getTask(id);
      if (reviewed_at === null) await queue.reviewTask(id, { accepted: false });
      return copy;
    });
    showTaskWarnings(queue, copies);
    return copies;
  }
}

async function acceptAll(queue: Queue, stream: string): Promise<number> {
  const tasks = await everything((page) => queue.listTasks({ ...page, stream, unreviewed: true }));
  for (let from = 0; from < tasks.length; from += atOnce) {
    const some = tasks.slice(from, from + atOnce);
    await Promise.all(some.map(({ id }) => queue.reviewTask(id, { accepted: true })));
  }
  return tasks.length;
}
