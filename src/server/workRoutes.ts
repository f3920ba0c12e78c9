/** How workers take tasks and report what came of them. */

import { toInstant } from '../core/clock';
import { QueueError } from '../core/errors';
import type { Claim, Task } from '../core/model';
import { beaten, claimed, oneTask, peeked, registered } from './answers';
import { ClaimDelivery } from './claimDelivery';
import { noContent, type RouteAnswer, type Routes } from './routes';
import { claim, claimNext, completion, failure, heartbeat, newWorker, release } from './schemas';
import type { Services } from './services';

const tag = 'work';
const path = '/api/tasks';

export function addWorkRoutes(routes: Routes, services: Services): ClaimDelivery {
  const delivery = new ClaimDelivery(services.queue, services.clock, services.log);
  addClaims(routes, services, delivery);
  addReports(routes, services);
  return delivery;
}

function addClaims(routes: Routes, services: Services, delivery: ClaimDelivery): void {
  const { queue } = services;
  /** The answer that carries a claim; the worker's name comes back as it was given. */
  const granted = (granted: Claim, given: string | undefined): RouteAnswer => {
    const workerId = given ?? granted.task.worker_id ?? toInstant(services.clock.now());
    return { ...granted, task: { ...granted.task, worker_id: workerId } };
  };

  routes.add(
    {
      method: 'get',
      path: '/api/streams/{id}/peek',
      tag,
      summary: 'See what claim-next would give; changes nothing',
      answers: { 200: peeked, 204: 'There is none' },
    },
    async ({ id }) => (await queue.peek(id)) ?? noContent(),
  );
  routes.add(
    {
      method: 'post',
      path: '/api/streams/{id}/claim',
      tag,
      summary: 'Claim the next task of a stream',
      body: claimNext,
      answers: {
        200: claimed,
        204: 'There is none, or the stream is paused',
      },
    },
    async ({ id, body, mutation, context: { env } }) => {
      const requestId = body.claim_request_id ?? mutation.key;
      const gone = new AbortController();
      const giveUp = (): void => gone.abort();
      env.outgoing.once('close', giveUp);
      services.closing.addEventListener('abort', giveUp);
      try {
        const request = { ...body, claim_request_id: requestId, signal: gone.signal };
        const next = await delivery.carry(requestId, env.outgoing, () => queue.claimNext(id, request));
        if (next === null) {
          if (services.closing.aborted) throw new QueueError('unavailable', 'The queue is changing hands');
          return noContent();
        }
        return granted(next, body.worker_id);
      } finally {
        services.closing.removeEventListener('abort', giveUp);
      }
    },
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/claim`,
      tag,
      summary: 'Claim one task',
      body: claim,
      answers: { 200: claimed },
    },
    async ({ id, body, mutation, context: { env } }) => {
      const requestId = body.claim_request_id ?? mutation.key;
      const request = { ...body, claim_request_id: requestId };
      const own = await delivery.carry(requestId, env.outgoing, () => queue.claimTask(id, request));
      return granted(own, body.worker_id);
    },
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/release`,
      tag,
      summary: 'Undo a claim: front of the lane, no attempt spent',
      body: release,
      answers: { 200: oneTask },
    },
    async ({ id, body, mutation }) => ({ task: await queue.releaseClaim(id, body.lease, mutation) }),
  );
}

function addReports(routes: Routes, { queue }: Services): void {
  routes.add(
    {
      method: 'post',
      path: '/api/workers',
      tag,
      summary: 'Register a worker process',
      body: newWorker,
      answers: { 200: registered },
    },
    ({ body, mutation }) => queue.registerWorker(body, mutation),
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/heartbeat`,
      tag,
      summary: 'Say that the work goes on',
      body: heartbeat,
      answers: { 200: beaten },
    },
    ({ id, body }) => queue.heartbeat(id, body),
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/complete`,
      tag,
      summary: 'Report success',
      body: completion,
      answers: { 200: oneTask },
    },
    async ({ id, body, mutation }) => ({ task: await queue.complete(id, { ...body, ...mutation }) }),
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/fail`,
      tag,
      summary: 'Report failure',
      body: failure,
      answers: { 200: oneTask },
    },
    async ({ id, body, mutation }) => {
      const task = await queue.fail(id, { ...body, ...mutation });
      return { task: asJustFailed(task, body.error_message) };
    },
  );
}

/** The answer to `fail` repeats the message as sent; later answers show the stored text. */
function asJustFailed(task: Task, message: string): Task {
  return task.status === 'failed' ? { ...task, error_message: message } : task;
}
