/** `sparkq stream`: create, list, edit, end; and `pause` and `resume`. */

import type { Command } from 'commander';
import { lifeStatuses, onFailureChoices, type Stream } from '../../core/model';
import { everything } from '../../core/paging';
import type { StreamPatch } from '../../core/queue';
import { type CommandContext, namesById } from '../context';
import { example } from '../help';
import { CommandError, required } from '../terminal/errors';
import { streamTable } from '../terminal/tables';
import { oneOf, parseInteger, parseIntegerOrNone } from '../terminal/values';
import { nameTaken } from './session';

interface LaneOptions {
  instructions?: string;
  parallelism?: number;
  onFailure?: string;
  retryInterrupted?: boolean;
}

interface CreateOptions extends LaneOptions {
  session: string;
  maxAttempts?: number;
}

interface EditOptions extends LaneOptions {
  name?: string;
  maxAttempts?: number | 'none';
  working?: boolean;
  autostart?: boolean;
  skipUnrunnable?: boolean;
}

const parallelismHelp = 'tasks that the built-in runner does at once';
const maxAttemptsHelp = 'how often its tasks may be tried, where neither they nor their tool say it';
const retryHelp = 'tasks whose run was interrupted are tried again';
const onFailureHelp = `after a failed task: ${onFailureChoices.join(' or ')}`;

export function addStreamCommands(program: Command, context: CommandContext): void {
  const stream = program.command('stream').description('create, list, change and end streams');
  addCreate(stream, context);
  addList(stream, context);
  addEdit(stream, context);
  addEnd(stream, context);
  addPause(program, context);
  addResume(program, context);
}

function addCreate(stream: Command, context: CommandContext): void {
  stream
    .command('create')
    .description('open a stream, a lane of tasks that are done in order')
    .argument('<name>', 'a name that no other stream has')
    .requiredOption('-s, --session <session>', 'name or id of the session')
    .option('-i, --instructions <text>', 'for whoever works on the stream')
    .option('--parallelism <count>', parallelismHelp, parseInteger)
    .option('--on-failure <what>', onFailureHelp)
    .option('--max-attempts <count>', maxAttemptsHelp, parseInteger)
    .option('--retry-interrupted', retryHelp)
    .addHelpText(
      'after',
      example('sparkq stream create auth --session api-v2 --instructions "Keep the tests green"'),
    )
    .action((given: string, options: CreateOptions) =>
      context.withQueue(async (queue) => {
        const name = required('Stream name', given);
        const input = {
          name,
          session: required('Session', options.session),
          instructions: options.instructions ?? null,
          parallelism: options.parallelism,
          on_failure: onFailureOf(options.onFailure),
          max_attempts: options.maxAttempts,
          retry_interrupted: options.retryInterrupted,
        };
        const created = await queue.createStream(input).catch((error: unknown) => {
          throw nameTaken(error, 'stream name', name);
        });
        const { instructions } = created;
        const lines = [`Created stream: ${created.name} (${created.id})`];
        if (instructions) lines.push(`Instructions: ${instructions.slice(0, 50)}...`);
        context.answer(created, lines);
      }),
    );
}

function addList(stream: Command, context: CommandContext): void {
  stream
    .command('list')
    .description('list streams, newest first')
    .option('-s, --session <session>', 'only those of this session, by name or id')
    .option('--status <status>', 'only those that are active, or ended')
    .addHelpText('after', example('sparkq stream list --session api-v2'))
    .action((options: { session?: string; status?: string }) =>
      context.withQueue(async (queue) => {
        const status =
          options.status === undefined ? undefined : oneOf('status', options.status, lifeStatuses);
        const session =
          options.session === undefined
            ? undefined
            : await queue.getSession(required('Session', options.session));
        const streams = await everything((page) =>
          queue.listStreams({ ...page, status, session_id: session?.id }),
        );
        const sessions = namesById(await everything((page) => queue.listSessions(page)));
        context.answer(streams, streams.length === 0 ? 'No streams found.' : streamTable(streams, sessions));
      }),
    );
}

