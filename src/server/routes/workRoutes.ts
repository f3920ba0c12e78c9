/** How workers claim tasks and report their outcome. */

import { toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { Claim, TaskAnswer } from '../../core/model';
import { claimed, heartbeatAnswer, oneTask, peeked, registered } from '../answerSchemas';
import { ClaimDelivery } from '../claimDelivery';
import {
  abandonment,
  claim,
  claimNext,
  completion,
  failure,
  heartbeat,
  newWorker,
  question,
  release,
} from '../inputSchemas';
import { noContent, type RouteAnswer, type RouteGroup, type Router, routeOf } from '../router';
import type { Services } from '../services';

export function addWorkRoutes(router: Router, services: Services): ClaimDelivery {
  const delivery = new ClaimDelivery(services.queue, services.clock, services.log);
  const routes = router.group('work');
  addClaims(routes, services, delivery);
  addReports(routes);
  return delivery;
}

function addClaims(routes: RouteGroup, services: Services, delivery: ClaimDelivery): void {
  /** The answer that carries a claim; the worker's name comes back as it was given. */
  const granted = (granted: Claim, given: string | undefined): RouteAnswer => {
    const workerId = given ?? granted.task.worker_id ?? toInstant(services.clock.now());
    return { ...granted, task: { ...granted.task, worker_id: workerId } };
  };

  routes.forward('peek', 'Get the task that a claim would return; changes nothing', peeked, {
    none: 'No task',
  });
  routes.add(
    {
      ...routeOf('claimNext'),
      summary: 'Claim the next task of a stream',
      body: claimNext,
      answers: {
        200: claimed,
        204: 'No task, or the stream is paused',
      },
    },
    async ({ id, body, mutation, queue, context: { env } }) => {
      const requestId = body.claim_request_id ?? mutation.key;
      const gone = new AbortController();
      const giveUp = (): void => gone.abort();
      env.outgoing.once('close', giveUp);
      services.closing.addEventListener('abort', giveUp);
      try {
        const request = { ...body, claim_request_id: requestId, signal: gone.signal };
        const next = await delivery.deliver(requestId, env.outgoing, () => queue.claimNext(id, request));
        if (next === null) {
          if (services.closing.aborted) throw new QueueError('unavailable', 'The queue is changing hands');
          return noContent();
        }
        return granted(next, body.worker_id);
      } finally {
        services.closing.removeEventListener('abort', giveUp);
        env.outgoing.removeListener('close', giveUp);
      }
    },
  );
  routes.add(
    {
      ...routeOf('claimTask'),
      summary: 'Claim a task',
      body: claim,
      answers: { 200: claimed },
    },
    async ({ id, body, mutation, queue, context: { env } }) => {
      const requestId = body.claim_request_id ?? mutation.key;
      const request = { ...body, claim_request_id: requestId };
      const own = await delivery.deliver(requestId, env.outgoing, () => queue.claimTask(id, request));
      return granted(own, body.worker_id);
    },
  );
  routes.forward(
    'releaseClaim',
    'Release a claimed task: it returns to the front of its lane; spends no attempt',
    oneTask,
    { input: release },
  );
  routes.forward(
    'abandon',
    'Undo a claim whose worker has gone: for 10 s only the same conversation may claim the task; spends no attempt, but the third time in a row counts as lost',
    oneTask,
    { input: abandonment },
  );
  routes.forward(
    'ask',
    'Put a claimed task back with a question; it waits until somebody answers, and spends no attempt',
    oneTask,
    { input: question },
  );
}

function addReports(routes: RouteGroup): void {
  routes.forward('registerWorker', 'Register a worker', registered, { input: newWorker });
  routes.forward('heartbeat', 'Report that the worker is alive and extend the lease', heartbeatAnswer, {
    input: heartbeat,
  });
  routes.forward('complete', 'Report that a task succeeded', oneTask, { input: completion });
  routes.add(
    {
      ...routeOf('fail'),
      summary: 'Report that a task failed',
      body: failure,
      answers: { 200: oneTask },
    },
    async ({ id, body, mutation, queue }) => {
      const task = await queue.fail(id, { ...body, ...mutation });
      return { task: asJustFailed(task, body.error_message) };
    },
  );
}

/** The answer to `fail` repeats the message as sent; later answers show the stored text. */
function asJustFailed(task: TaskAnswer, message: string): TaskAnswer {
  return task.status === 'failed' ? { ...task, error_message: message } : task;
}
