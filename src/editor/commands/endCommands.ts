import * as vscode from 'vscode';
import type { Session, Stream, Task } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { pickSession, pickStream, pickStreamOrNew } from '../pickers/streamPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { each } from '../shared/eachTask';
import { choose } from '../shared/quickPick';
import { activeOf, sessionIds, streamIds } from '../shared/targets';
import { inOrder } from '../views/queue/dropTarget';
import type { QueueAccess } from '../workspace/queueAccess';

/** Commands that end sessions and streams, for good: they ask what becomes of the tasks that are still queued. */
export class EndCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers: CommandHandlers = {
    endSession: (...given) => this.endSession(given),
    endStream: (...given) => this.endStream(given),
  };

  private async endSession(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('End Session');
    const ids = sessionIds(...given);
    const sessions: Session[] =
      ids.length === 0
        ? [await pickSession(queue, title)]
        : activeOf(await Promise.all(ids.map((id) => queue.getSession(id))));
    const active = await everything((page) => queue.listStreams({ ...page, status: 'active' }));
    const ending = new Set(sessions.map(({ id }) => id));
    const streams = active.filter(({ session_id }) => ending.has(session_id));
    await endAll(queue, { title, rows: sessions, streams, notIn: ending, end: (id) => queue.endSession(id) });
  }

  private async endStream(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('End Stream');
    const ids = streamIds(...given);
    const streams =
      ids.length === 0
        ? [await pickStream(queue, { title })]
        : activeOf(await Promise.all(ids.map((id) => queue.getStream(id))));
    await endAll(queue, { title, rows: streams, streams, end: (id) => queue.endStream(id) });
  }
}

interface Ending {
  title: string;
  /** What ends. */
  rows: readonly { id: string; name: string }[];
  /** The active streams that end with it. */
  streams: readonly Stream[];
  /** The sessions that end. */
  notIn?: ReadonlySet<string>;
  end: (id: string) => Promise<unknown>;
}

/** What is done with the queued tasks, newest first, once their streams have ended. */
type Act = (tasks: readonly Task[]) => Promise<unknown>;

/**
 * Everything is asked first: dismissing a question ends nothing. The streams end before the tasks are moved or
 * cancelled, so that no worker takes one meanwhile, and whatever is not reached is kept.
 */
async function endAll(queue: Queue, ending: Ending): Promise<void> {
  const act = await askAboutQueued(queue, ending);
  for (const { id } of ending.rows) await ending.end(id);
  if (act === undefined) return;
  const progress = { location: vscode.ProgressLocation.Window, title: ending.title };
  await vscode.window.withProgress(progress, async () => {
    const ended = new Set(ending.streams.map(({ id }) => id));
    const queued = await everything((page) =>
      queue.listTasks({ ...page, status: 'queued', order: 'newest' }),
    );
    await act(queued.filter(({ stream_id }) => ended.has(stream_id)));
  });
}

/** Undefined: they are kept. */
async function askAboutQueued(queue: Queue, ending: Ending): Promise<Act | undefined> {
  const { title, rows, streams, notIn } = ending;
  const queued = streams.reduce((sum, { counts }) => sum + counts.queued, 0);
  if (queued === 0) return undefined;
  const { l10n } = vscode;
  const names = rows.map(({ name }) => name).join(', ');
  const what = await choose<'keep' | 'move' | 'cancel'>(
    `${title}: ${names}`,
    queued === 1
      ? l10n.t('1 task is still queued. What should happen to it?')
      : l10n.t('{0} tasks are still queued. What should happen to them?', queued),
    [
      {
        label: l10n.t('Keep Tasks'),
        detail: l10n.t('They stay queued. They can be moved later, but not claimed.'),
        value: 'keep',
      },
      {
        label: l10n.t('Move Tasks…'),
        detail: l10n.t('They go to the end of another stream.'),
        value: 'move',
      },
      { label: l10n.t('Cancel Tasks'), detail: l10n.t('They end as cancelled.'), value: 'cancel' },
    ],
  );
  if (what === 'keep') return undefined;
  // Newest first: a task can only depend on older ones, and would fail with them.
  if (what === 'cancel') return (tasks) => each(idsOf(tasks), (id) => queue.cancel(id));
  const ended = new Set(streams.map(({ id }) => id));
  const fits = ({ id }: Stream) => !ended.has(id);
  const chosen = await pickStreamOrNew(queue, { title, fits, notIn });
  const { id: stream } = await chosen.in(queue);
  return (tasks) => each(idsOf(inOrder(tasks)), (id) => queue.moveTask(id, { stream, to: 'back' }));
}

function idsOf(tasks: readonly Task[]): string[] {
  return tasks.map(({ id }) => id);
}