function addEdit(stream: Command, context: CommandContext): void {
  stream
    .command('edit')
    .description('change what a stream is called and how it is worked on')
    .argument('<stream>', 'name or id')
    .option('--name <name>', 'a new name')
    .option('-i, --instructions <text>', 'for whoever works on the stream')
    .option('--parallelism <count>', parallelismHelp, parseInteger)
    .option('--on-failure <what>', onFailureHelp)
    .option('--max-attempts <count>', `${maxAttemptsHelp}; none to clear it`, parseIntegerOrNone)
    .option('--retry-interrupted', retryHelp)
    .option('--no-retry-interrupted', 'they are not')
    .option('--working', 'the built-in runner works on it, wherever the queue is served')
    .option('--no-working', 'it does not')
    .option('--autostart', 'the built-in runner starts on it when the workspace opens')
    .option('--no-autostart', 'it does not')
    .option('--skip-unrunnable', 'tasks that need an outside worker do not hold up the lane')
    .option('--no-skip-unrunnable', 'they do')
    .addHelpText('after', example('sparkq stream edit auth --parallelism 2 --on-failure pause'))
    .action((given: string, options: EditOptions) =>
      context.withQueue(async (queue) => {
        const patch = patchOf(options);
        const changed = await queue.updateStream(required('Stream', given), patch).catch((error: unknown) => {
          throw nameTaken(error, 'stream name', options.name ?? '');
        });
        context.answer(changed, `Stream '${changed.name}' changed`);
      }),
    );
}

function addEnd(stream: Command, context: CommandContext): void {
  stream
    .command('end')
    .description('end a stream; its queued tasks stay and can be moved')
    .argument('<stream>', 'name or id')
    .addHelpText('after', example('sparkq stream end auth'))
    .action((given: string) =>
      context.withQueue(async (queue) => {
        const ended = await queue.endStream(required('Stream', given));
        context.answer(ended, `Stream ${ended.id} ended successfully`);
      }),
    );
}

function addPause(program: Command, context: CommandContext): void {
  program
    .command('pause')
    .description('hand out no more tasks of a stream')
    .argument('<stream>', 'name or id')
    .addHelpText('after', example('sparkq pause auth'))
    .action((given: string) =>
      context.withQueue(async (queue) => {
        answerStream(context, await queue.pauseStream(required('Stream', given)), 'paused');
      }),
    );
}

function addResume(program: Command, context: CommandContext): void {
  program
    .command('resume')
    .description('hand out tasks of a paused stream again')
    .argument('<stream>', 'name or id')
    .addHelpText('after', example('sparkq resume auth'))
    .action((given: string) =>
      context.withQueue(async (queue) => {
        answerStream(context, await queue.resumeStream(required('Stream', given)), 'resumed');
      }),
    );
}

function answerStream(context: CommandContext, stream: Stream, what: string): void {
  context.answer(stream, `Stream '${stream.name}' ${what}`);
}

function onFailureOf(text: string | undefined) {
  return text === undefined ? undefined : oneOf('on_failure', text, onFailureChoices);
}

function patchOf(options: EditOptions): StreamPatch {
  const patch: StreamPatch = {
    ...(options.name !== undefined && { name: required('Stream name', options.name) }),
    ...(options.instructions !== undefined && { instructions: options.instructions }),
    ...(options.parallelism !== undefined && { parallelism: options.parallelism }),
    ...(options.onFailure !== undefined && { on_failure: onFailureOf(options.onFailure) }),
    ...(options.maxAttempts !== undefined && {
      max_attempts: options.maxAttempts === 'none' ? null : options.maxAttempts,
    }),
    ...(options.retryInterrupted !== undefined && { retry_interrupted: options.retryInterrupted }),
    ...(options.working !== undefined && { working: options.working }),
    ...(options.autostart !== undefined && { autostart: options.autostart }),
    ...(options.skipUnrunnable !== undefined && { skip_unrunnable: options.skipUnrunnable }),
  };
  if (Object.keys(patch).length > 0) return patch;
  throw new CommandError('Nothing to change was given', { suggestion: 'See: sparkq stream edit --help' });
}
