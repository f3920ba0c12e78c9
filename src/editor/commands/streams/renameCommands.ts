import * as vscode from 'vscode';
import type { Session, Stream } from '../../../core/model';
import { everything } from '../../../core/paging';
import { activeSessions, pickSession, pickStream } from '../../pickers/streamPicker';
import type { CommandHandlers } from '../../shared/commandRegistry';
import { ask, nameProblem } from '../../shared/inputBox';
import { sessionIds, streamIds } from '../../shared/targets';
import type { QueueAccess } from '../../workspace/queueAccess';

/** Commands that give sessions and streams another name. */
export class RenameCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    renameSession: (...given) => this.renameSession(given),
    renameStream: (...given) => this.renameStream(given),
  } satisfies CommandHandlers;

  private async renameSession(given: readonly unknown[]): Promise<Session> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Rename Session');
    const [id] = sessionIds(given[0]);
    const session = id === undefined ? await pickSession(queue, title) : await queue.getSession(id);
    const taken = others(await activeSessions(queue), session);
    const prompt = vscode.l10n.t('New name of the session {0}', session.name);
    const name = await ask({ title, prompt, value: session.name, problem: nameProblem('session', taken) });
    return queue.updateSession(session.id, { name: name.trim() });
  }

  private async renameStream(given: readonly unknown[]): Promise<Stream> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Rename Stream');
    const [id] = streamIds(given[0]);
    const stream = id === undefined ? await pickStream(queue, { title }) : await queue.getStream(id);
    const taken = others(await everything((page) => queue.listStreams(page)), stream);
    const prompt = vscode.l10n.t('New name of the stream {0}', stream.name);
    const name = await ask({ title, prompt, value: stream.name, problem: nameProblem('stream', taken) });
    return queue.updateStream(stream.id, { name: name.trim() });
  }
}

function others<T extends { id: string }>(all: readonly T[], { id }: T): T[] {
  return all.filter((each) => each.id !== id);
}
