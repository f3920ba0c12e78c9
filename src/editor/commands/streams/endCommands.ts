import * as vscode from 'vscode';
import type { Session, Stream, Task } from '../../../core/model';
import { everything } from '../../../core/paging';
import type { Queue } from '../../../core/queue';
import { pickSession, pickStreamOrNew, someStreams } from '../../pickers/streamPicker';
import type { CommandHandlers } from '../../shared/commandRegistry';
import { each } from '../../shared/eachTask';
import { confirm } from '../../shared/notify';
import { choose } from '../../shared/quickPick';
import { activeOf, namesOf, sessionIds } from '../../shared/targets';
import { inOrder } from '../../views/queue/dropTarget';
import type { QueueAccess } from '../../workspace/queueAccess';

/** Commands that end sessions, streams, or all that is queued in a stream: they ask what becomes of queued tasks. */
export class EndCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    endSession: (...given) => this.endSession(given),
    endStream: (...given) => this.endStream(given),
    emptyStream: (...given) => this.emptyStream(given),
  } satisfies CommandHandlers;

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
    const streams = await someStreams(queue, given, { title });
    await endAll(queue, { title, rows: streams, streams, end: (id) => queue.endStream(id) });
  }

  private async emptyStream(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const { l10n } = vscode;
    const title = l10n.t('Empty Stream');
    const fits = ({ counts }: Stream) => counts.queued > 0;
    const streams = (await someStreams(queue, given, { title, fits, orEnded: true })).filter(fits);
    const count = queuedIn(streams);
    if (count === 0) return;
    const names = namesOf(streams);
    await confirm(
      count === 1
        ? l10n.t('Cancel the queued task of {0}?', names)
        : l10n.t('Cancel {0} queued tasks of {1}?', count, names),
      l10n.t('They end as cancelled, and can be requeued. Running tasks go on.'),
      l10n.t('Cancel Tasks'),
    );
    await onQueued(queue, title, streams, cancelAll(queue));
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
  if (act !== undefined) await onQueued(queue, ending.title, ending.streams, act);
}

/** Does it with all that is queued in these streams, while the status bar says so. */
async function onQueued(queue: Queue, title: string, streams: readonly Stream[], act: Act): Promise<void> {
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, async () => {
    const meant = new Set(streams.map(({ id }) => id));
    const queued = await everything((page) =>
      queue.listTasks({ ...page, status: 'queued', order: 'newest' }),
    );
    await act(queued.filter(({ stream_id }) => meant.has(stream_id)));
  });
}

/** Newest first: a task can only depend on older ones, and would fail with them. */
function cancelAll(queue: Queue): Act {
  return (tasks) => each(idsOf(tasks), (id) => queue.cancel(id));
}

function queuedIn(streams: readonly Stream[]): number {
  return streams.reduce((sum, { counts }) => sum + counts.queued, 0);
}

/** Undefined: they are kept. */
async function askAboutQueued(queue: Queue, ending: Ending): Promise<Act | undefined> {
  const { title, rows, streams, notIn } = ending;
  const queued = queuedIn(streams);
  if (queued === 0) return undefined;
  const { l10n } = vscode;
  const names = namesOf(rows);
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
  if (what === 'cancel') return cancelAll(queue);
  const ended = new Set(streams.map(({ id }) => id));
  const fits = ({ id }: Stream) => !ended.has(id);
  const chosen = await pickStreamOrNew(queue, { title, fits, notIn });
  const { id: stream } = await chosen.in(queue);
  return (tasks) => each(idsOf(inOrder(tasks)), (id) => queue.moveTask(id, { stream, to: 'back' }));
}

function idsOf(tasks: readonly Task[]): string[] {
  return tasks.map(({ id }) => id);
}
