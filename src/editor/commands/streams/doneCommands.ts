import * as vscode from 'vscode';
import { views } from '../../../contributions';
import type { Stream, Task } from '../../../core/model';
import { everything } from '../../../core/paging';
import type { Queue, TaskFilter } from '../../../core/queue';
import { presentTask } from '../../../core/refusals';
import { pickStream, type StreamQuestion } from '../../pickers/streamPicker';
import type { CommandHandlers } from '../../shared/commandRegistry';
import { throwRefused, tryEach } from '../../shared/eachTask';
import { confirm } from '../../shared/notify';
import { doneIn, namesOf } from '../../shared/targets';
import { showTaskWarnings } from '../../shared/taskWarnings';
import type { QueueAccess } from '../../workspace/queueAccess';

/** How many tasks are changed at once. */
const atOnce = 100;

/** Commands on all finished tasks of streams. */
export class DoneCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    acceptStream: (...given) => this.accept(given),
    deleteFinished: (...given) => this.delete(given),
    requeueFailed: (...given) => this.requeueFailed(given),
  } satisfies CommandHandlers;

  /** Answers how many were accepted. */
  private async accept(given: readonly unknown[]): Promise<number> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Set All in Stream to Reviewed');
    const streams = await streamsOf(queue, given, { title, fits: ({ counts }) => counts.unreviewed > 0 });
    return withProgress(async () => {
      const tasks = await tasksIn(queue, streams, { unreviewed: true });
      const outcome = await tryEach(tasks, ({ id }) => queue.reviewTask(id, { accepted: true }), atOnce);
      throwRefused(outcome);
      return outcome.done.length;
    });
  }

  /** Queues copies of the failed tasks that nobody has reviewed, and marks these as reviewed. */
  private async requeueFailed(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const { l10n } = vscode;
    const title = l10n.t('Requeue All Failed');
    const fits = ({ counts, status }: Stream) => status === 'active' && counts.failed_unreviewed > 0;
    const streams = await streamsOf(queue, given, { title, fits });
    const tasks = await tasksIn(queue, streams, { status: 'failed', unreviewed: true });
    // A cancelled one was not to run.
    const failed = tasks.filter(({ failure_kind: kind }) => kind !== 'cancelled');
    if (failed.length === 0) return;
    await confirm(
      failed.length === 1
        ? l10n.t('Requeue the failed task of {0}?', namesOf(streams))
        : l10n.t('Requeue {0} failed tasks of {1}?', failed.length, namesOf(streams)),
      l10n.t('Copies go to the end of the stream. The failed ones are marked as reviewed.'),
      l10n.t('Requeue'),
    );
    await withProgress(async () => {
      // In the order in which they were made, as the copies get their places.
      const outcome = await tryEach(failed.reverse(), async ({ id }) => {
        const copy = presentTask(await queue.requeue(id));
        await queue.reviewTask(id, { accepted: false });
        return copy;
      });
      showTaskWarnings(queue, outcome.done);
      throwRefused(outcome);
    });
  }

  /** Asks, since there may be thousands of them; they can be restored all the same. */
  private async delete(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const { l10n } = vscode;
    const title = l10n.t('Delete All Finished');
    const fits = ({ counts }: Stream) => counts.succeeded + counts.failed > 0;
    const streams = await streamsOf(queue, given, { title, fits });
    const count = streams.reduce((sum, { counts }) => sum + counts.succeeded + counts.failed, 0);
    if (count === 0) return;
    await confirm(
      count === 1
        ? l10n.t('Delete the finished task of {0}?', namesOf(streams))
        : l10n.t('Delete {0} finished tasks of {1}?', count, namesOf(streams)),
      l10n.t('They can be restored for seven days, with the command {0}.', l10n.t('Restore Task')),
      l10n.t('Delete'),
    );
    await withProgress(async () => {
      const failed = await tasksIn(queue, streams, { status: 'failed' });
      const succeeded = await tasksIn(queue, streams, { status: 'succeeded' });
      throwRefused(await tryEach([...failed, ...succeeded], ({ id }) => queue.deleteTask(id), atOnce));
    });
  }
}

/** The streams of the given rows; else the picked one. */
async function streamsOf(
  queue: Queue,
  given: readonly unknown[],
  question: StreamQuestion,
): Promise<Stream[]> {
  const ids = doneIn(...given);
  if (ids.length === 0) return [await pickStream(queue, { ...question, orEnded: true })];
  return Promise.all(ids.map((id) => queue.getStream(id)));
}

/** Newest first, stream by stream. */
async function tasksIn(queue: Queue, streams: readonly Stream[], filter: TaskFilter): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const { id: stream } of streams)
    tasks.push(...(await everything((page) => queue.listTasks({ ...page, ...filter, stream }))));
  return tasks;
}

async function withProgress<T>(work: () => Promise<T>): Promise<T> {
  return vscode.window.withProgress({ location: { viewId: views.queue } }, work);
}
