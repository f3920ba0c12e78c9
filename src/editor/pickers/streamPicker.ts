import * as vscode from 'vscode';
import type { Session, Stream } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { ask, nameProblem } from '../shared/inputBox';
import { type Choice, choose, type Divider, divider } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { labels } from '../shared/translatedLabels';

export interface StreamQuestion {
  title: string;
  /** Offered first. */
  preferred?: string;
  /** All active streams by default. */
  fits?: (stream: Stream) => boolean;
  /** Whether the person can create a new stream instead. */
  orNew?: boolean;
  /** Sessions whose streams are not offered, and in which none is created. */
  notIn?: ReadonlySet<string>;
  /** Whether ended streams are offered too. */
  orEnded?: boolean;
}

/**
 * Asks for a stream, the newest first. With `orNew` the person can create one, and has to if there is none.
 */
export async function pickStream(queue: Queue, question: StreamQuestion): Promise<Stream> {
  const { title, orNew = false, orEnded = false, notIn, fits = () => true } = question;
  const status = orEnded ? undefined : 'active';
  const [streams, sessions] = await Promise.all([
    everything((page) => queue.listStreams({ ...page, status })),
    everything((page) => queue.listSessions({ ...page, status })),
  ]);
  const fitting = streams.filter((stream) => !notIn?.has(stream.session_id) && fits(stream));
  if (fitting.length === 0) {
    if (orNew) return makeStream(queue, title, { notIn });
    throw new EditorRefusal(vscode.l10n.t('{0}: no matching stream.', title));
  }
  const make = Symbol('new stream');
  const choices: (Choice<Stream | typeof make> | Divider)[] = [];
  const preferred = fitting.find(({ id }) => id === question.preferred);
  if (preferred) choices.push(divider(vscode.l10n.t('last used')), streamChoice(preferred));
  for (const session of sessions) {
    const own = fitting.filter((stream) => stream.session_id === session.id && stream !== preferred);
    if (own.length > 0) choices.push(divider(session.name), ...own.map(streamChoice));
  }
  if (orNew) {
    choices.push(divider(''), {
      label: `$(add) ${vscode.l10n.t('New Stream…')}`,
      value: make,
      alwaysShow: true,
    });
  }
  const picked = await choose(title, vscode.l10n.t('Select a stream'), choices);
  return typeof picked === 'symbol' ? makeStream(queue, title, { notIn }) : picked;
}

function streamChoice(stream: Stream): Choice<Stream> {
  return { label: stream.name, description: labels.describeStream(stream), value: stream };
}

/** Asks for a name, and for a session if there are several, and creates the stream. */
export async function makeStream(
  queue: Queue,
  title: string,
  { session: given, notIn }: { session?: string; notIn?: ReadonlySet<string> } = {},
): Promise<Stream> {
  const session = given ?? (await sessionForNew(queue, title, notIn))?.id;
  const taken = await everything((page) => queue.listStreams(page));
  const name = await ask({
    title,
    prompt: vscode.l10n.t('Name of the new stream, a lane of tasks that run in order'),
    placeHolder: vscode.l10n.t('e.g. backend'),
    problem: nameProblem('stream', taken),
  });
  // Only now: a dismissed question leaves no session behind.
  const home = session ?? (await queue.createSession({ name: defaultSession })).id;
  return queue.createStream({ session: home, name: name.trim(), skip_unrunnable: true });
}

/** The session of a new stream: the only active one, else one that is asked for; undefined if there is none. */
async function sessionForNew(
  queue: Queue,
  title: string,
  notIn?: ReadonlySet<string>,
): Promise<Session | undefined> {
  const active = await activeSessions(queue);
  const sessions = active.filter(({ id }) => !notIn?.has(id));
  return sessions.length > 1 ? chooseSession(title, sessions) : sessions[0];
}

/** Asks for an active session. */
export async function pickSession(queue: Queue, title: string): Promise<Session> {
  const sessions = await activeSessions(queue);
  if (sessions.length === 0) throw new EditorRefusal(vscode.l10n.t('{0}: no active session.', title));
  return chooseSession(title, sessions);
}

function activeSessions(queue: Queue): Promise<Session[]> {
  return everything((page) => queue.listSessions({ ...page, status: 'active' }));
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

/** The session that is created for the first task if nobody has created one. */
export const defaultSession = 'Workspace';
