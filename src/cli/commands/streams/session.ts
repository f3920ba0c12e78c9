/** `sparkq session`: create, list, end, delete. */

import type { Command } from '@commander-js/extra-typings';
import { lifeStatuses } from '../../../core/model';
import { everything } from '../../../core/paging';
import type { CommandContext } from '../../context';
import { choice, example, nonBlank } from '../../terminal/options';
import { sessionTable } from '../../terminal/tables';

export function addSession(program: Command, context: CommandContext): void {
  const session = program.command('session').description('create, list, end and delete sessions');
  session
    .command('create')
    .description('create a session, which groups streams')
    .argument('<name>', 'a name that no other session has', nonBlank('Session name'))
    .option('-i, --instructions <text>', 'what the session is for; same as --description')
    .option('--description <text>', 'what the session is for')
    .addHelpText('after', example('sparkq session create api-v2 --description "The second API"'))
    .action((name, options) =>
      context.withQueue(async (queue) => {
        const description = options.description ?? options.instructions ?? null;
        const created = await queue.createSession({ name, description, unique: true });
        context.answer(created, `Created session: ${created.name} (${created.id})`);
      }),
    );
  session
    .command('list')
    .description('list sessions, newest first')
    .option('-s, --status <status>', 'only active or only ended sessions', choice('status', lifeStatuses))
    .addHelpText('after', example('sparkq session list --status active'))
    .action(({ status }) =>
      context.withQueue(async (queue) => {
        const sessions = await everything((page) => queue.listSessions({ ...page, status }));
        const counts = new Map<string, number>();
        for (const { session_id } of await everything((page) => queue.listStreams(page))) {
          counts.set(session_id, (counts.get(session_id) ?? 0) + 1);
        }
        context.answerList(sessions, 'No sessions found.', () => sessionTable(sessions, counts));
      }),
    );
  session
    .command('end')
    .description('end a session and its streams; this cannot be undone')
    .argument('<session>', 'name or id', nonBlank('Session name'))
    .addHelpText('after', example('sparkq session end api-v2'))
    .action((name) =>
      context.withQueue(async (queue) => {
        const ended = await queue.endSession(name);
        context.answer(ended, `Ended session: ${ended.name}`);
      }),
    );
  session
    .command('delete')
    .description('delete a session whose streams are all empty, and these with it')
    .argument('<session>', 'name or id', nonBlank('Session name'))
    .addHelpText('after', example('sparkq session delete api-v2'))
    .action((name) =>
      context.withQueue(async (queue) => {
        const { id, name: deleted } = await queue.getSession(name);
        await queue.deleteSession(id);
        context.answer({ id, deleted: true }, `Deleted session: ${deleted}`);
      }),
    );
}
