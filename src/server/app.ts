/** The HTTP API over a Queue, as a Hono app: all routes, and what they have in common. */

import type { HttpBindings } from '@hono/node-server';
import { cutText } from '../core/cutText';
import { QueueError } from '../core/errors';
import type { ClaimDelivery } from './claimDelivery';
import { errorBody, toQueueError } from './errors';
import { json, Router } from './router';
import { addApprovalRoutes } from './routes/approvalRoutes';
import { addBatchRoutes } from './routes/batchRoutes';
import { addDocRoutes } from './routes/docRoutes';
import { addEventRoutes } from './routes/eventRoutes';
import { addPageRoutes } from './routes/pageRoutes';
import { addScheduleRoutes } from './routes/scheduleRoutes';
import { addSessionRoutes } from './routes/sessionRoutes';
import { addStreamRoutes } from './routes/streamRoutes';
import { addSystemRoutes, openPaths } from './routes/systemRoutes';
import { addTaskRoutes } from './routes/taskRoutes';
import { addWorkRoutes } from './routes/workRoutes';
import type { Services } from './services';

export interface App {
  fetch(request: Request, bindings: HttpBindings): Response | Promise<Response>;
  delivery: ClaimDelivery;
  /** Every route as `GET /api/tasks/{id}`. */
  routes: string[];
}

export function createApp(services: Services): App {
  const router = new Router(services.queue);
  const { app } = router;
  app.use(async (context, next) => {
    if (!openPaths.includes(context.req.path))
      context.set('caller', services.access.callerOf(context.env.incoming));
    await next();
  });
  addSystemRoutes(router, services);
  addSessionRoutes(router);
  addStreamRoutes(router);
  addTaskRoutes(router);
  addBatchRoutes(router);
  addApprovalRoutes(router);
  const delivery = addWorkRoutes(router, services);
  addScheduleRoutes(router);
  addEventRoutes(router, services);
  addDocRoutes(router, services);
  addPageRoutes(router, services);

  app.notFound((context) => {
    const { method, path } = context.req;
    const allowed = router.methodsOf(path);
    if (allowed.length === 0) return refusal(new QueueError('not_found', `No route ${cutText(path, 200)}`));
    const error = new QueueError(
      'method_not_allowed',
      `Method ${method} is not allowed for ${cutText(path, 200)}`,
    );
    const answer = refusal(error);
    answer.headers.set('allow', allowed.join(', '));
    return answer;
  });
  app.onError((thrown, { env }) => {
    // A client that disconnects in the middle of a request gets no answer, and this is not our error.
    if (env.incoming.destroyed && !env.incoming.complete) {
      return refusal(new QueueError('invalid_field', 'Invalid body: cut off'));
    }
    const error = toQueueError(thrown, services.log);
    // The rest of the body is discarded, so that the client can read the answer.
    if (error.code === 'too_large') env.incoming.resume();
    return refusal(error);
  });
  return { fetch: (request, bindings) => app.fetch(request, bindings), delivery, routes: router.list() };
}

function refusal(error: QueueError): Response {
  return json(errorBody(error), error.status);
}
