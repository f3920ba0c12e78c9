/** Sessions: bounded periods of work that group streams. */

import { endedSession, manySessions, message, oneSession } from '../answerSchemas';
import { newSession, sessionFilter, sessionPatch } from '../inputSchemas';
import type { Router } from '../router';
import { someField } from '../validation';

export function addSessionRoutes(router: Router): void {
  const routes = router.group('sessions');
  routes.forward('listSessions', 'List sessions, newest first', manySessions, { input: sessionFilter });
  routes.forward('createSession', 'Create a session', oneSession, { input: newSession });
  routes.forward('getSession', 'Get a session', oneSession);
  routes.forward('updateSession', 'Update a session', oneSession, {
    input: sessionPatch,
    prepare: someField,
  });
  routes.forward('endSession', 'End a session and its streams', endedSession, { message: 'Session ended' });
  routes.forward('deleteSession', 'Delete a session whose streams are all empty', message, {
    message: 'Session deleted',
  });
}
