/** The HTTP API over a Queue, as a Hono app: the routes, and what is true of all of them. */

import type { HttpBindings } from '@hono/node-server';
import { QueueError } from '../core/errors';
import type { ClaimDelivery } from './claimDelivery';
import { addDocRoutes } from './docRoutes';
import { errorBody, toQueueError } from './errors';
import { addEventRoutes } from './eventRoutes';
import { addPageRoutes } from './pageRoutes';
import { json, Routes } from './routes';
import type { Services } from './services';
import { addSessionRoutes } from './sessionRoutes';
import { addStreamRoutes } from './streamRoutes';
import { addSystemRoutes, openPaths } from './systemRoutes';
import { addTaskRoutes } from './taskRoutes';
import { addWorkRoutes } from './workRoutes';

export interface App {
  fetch(request: Request, bindings: HttpBindings): Response | Promise<Response>;
  delivery: ClaimDelivery;
  /** Every route as `GET /api/tasks/{id}`. */
  routes: string[];
}

export function createApp(services: Services): App {
  const routes = new Routes();
  const { app } = routes;
  app.use(async (context, next) => {
    if (!openPaths.includes(context.req.path)) services.guard.checkCaller(context.env.incoming);
    await next();
  });
  addSystemRoutes(routes, services);
  addSessionRoutes(routes, services);
  addStreamRoutes(routes, services);
  addTaskRoutes(routes, services);
  const delivery = addWorkRoutes(routes, services);
  addEventRoutes(routes, services);
  addDocRoutes(routes, services);
  addPageRoutes(routes, services);

  app.notFound((context) => {
    const { method, path } = context.req;
    const allowed = routes.methodsOf(path);
    if (allowed.length === 0) return refusal(new QueueError('not_found', `No route ${path.slice(0, 200)}`));
    const error = new QueueError(
      'method_not_allowed',
      `Method ${method} is not allowed for ${path.slice(0, 200)}`,
    );
    const answer = refusal(error);
    answer.headers.set('allow', allowed.join(', '));
    return answer;
  });
  app.onError((thrown, { env }) => {
    // Whoever hangs up in the middle of a request hears no answer, and it is no error of ours.
    if (env.incoming.destroyed && !env.incoming.complete) {
      return refusal(new QueueError('invalid_field', 'Invalid body: cut off'));
    }
    const error = toQueueError(thrown, services.log);
    // What is left of the body is passed over, so that the client gets to read the answer.
    if (error.code === 'too_large') env.incoming.resume();
    return refusal(error);
  });
  return { fetch: (request, bindings) => app.fetch(request, bindings), delivery, routes: routes.list() };
}

function refusal(error: QueueError): Response {
  return json(errorBody(error), error.status);
}
