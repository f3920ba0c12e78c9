/** Sessions: bounded periods of work that group streams. */

import { endedSession, manySessions, oneSession } from './answerSchemas';
import { newSession, sessionFilter, sessionPatch } from './inputSchemas';
import type { Router } from './router';
import { someField } from './validation';

export function addSessionRoutes(router: Router): void {
  const routes = router.group('sessions');
  routes.forward('listSessions', {
    summary: 'List sessions, newest first',
    input: sessionFilter,
    answers: { 200: manySessions },
  });
  routes.forward('createSession', {
    summary: 'Create a session',
    input: newSession,
    answers: { 200: oneSession },
  });
  routes.forward('getSession', { summary: 'Get a session', answers: { 200: oneSession } });
  routes.forward(
    'updateSession',
    { summary: 'Update a session', input: sessionPatch, answers: { 200: oneSession } },
    someField,
  );
  routes.forward('endSession', {
    summary: 'End a session and its streams',
    answers: { 200: endedSession },
    message: 'Session ended',
  });
}
