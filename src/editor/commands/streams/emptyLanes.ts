import * as vscode from 'vscode';
import type { Session, Stream } from '../../../core/model';
import { everything } from '../../../core/paging';
import type { Queue } from '../../../core/queue';
import { pickSession, someStreams } from '../../pickers/streamPicker';
import type { CommandHandlers } from '../../shared/commandRegistry';
import { confirm } from '../../shared/notify';
import { namesOf, sessionIds } from '../../shared/targets';
import { isEmptyStream } from '../../views/contextValue';
import type { QueueAccess } from '../../workspace/queueAccess';

/** Commands that delete streams and sessions that hold nothing any more. The queue refuses all others, and says why. */
export class EmptyLanes {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    deleteSession: (...given) => this.deleteSessions(given),
    deleteStream: (...given) => this.deleteStreams(given),
  } satisfies CommandHandlers;

  private async deleteStreams(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Delete Stream');
    const streams = await someStreams(queue, given, { title, fits: isEmptyStream, orEnded: true });
    await confirmed(queue, streams, streams);
    for (const { id } of streams) await queue.deleteStream(id);
  }

  private async deleteSessions(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const ids = sessionIds(...given);
    const sessions: Session[] =
      ids.length === 0
        ? [await pickSession(queue, vscode.l10n.t('Delete Session'), { orEnded: true })]
        : await Promise.all(ids.map((id) => queue.getSession(id)));
    const all = await everything((page) => queue.listStreams(page));
    const streams = all.filter(({ session_id }) => sessions.some(({ id }) => id === session_id));
    // Of one with tasks nothing is asked: the refusal says what it has.
    if (streams.every(isEmptyStream)) await confirmed(queue, sessions, streams);
    for (const { id } of sessions) await queue.deleteSession(id);
  }
}

/** Asks whether these are to go, and says what goes with them. */
async function confirmed(
  queue: Queue,
  rows: readonly { name: string }[],
  streams: readonly Stream[],
): Promise<void> {
  const { l10n } = vscode;
  let restorable = 0;
  for (const { id } of streams)
    restorable += (await queue.listTasks({ stream: id, deleted: true, limit: 1 })).total;
  const lost =
    restorable === 1
      ? l10n.t('1 deleted task of it can no longer be restored.')
      : l10n.t('{0} deleted tasks of it can no longer be restored.', restorable);
  const detail = [l10n.t('Its options and instructions go with it.'), ...(restorable === 0 ? [] : [lost])];
  await confirm(l10n.t('Delete {0}?', namesOf(rows)), detail.join(' '), l10n.t('Delete'));
}
