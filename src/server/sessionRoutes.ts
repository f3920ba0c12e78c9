/** Sessions: bounded periods of work that group streams. */

import { QueueError } from '../core/errors';
import type { Page } from '../core/model';
import { endedSession, manySessions, oneSession } from './answers';
import type { Routes } from './routes';
import { newSession, sessionFilter, sessionPatch } from './schemas';
import type { Services } from './services';

const tag = 'sessions';

export function addSessionRoutes(routes: Routes, { queue }: Services): void {
  const path = '/api/sessions';
  routes.add(
    {
      method: 'get',
      path,
      tag,
      summary: 'List sessions, newest first',
      query: sessionFilter,
      answers: { 200: manySessions },
    },
    async ({ query }) => listed('sessions', await queue.listSessions(query)),
  );
  routes.add(
    {
      method: 'post',
      path,
      tag,
      summary: 'Create a session',
      body: newSession,
      answers: { 200: oneSession },
    },
    async ({ body, mutation }) => ({ session: await queue.createSession(body, mutation) }),
  );
  routes.add(
    { method: 'get', path: `${path}/{id}`, tag, summary: 'Read a session', answers: { 200: oneSession } },
    async ({ id }) => ({ session: await queue.getSession(id) }),
  );
  routes.add(
    {
      method: 'put',
      path: `${path}/{id}`,
      tag,
      summary: 'Change a session',
      body: sessionPatch,
      answers: { 200: oneSession },
    },
    async ({ id, body, mutation }) => ({ session: await queue.updateSession(id, someField(body), mutation) }),
  );
  routes.add(
    {
      method: 'put',
      path: `${path}/{id}/end`,
      tag,
      summary: 'End a session and its streams',
      answers: { 200: endedSession },
    },
    async ({ id, mutation }) => ({ message: 'Session ended', session: await queue.endSession(id, mutation) }),
  );
}

/** A page of rows under their own name. */
export function listed<T>(name: string, { items, total, limit, offset }: Page<T>): object {
  return { [name]: items, total, limit, offset };
}

/** A patch that changes something. @throws QueueError `missing_field` */
export function someField<T extends object>(patch: T): T {
  if (Object.values(patch).some((value) => value !== undefined)) return patch;
  const names = Object.keys(patch).join(', ');
  throw new QueueError(
    'missing_field',
    'Missing field: nothing to change was given',
    names === '' ? undefined : `Send one of ${names}`,
  );
}
