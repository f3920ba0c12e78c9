/** `sparkq session`: create, list, end. */

import { type Command, Option } from 'commander';
import { QueueError } from '../../core/errors';
import { lifeStatuses } from '../../core/model';
import { everything } from '../../core/paging';
import type { CommandContext } from '../context';
import { example } from '../help';
import { invalid, required } from '../terminal/errors';
import { sessionTable } from '../terminal/tables';
import { oneOf } from '../terminal/values';

interface CreateOptions {
  description?: string;
  instructions?: string;
}

export function addSessionCommands(program: Command, context: CommandContext): void {
  const session = program.command('session').description('create, list and end sessions');
  addCreate(session, context);
  addList(session, context);
  addEnd(session, context);
}

function addCreate(session: Command, context: CommandContext): void {
  session
    .command('create')
    .description('begin a session, which groups streams')
    .argument('<name>', 'a name that no other session has')
    .option('-i, --instructions <text>', 'what the session is for; the same as --description')
    .addOption(new Option('--description <text>', 'what the session is for'))
    .addHelpText('after', example('sparkq session create api-v2 --description "The second API"'))
    .action((given: string, options: CreateOptions) =>
      context.withQueue(async (queue) => {
        const name = required('Session name', given);
        const description = options.description ?? options.instructions ?? null;
        const created = await queue
          .createSession({ name, description, unique: true })
          .catch((error: unknown) => {
            throw nameTaken(error, 'session name', name);
          });
        context.answer(created, `Created session: ${created.name} (${created.id})`);
      }),
    );
}

function addList(session: Command, context: CommandContext): void {
  session
    .command('list')
    .description('list sessions, newest first')
    .option('-s, --status <status>', 'only those that are active, or ended')
    .addHelpText('after', example('sparkq session list --status active'))
    .action((options: { status?: string }) =>
      context.withQueue(async (queue) => {
        const status =
          options.status === undefined ? undefined : oneOf('status', options.status, lifeStatuses);
        const sessions = await everything((page) => queue.listSessions({ ...page, status }));
        const counts = new Map<string, number>();
        for (const { session_id } of await everything((page) => queue.listStreams(page))) {
          counts.set(session_id, (counts.get(session_id) ?? 0) + 1);
        }
        context.answer(
          sessions,
          sessions.length === 0 ? 'No sessions found.' : sessionTable(sessions, counts),
        );
      }),
    );
}

function addEnd(session: Command, context: CommandContext): void {
  session
    .command('end')
    .description('end a session and its streams; there is no way back')
    .argument('<session>', 'name or id')
    .addHelpText('after', example('sparkq session end api-v2'))
    .action((given: string) =>
      context.withQueue(async (queue) => {
        const ended = await queue.endSession(required('Session name', given));
        context.answer(ended, `Ended session: ${ended.name}`);
      }),
    );
}

/** A name that is taken, as the command line tells it; any other error as it is. */
export function nameTaken(error: unknown, field: string, name: string): unknown {
  if (!QueueError.is(error, 'name_taken')) return error;
  return invalid(field, name, { suggestion: `${error.message}. Choose another name`.replace('..', '.') });
}
