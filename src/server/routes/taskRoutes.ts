/** Tasks as they are enqueued, read and rearranged. Claiming and reporting are in workRoutes. */

import type { z } from 'zod';
import { QueueError } from '../../core/errors';
import { itemTexts, memberText } from '../../core/exactJson';
import type { Page, Task } from '../../core/model';
import type { Queue } from '../../core/queue';
import {
  copiedTask,
  manyAttempts,
  manyRuns,
  manyTasks,
  message,
  newTaskAnswer,
  newTasksAnswer,
  oneTask,
  oneTaskDetail,
} from '../answerSchemas';
import {
  answer,
  newTask,
  newTasks,
  outputRange,
  requeueNote,
  review,
  runFilter,
  taskFilter,
  taskMove,
  taskPatch,
} from '../inputSchemas';
import { answerOf, type RouteGroup, type Router, routeOf } from '../router';
import { someField } from '../validation';
import { asSent, withPayload } from './payloads';

export function addTaskRoutes(router: Router): void {
  const routes = router.group('tasks');
  addReading(routes);
  addChanging(routes);
}

function addReading(routes: RouteGroup): void {
  routes.add(
    {
      ...routeOf('listTasks'),
      summary: 'List tasks without their output, newest first',
      query: taskFilter,
      answers: { 200: manyTasks },
    },
    async ({ query, queue }) => answerOf('listTasks', await listTasks(queue, query)),
  );
  routes.forward('getTask', 'Get a task with the last 64 KB of its output', oneTaskDetail);
  routes.forward('listAttempts', 'List the attempts of a task', manyAttempts);
  routes.forward(
    'listRuns',
    'List the attempts of all tasks in a period: running ones, then by their end, newest first',
    manyRuns,
    { input: runFilter },
  );
  routes.add(
    {
      ...routeOf('readOutput'),
      summary: 'Get the output of a task',
      query: outputRange,
      answers: {
        200: 'Text; X-Next-Offset, X-Size and X-Dropped (from-to) count bytes of the original output',
      },
    },
    async ({ id, query, queue }) => {
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

function addChanging(routes: RouteGroup): void {
  routes.add(
    {
      ...routeOf('enqueue'),
      summary: 'Enqueue a task',
      body: newTask,
      answers: { 200: newTaskAnswer },
    },
    async ({ body, source, mutation, queue }) => {
      const { stream_id, ...input } = body;
      const given = { ...withPayload(input, source), stream: stream_id };
      const { task, duplicate } = await queue.enqueue(given, mutation);
      return duplicate ? { task, duplicate } : { task };
    },
  );
  routes.add(
    {
      ...routeOf('enqueueMany'),
      summary: 'Enqueue up to 100 tasks as a batch, all or none',
      body: newTasks,
      // Of each task: the body, its list, the task.
      fieldLevel: 3,
      answers: { 200: newTasksAnswer },
    },
    async ({ body, source, mutation, queue }) => {
      const sources = itemTexts(memberText(source, 'tasks') ?? '');
      const given = body.tasks.map((task, at) => withPayload(task, sources[at] ?? ''));
      const { stream_id, ...input } = body;
      const { duplicate, ...answer } = await queue.enqueueMany(
        { ...input, stream: stream_id, tasks: given },
        mutation,
      );
      return duplicate ? { ...answer, duplicate } : answer;
    },
  );
  routes.forward('editTask', 'Edit a queued task', oneTask, {
    input: taskPatch,
    prepare: (patch, source) => someField({ ...patch, payload: asSent(patch.payload, source) }),
  });
  routes.forward('deleteTask', 'Delete a task that is not running', message, { message: 'Task deleted' });
  routes.forward('undeleteTask', 'Restore a task deleted in the last seven days', oneTask);
  routes.forward('moveTask', 'Move a queued task within its stream or to another one', oneTask, {
    input: taskMove,
    prepare: someField,
  });
  routes.forward('reviewTask', 'Mark a finished task as reviewed', oneTask, { input: review });
  routes.forward('parkTask', 'Park a queued task', oneTask);
  routes.forward('unparkTask', 'Unpark a task', oneTask);
  routes.forward('answer', 'Answer the question of a task: the next run finds both in its note', oneTask, {
    input: answer,
  });
  routes.forward('cancel', 'Cancel a queued task, or ask the worker of a running one to stop', oneTask);
  routes.forward('suspend', 'Stop the processes of a run, and its time limits with them', oneTask);
  routes.forward('continue', 'Continue a suspended run', oneTask);
  routes.forward('requeue', 'Requeue a finished task as a copy at the end of its stream', copiedTask, {
    input: requeueNote,
  });
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
