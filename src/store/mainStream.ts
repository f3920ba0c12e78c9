/** The stream for tasks that name none. Whoever queues its first task makes it. */

import { QueueError } from '../core/errors';
import type { Session, Stream } from '../core/model';
import { everything } from '../core/paging';
import type { Queue } from '../core/queue';

export const mainName = 'main';
/** The session that is made where nobody has made one. */
export const defaultSession = 'default';

/** Whether a stream of that name is, or was, the one for tasks that name none. */
export function isMainName(name: string): boolean {
  return name === mainName || new RegExp(`^${mainName}-\\d+$`).test(name);
}

/** Others may make or end the same stream at any moment, so that it is looked for again. */
const mostTries = 100;

/**
 * The active stream `main`, in whichever session; `main-2` if that has ended, and so on. Where there is none, it is made
 * in the session `default`, and passes over tasks that nobody here can run.
 */
export async function mainStream(queue: Queue): Promise<Stream> {
  for (let number = 1, tries = 0; tries < mostTries; tries += 1) {
    const name = number === 1 ? mainName : `${mainName}-${number}`;
    const stream = await unless('not_found', queue.getStream(name));
    if (stream?.status === 'active') return stream;
    if (stream !== null) number += 1;
    else {
      const made = await streamInDefault(queue, name);
      if (made !== null) return made;
    }
  }
  throw new QueueError('conflict', `The stream ${mainName} is made and ended all the time`, 'Name a stream.');
}

/**
 * A new stream in the session `default`, which passes over tasks that nobody here can run. Null where another process was
 * faster, or has ended the session.
 */
export async function streamInDefault(queue: Queue, name: string): Promise<Stream | null> {
  const session = await sessionForMain(queue);
  if (session === null) return null;
  const input = { session: session.id, name, skip_unrunnable: true };
  return unless('name_taken', unless('session_ended', queue.createStream(input)));
}

async function sessionForMain(queue: Queue): Promise<Session | null> {
  const named = (await everything((page) => queue.listSessions(page))).filter(
    ({ name }) => name === defaultSession,
  );
  const active = named.find(({ status }) => status === 'active');
  // Of two processes that make the first one, the slower one is refused.
  return (
    active ?? unless('name_taken', queue.createSession({ name: defaultSession, unique: named.length === 0 }))
  );
}

/** Null instead of that refusal. */
async function unless<T>(
  code: 'not_found' | 'name_taken' | 'session_ended',
  call: Promise<T>,
): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (QueueError.is(error, code)) return null;
    throw error;
  }
}
