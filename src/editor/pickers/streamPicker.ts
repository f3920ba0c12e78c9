import * as vscode from 'vscode';
import type { Session, Stream } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { defaultSession } from '../../store/mainStream';
import { ask, nameProblem } from '../shared/inputBox';
import { type Choice, choose, type Divider, divider } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { activeOf, streamIds } from '../shared/targets';
import { labels } from '../shared/translatedLabels';

export interface StreamQuestion {
  title: string;
  /** Offered first. */
  preferred?: string;
  /** All active streams by default. */
  fits?: (stream: Stream) => boolean;
  /** Sessions whose streams are not offered, and in which none is created. */
  notIn?: ReadonlySet<string>;
  /** Whether ended streams are offered too. */
  orEnded?: boolean;
}

/** A stream that was chosen. A new one exists only once `in` was called, after everything else has been asked. */
export interface ChosenStream {
  name: string;
  /** Passes over tasks for outside workers. */
  skips: boolean;
  in(queue: Queue): Promise<Stream>;
}

/** Asks for a stream, the newest first. */
export async function pickStream(queue: Queue, question: StreamQuestion): Promise<Stream> {
  const { streams, choices } = await streamChoices(queue, question);
  const { title } = question;
  if (streams.length === 0) throw new EditorRefusal(vscode.l10n.t('{0}: no matching stream.', title));
  return choose(title, vscode.l10n.t('Select a stream'), choices);
}

/** The given streams that are active; else the picked one. */
export async function someStreams(
  queue: Queue,
  given: readonly unknown[],
  question: StreamQuestion,
): Promise<Stream[]> {
  const ids = streamIds(...given);
  if (ids.length === 0) return [await pickStream(queue, question)];
  const streams = await Promise.all(ids.map((id) => queue.getStream(id)));
  return question.orEnded ? streams : activeOf(streams);
}

/**
 * Asks for a stream, or for the name of a new one.
 * @param queue undefined if there is none yet
 */
export async function pickStreamOrNew(
  queue: Queue | undefined,
  question: StreamQuestion,
): Promise<ChosenStream> {
  const { title, notIn } = question;
  const { streams, choices } = await streamChoices(queue, question);
  if (streams.length === 0) return askForStream(queue, title, { notIn });
  const label = `$(add) ${vscode.l10n.t('New Stream…')}`;
  const picked = await choose<Stream | undefined>(title, vscode.l10n.t('Select a stream'), [
    ...choices,
    divider(''),
    { label, value: undefined, alwaysShow: true },
  ]);
  return picked ? chosenStream(picked) : askForStream(queue, title, { notIn });
}

export function chosenStream(stream: Stream): ChosenStream {
  return { name: stream.name, skips: stream.skip_unrunnable, in: async () => stream };
}

async function streamChoices(
  queue: Queue | undefined,
  { preferred: last, notIn, orEnded = false, fits = () => true }: StreamQuestion,
): Promise<{ streams: Stream[]; choices: (Choice<Stream> | Divider)[] }> {
  const status = orEnded ? undefined : 'active';
  const [all, sessions] = await Promise.all([
    queue ? everything((page) => queue.listStreams({ ...page, status })) : [],
    queue ? everything((page) => queue.listSessions({ ...page, status })) : [],
  ]);
  const streams = all.filter((stream) => !notIn?.has(stream.session_id) && fits(stream));
  const choices: (Choice<Stream> | Divider)[] = [];
  const preferred = streams.find(({ id }) => id === last);
  if (preferred) choices.push(divider(vscode.l10n.t('last used')), streamChoice(preferred));
  for (const session of sessions) {
    const own = streams.filter((stream) => stream.session_id === session.id && stream !== preferred);
    if (own.length > 0) choices.push(divider(session.name), ...own.map(streamChoice));
  }
  return { streams, choices };
}

function streamChoice(stream: Stream): Choice<Stream> {
  return { label: stream.name, description: labels.describeStream(stream), value: stream };
}

/**
 * Asks for the name of a new stream, and for a session if there are several.
 * @param queue undefined if there is none yet
 */
export async function askForStream(
  queue: Queue | undefined,
  title: string,
  { session: given, notIn }: { session?: string; notIn?: ReadonlySet<string> } = {},
): Promise<ChosenStream> {
  const session = given ?? (await sessionForNew(queue, title, notIn))?.id;
  const taken = queue ? await everything((page) => queue.listStreams(page)) : [];
  const answer = await ask({
    title,
    prompt: vscode.l10n.t('Name of the new stream, a lane of tasks that run in order'),
    placeHolder: vscode.l10n.t('e.g. backend'),
    problem: nameProblem('stream', taken),
  });
  const name = answer.trim();
  return {
    name,
    skips: true,
    async in(open) {
      const home = session ?? (await open.createSession({ name: defaultSession })).id;
      return open.createStream({ session: home, name, skip_unrunnable: true });
    },
  };
}

/** The session of a new stream: the only active one, else one that is asked for; undefined if there is none. */
async function sessionForNew(
  queue: Queue | undefined,
  title: string,
  notIn?: ReadonlySet<string>,
): Promise<Session | undefined> {
  const active = await activeSessions(queue);
  const sessions = active.filter(({ id }) => !notIn?.has(id));
  return sessions.length > 1 ? chooseSession(title, sessions) : sessions[0];
}

/** Asks for an active session. */
export async function pickSession(
  queue: Queue,
  title: string,
  { orEnded = false }: { orEnded?: boolean } = {},
): Promise<Session> {
  const sessions = orEnded
    ? await everything((page) => queue.listSessions(page))
    : await activeSessions(queue);
  if (sessions.length === 0)
    throw new EditorRefusal(
      orEnded ? vscode.l10n.t('{0}: no session.', title) : vscode.l10n.t('{0}: no active session.', title),
    );
  return chooseSession(title, sessions);
}

export async function activeSessions(queue: Queue | undefined): Promise<Session[]> {
  return queue ? everything((page) => queue.listSessions({ ...page, status: 'active' })) : [];
}

function chooseSession(title: string, sessions: readonly Session[]): Promise<Session> {
  return choose(
    title,
    vscode.l10n.t('Select a session'),
    sessions.map((session) => ({
      label: session.name,
      description: session.description ?? undefined,
      value: session,
    })),
  );
}
