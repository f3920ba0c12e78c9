import * as vscode from 'vscode';
import type { LifeStatus, Session, Stream } from '../../core/model';
import { everything } from '../../core/paging';
import type { OpenWorkspace } from '../queue/openWorkspace';
import { makeStream, pickSession, pickStream, type StreamQuestion } from '../shared/pickers';
import { ask, confirm, nameProblem } from '../shared/prompts';
import { sessionIds, streamIds } from '../shared/targets';
import { demandTrust } from '../shared/trust';
import type { SparkQ } from '../sparkq';
import { changeStream } from './streamOptions';

/** Commands on sessions and streams. */
export class StreamCommands {
  constructor(private readonly sparkq: SparkQ) {}

  register(): vscode.Disposable {
    const { runner } = this.sparkq;
    return vscode.Disposable.from(
      runner.register('newSession', () => this.newSession()),
      runner.register('newStream', (...given) => this.newStream(given)),
      runner.register('endSession', (...given) => this.endSession(given)),
      runner.register('endStream', (...given) => this.endStream(given)),
      runner.register('pauseStream', (...given) => this.pause(given)),
      runner.register('resumeStream', (...given) => this.resume(given)),
      runner.register('startWorker', (...given) => this.startWorker(given)),
      runner.register('stopWorker', (...given) => this.stopWorker(given)),
      runner.register('streamOptions', (...given) => this.options(given)),
    );
  }

  private async newSession(): Promise<Session> {
    const { queue } = await this.sparkq.access.open();
    const taken = await everything((page) => queue.listSessions({ ...page, status: 'active' }));
    const name = await ask({
      title: vscode.l10n.t('New Session'),
      prompt: vscode.l10n.t('Name of the session, which groups streams'),
      placeHolder: vscode.l10n.t('e.g. api-v2'),
      problem: nameProblem('session', taken),
    });
    return queue.createSession({ name: name.trim(), unique: true });
  }

  private async newStream(given: readonly unknown[]): Promise<Stream> {
    const { queue } = await this.sparkq.access.open();
    return makeStream(queue, vscode.l10n.t('New Stream'), sessionIds(given[0])[0]);
  }

  private async endSession(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.sparkq.access.open();
    const title = vscode.l10n.t('End Session');
    const ids = sessionIds(...given);
    const sessions =
      ids.length === 0
        ? [await pickSession(queue, title)]
        : activeOf(await Promise.all(ids.map((id) => queue.getSession(id))));
    for (const { id, name } of sessions) {
      const streams = await everything((page) =>
        queue.listStreams({ ...page, session_id: id, status: 'active' }),
      );
      const queued = streams.reduce((sum, { counts }) => sum + counts.queued, 0);
      await confirmEnd(name, queued, title);
      await queue.endSession(id);
    }
  }

  private async endStream(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('End Stream');
    for (const stream of await this.streams(place, given, { title })) {
      await confirmEnd(stream.name, stream.counts.queued, title);
      await place.queue.endStream(stream.id);
    }
  }

  private async pause(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Pause Stream');
    const streams = await this.streams(place, given, { title, fits: ({ paused }) => !paused });
    for (const { id } of streams) await place.queue.pauseStream(id);
  }

  private async resume(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Resume Stream');
    const streams = await this.streams(place, given, { title, fits: ({ paused }) => paused });
    for (const { id } of streams) await place.queue.resumeStream(id);
  }

  private async startWorker(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    demandTrust();
    const title = vscode.l10n.t('Start Worker');
    const streams = await this.streams(place, given, { title, fits: ({ working }) => !working });
    for (const { id } of streams) await place.queue.updateStream(id, { working: true });
  }

  private async stopWorker(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Stop Worker');
    const streams = await this.streams(place, given, { title, fits: ({ working }) => working });
    for (const { id } of streams) await place.queue.updateStream(id, { working: false });
  }

  private async options(given: readonly unknown[]): Promise<Stream> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Stream Options');
    const id = streamIds(given[0])[0];
    const stream =
      id === undefined ? await pickStream(place.queue, { title }) : await place.queue.getStream(id);
    return changeStream(place.queue, stream);
  }

  private async streams(
    place: OpenWorkspace,
    given: readonly unknown[],
    question: StreamQuestion,
  ): Promise<Stream[]> {
    const ids = streamIds(...given);
    if (ids.length === 0) return [await pickStream(place.queue, question)];
    return activeOf(await Promise.all(ids.map((id) => place.queue.getStream(id))));
  }
}

/** Of several selected rows those that have not ended: with them alone there is anything to do. */
function activeOf<T extends { status: LifeStatus }>(rows: T[]): T[] {
  return rows.length > 1 ? rows.filter(({ status }) => status === 'active') : rows;
}

/** Ending is for good; it is asked about only where tasks would be left waiting. */
async function confirmEnd(name: string, queued: number, title: string): Promise<void> {
  if (queued === 0) return;
  await confirm(
    queued === 1
      ? vscode.l10n.t('End {0} while 1 task is still queued?', name)
      : vscode.l10n.t('End {0} while {1} tasks are still queued?', name, queued),
    vscode.l10n.t('They stay in the queue but can no longer be claimed. This cannot be undone.'),
    title,
  );
}
