import * as vscode from 'vscode';
import type { Session, Stream } from '../../../core/model';
import { everything } from '../../../core/paging';
import type { Queue } from '../../../core/queue';
import {
  activeSessions,
  askForStream,
  pickStream,
  type StreamQuestion,
  someStreams,
} from '../../pickers/streamPicker';
import type { CommandHandlers } from '../../shared/commandRegistry';
import { ask, nameProblem } from '../../shared/inputBox';
import { sessionIds, streamIds } from '../../shared/targets';
import { demandTrust } from '../../shared/trust';
import type { QueueAccess } from '../../workspace/queueAccess';
import { changeStream } from './streamOptions';

/** Commands on sessions and streams. */
export class StreamCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    newSession: () => this.newSession(),
    newStream: (...given) => this.newStream(given),
    pauseStream: (...given) => this.pause(given),
    resumeStream: (...given) => this.resume(given),
    startWorker: (...given) => this.startWorker(given),
    startAllWorkers: (...given) => this.startAllWorkers(given),
    stopWorker: (...given) => this.stopWorker(given),
    streamOptions: (...given) => this.options(given),
  } satisfies CommandHandlers;

  private async newSession(): Promise<Session> {
    const taken = await activeSessions((await this.access.openIfAny())?.queue);
    const name = await ask({
      title: vscode.l10n.t('New Session'),
      prompt: vscode.l10n.t('Name of the session, which groups streams'),
      placeHolder: vscode.l10n.t('e.g. api-v2'),
      problem: nameProblem('session', taken),
    });
    const { queue } = await this.access.open();
    return queue.createSession({ name: name.trim(), unique: true });
  }

  private async newStream(given: readonly unknown[]): Promise<Stream> {
    const present = await this.access.openIfAny();
    const title = vscode.l10n.t('New Stream');
    const stream = await askForStream(present?.queue, title, { session: sessionIds(given[0])[0] });
    const { queue } = await this.access.open();
    return stream.in(queue);
  }

  private async pause(given: readonly unknown[]): Promise<void> {
    const question = { title: vscode.l10n.t('Pause Stream'), fits: ({ paused }: Stream) => !paused };
    await this.onStreams(given, question, (queue, { id }) => queue.pauseStream(id));
  }

  private async resume(given: readonly unknown[]): Promise<void> {
    const question = { title: vscode.l10n.t('Resume Stream'), fits: ({ paused }: Stream) => paused };
    await this.onStreams(given, question, (queue, { id }) => queue.resumeStream(id));
  }

  private async startWorker(given: readonly unknown[]): Promise<void> {
    demandTrust();
    const question = { title: vscode.l10n.t('Start Worker'), fits: ({ working }: Stream) => !working };
    await this.onStreams(given, question, (queue, { id }) => queue.updateStream(id, { working: true }));
  }

  /** Of the given sessions; else of all. */
  private async startAllWorkers(given: readonly unknown[]): Promise<void> {
    demandTrust();
    const { queue } = await this.access.demand();
    const sessions = sessionIds(...given);
    const active = await everything((page) => queue.listStreams({ ...page, status: 'active' }));
    const idle = active.filter(
      ({ working, session_id }) => !working && (sessions.length === 0 || sessions.includes(session_id)),
    );
    for (const { id } of idle) await queue.updateStream(id, { working: true });
  }

  private async stopWorker(given: readonly unknown[]): Promise<void> {
    const question = { title: vscode.l10n.t('Stop Worker'), fits: ({ working }: Stream) => working };
    await this.onStreams(given, question, (queue, { id }) => queue.updateStream(id, { working: false }));
  }

  private async options(given: readonly unknown[]): Promise<Stream> {
    const { queue } = await this.access.demand();
    const [id] = streamIds(given[0]);
    const title = vscode.l10n.t('Stream Options');
    const stream = id === undefined ? await pickStream(queue, { title }) : await queue.getStream(id);
    return changeStream(queue, stream);
  }

  /** Calls `act` for the given streams, one after the other; else for the picked one. */
  private async onStreams(
    given: readonly unknown[],
    question: StreamQuestion,
    act: (queue: Queue, stream: Stream) => Promise<unknown>,
  ): Promise<void> {
    const { queue } = await this.access.demand();
    for (const stream of await someStreams(queue, given, question)) await act(queue, stream);
  }
}
