/** Tasks as they are put in, looked at and rearranged. Doing them is in workRoutes. */

import type { z } from 'zod';
import { QueueError } from '../core/errors';
import type { Page, Task } from '../core/model';
import type { Queue } from '../core/queue';
import {
  copiedTask,
  manyAttempts,
  manyRuns,
  manyTasks,
  message,
  newTaskAnswer,
  oneTask,
  oneTaskDetail,
} from './answers';
import { checkDepth } from './requestBody';
import type { Routes } from './routes';
import {
  newTask,
  outputRange,
  requeueNote,
  review,
  runFilter,
  taskFilter,
  taskMove,
  taskPatch,
} from './schemas';
import type { Services } from './services';
import { listed, someField } from './sessionRoutes';

const tag = 'tasks';
const path = '/api/tasks';

export function addTaskRoutes(routes: Routes, services: Services): void {
  addReading(routes, services.queue);
  addChanging(routes, services.queue);
}

function addReading(routes: Routes, queue: Queue): void {
  routes.add(
    {
      method: 'get',
      path,
      tag,
      summary: 'List tasks without their output, newest first',
      query: taskFilter,
      answers: { 200: manyTasks },
    },
    async ({ query }) => listed('tasks', await listTasks(queue, query)),
  );
  routes.add(
    {
      method: 'get',
      path: `${path}/{id}`,
      tag,
      summary: 'Read a task, with the last 64 KB of its output',
      answers: { 200: oneTaskDetail },
    },
    async ({ id }) => ({ task: await queue.getTask(id) }),
  );
  routes.add(
    {
      method: 'get',
      path: `${path}/{id}/attempts`,
      tag,
      summary: 'List the claims of a task and what came of them',
      answers: { 200: manyAttempts },
    },
    async ({ id }) => ({ attempts: await queue.listAttempts(id) }),
  );
  routes.add(
    {
      method: 'get',
      path: '/api/runs',
      tag,
      summary:
        'List the attempts of all tasks in a span of time: running ones, then by their end, newest first',
      query: runFilter,
      answers: { 200: manyRuns },
    },
    ({ query }) => queue.listRuns(query),
  );
  routes.add(
    {
      method: 'get',
      path: `${path}/{id}/output`,
      tag,
      summary: 'Read the output of a task',
      query: outputRange,
      answers: {
        200: 'Text; X-Next-Offset, X-Size and X-Dropped (from-to) count bytes of the original output',
      },
    },
    async ({ id, query }) => {
      const chunk = await queue.readOutput(id, query);
      const headers = new Headers({
        'content-type': 'text/plain; charset=utf-8',
        'x-next-offset': String(chunk.next_offset),
        'x-size': String(chunk.size),
      });
      if (chunk.dropped !== null) headers.set('x-dropped', `${chunk.dropped.from}-${chunk.dropped.to}`);
      return new Response(chunk.text, { headers });
    },
  );
}

function addChanging(routes: Routes, queue: Queue): void {
  routes.add(
    {
      method: 'post',
      path,
      tag,
      summary: 'Put a task into a stream',
      body: newTask,
      answers: { 200: newTaskAnswer },
    },
    async ({ body, mutation }) => {
      const { stream_id, prompt_path, metadata, ...input } = body;
      const payload = payloadOf(body);
      const { task, duplicate } = await queue.enqueue({ ...input, payload, stream: stream_id }, mutation);
      return duplicate ? { task, duplicate } : { task };
    },
  );
  routes.add(
    {
      method: 'put',
      path: `${path}/{id}`,
      tag,
      summary: 'Edit a queued task',
      body: taskPatch,
      answers: { 200: oneTask },
    },
    async ({ id, body, mutation }) => {
      if (typeof body.payload === 'string') checkDepth(body.payload);
      return { task: await queue.editTask(id, someField(body), mutation) };
    },
  );
  routes.add(
    {
      method: 'delete',
      path: `${path}/{id}`,
      tag,
      summary: 'Delete a task that is not running',
      answers: { 200: message },
    },
    async ({ id, mutation }) => {
      await queue.deleteTask(id, mutation);
      return { message: 'Task deleted' };
    },
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/undelete`,
      tag,
      summary: 'Take back the delete of a task, within seven days',
      answers: { 200: oneTask },
    },
    async ({ id, mutation }) => ({ task: await queue.undeleteTask(id, mutation) }),
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/move`,
      tag,
      summary: 'Move a queued task within its stream or to another',
      body: taskMove,
      answers: { 200: oneTask },
    },
    async ({ id, body, mutation }) => ({ task: await queue.moveTask(id, someField(body), mutation) }),
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/review`,
      tag,
      summary: 'Say that a finished task was looked at',
      body: review,
      answers: { 200: oneTask },
    },
    async ({ id, body, mutation }) => ({ task: await queue.reviewTask(id, body, mutation) }),
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/park`,
      tag,
      summary: 'Set a queued task aside',
      answers: { 200: oneTask },
    },
    async ({ id, mutation }) => ({ task: await queue.parkTask(id, mutation) }),
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/unpark`,
      tag,
      summary: 'Take a task back that was set aside',
      answers: { 200: oneTask },
    },
    async ({ id, mutation }) => ({ task: await queue.unparkTask(id, mutation) }),
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/cancel`,
      tag,
      summary: 'End a queued task; ask the worker of a running one to stop',
      answers: { 200: oneTask },
    },
    async ({ id, mutation }) => ({ task: await queue.cancel(id, mutation) }),
  );
  routes.add(
    {
      method: 'post',
      path: `${path}/{id}/requeue`,
      tag,
      summary: 'Copy a finished task to the back of its stream',
      body: requeueNote,
      answers: { 200: copiedTask },
    },
    async ({ id, body, mutation }) => ({ task: await queue.requeue(id, { ...mutation, ...body }) }),
  );
}

/** An unknown `stream_id` lists nothing; an unknown `stream` is refused. */
async function listTasks(queue: Queue, query: z.output<typeof taskFilter>): Promise<Page<Task>> {
  const { stream_id, stream, ...filter } = query;
  if (stream_id === undefined) return queue.listTasks({ ...filter, stream });
  if (stream !== undefined) {
    throw new QueueError(
      'invalid_filter',
      'Invalid stream filter: stream_id is given as well',
      'Give one of them',
    );
  }
  try {
    return await queue.listTasks({ ...filter, stream: stream_id });
  } catch (error) {
    if (!QueueError.is(error, 'not_found')) throw error;
    return { items: [], total: 0, limit: filter.limit, offset: filter.offset };
  }
}

/** The payload as given, else the one that the original API made of a prompt's path and metadata. */
function payloadOf(body: z.output<typeof newTask>): z.output<typeof newTask>['payload'] {
  if (typeof body.payload === 'string') checkDepth(body.payload);
  if (body.payload !== undefined) return body.payload;
  if (body.prompt !== undefined) return body.metadata === undefined ? undefined : { metadata: body.metadata };
  return { prompt_path: body.prompt_path ?? null, metadata: body.metadata ?? null };
}
