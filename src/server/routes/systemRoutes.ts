/** The queue as a whole: its state, its configuration, and what its owner can be asked to do. */

import path from 'node:path';
import { toInstant } from '../../core/clock';
import { messageOf, QueueError } from '../../core/errors';
import { protocolVersion, takesOver } from '../../core/protocol';
import {
  backedUp,
  configured,
  counted,
  health,
  manyHistoryTasks,
  manyTools,
  message,
  oneProject,
  oneTool,
  purged,
  reloaded,
  statusAnswer,
} from '../answerSchemas';
import { backup, handover, historyFilter, purge, scriptSearch } from '../inputSchemas';
import { json, type RouteGroup, type Router, routeOf } from '../router';
import type { Services } from '../services';

/** Routes that need no token. */
export const openPaths: readonly string[] = ['/health', '/open'];

export function addSystemRoutes(router: Router, services: Services): void {
  const routes = router.group('system');
  addFacts(routes, services);
  addScripts(router.group('scripts'), services);
  addMaintenance(routes);
  addOwner(routes, services);
}

function addFacts(routes: RouteGroup, { clock, log }: Services): void {
  routes.add(
    {
      method: 'get',
      path: '/health',
      summary: 'Check that the server is running; requires no token',
      answers: { 200: health },
    },
    () => ({ status: 'ok', timestamp: toInstant(clock.now()) }),
  );
  routes.add(
    { ...routeOf('stats'), summary: 'Count sessions, streams and tasks', answers: { 200: counted } },
    async ({ queue }) => {
      try {
        return await queue.stats();
      } catch (error) {
        log.error(`The tasks could not be counted: ${messageOf(error)}`, error);
        return { sessions: 0, streams: 0, queued_tasks: 0, running_tasks: 0 };
      }
    },
  );
  routes.forward('status', 'Get the state of the queue and its owner', statusAnswer);
  routes.forward('project', 'Get the project', oneProject);
  routes.forward('listTools', 'List the configured tools', manyTools);
  routes.forward('wakeTool', 'End the rest of the account of a tool, by its name', oneTool);
  routes.forward('config', 'Get the current configuration', configured);
}

/** They answer with what is on the disk at that moment: a program may have written a script just before. */
function addScripts(routes: RouteGroup, { scripts }: Services): void {
  routes.add(
    {
      method: 'get',
      path: '/api/scripts',
      summary: 'List the scripts of the workspace, and what other files in it name to run, with its `source`',
      answers: { 200: 'scripts, problems' },
    },
    async () => {
      await scripts.refresh();
      return { scripts: scripts.everything(), problems: scripts.problems() };
    },
  );
  routes.add(
    {
      method: 'get',
      path: '/api/scripts/index',
      summary: 'List the scripts as an array',
      answers: { 200: 'An array of scripts' },
    },
    async () => {
      await scripts.refresh();
      return json(scripts.list(), 200);
    },
  );
  routes.add(
    {
      method: 'get',
      path: '/api/scripts/search',
      summary: 'Search scripts by name, description or tag',
      query: scriptSearch,
      answers: { 200: 'scripts, problems' },
    },
    async ({ query }) => {
      await scripts.refresh();
      return { scripts: scripts.search(query.q, query.tag), problems: scripts.problems() };
    },
  );
}

function addMaintenance(routes: RouteGroup): void {
  routes.add(
    { ...routeOf('reload'), summary: 'Reload the configuration', answers: { 200: reloaded } },
    async ({ queue }) => {
      await queue.reload();
      const { problems } = await queue.config();
      return { message: 'Configuration reloaded', problems };
    },
  );
  routes.forward(
    'purge',
    'Move finished tasks older than an age to the history, and delete their output',
    purged,
    {
      input: purge,
    },
  );
  routes.forward('listHistory', 'List tasks that purges have taken, last finished first', manyHistoryTasks, {
    input: historyFilter,
  });
  routes.forward('eraseHistory', 'Erase a task from the history', message, { message: 'Task erased' });
  routes.add(
    {
      ...routeOf('backup'),
      summary: "Write a backup as one SQLite file on the owner's machine",
      body: backup,
      answers: { 200: backedUp },
    },
    ({ body, queue }) => {
      if (path.isAbsolute(body.file)) return queue.backup(body.file);
      throw new QueueError('invalid_field', `Invalid file: ${body.file} is not an absolute path`);
    },
  );
}

function addOwner(routes: RouteGroup, { onHandover, onStop, version }: Services): void {
  routes.add(
    {
      method: 'post',
      path: '/api/handover',
      summary:
        'Ask the owner to hand the queue over to a newer program, or a command to hand it over to a server',
      body: handover,
      answers: { 200: message },
    },
    async ({ body, queue, context }) => {
      const { version: next, role: nextRole = 'command' } = body;
      const { role } = await queue.status();
      if (
        body.protocol <= protocolVersion &&
        !takesOver({ version: next, role: nextRole }, { version, role })
      ) {
        throw new QueueError(
          'conflict',
          `The owner is SparkQ ${version} (${role}), which does not make way for ${next} (${nextRole})`,
          'Use the queue through its owner',
        );
      }
      if (onHandover === undefined)
        throw new QueueError('conflict', 'The owner of the queue cannot hand it over');
      context.env.outgoing.once('close', () => onHandover(body));
      return { message: 'The queue is handed over' };
    },
  );
  routes.add(
    {
      method: 'post',
      path: '/api/stop',
      summary: "Stop the owner's process",
      answers: { 200: message },
    },
    ({ context }) => {
      if (onStop === undefined) {
        throw new QueueError(
          'conflict',
          'The owner of the queue cannot be stopped this way',
          'Close the editor window that owns it',
        );
      }
      context.env.outgoing.once('close', () => onStop());
      return { message: 'Stopping' };
    },
  );
}
