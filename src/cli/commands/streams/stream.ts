/** `sparkq stream`: create, list, edit, end, delete. */

import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { cutText } from '../../../core/cutText';
import {
  lifeStatuses,
  lostHostPolicies,
  onFailureChoices,
  type RunsOn,
  worktreeKinds,
} from '../../../core/model';
import { everything } from '../../../core/paging';
import type { StreamPatch } from '../../../core/queue';
import { type CommandContext, namesById } from '../../context';
import {
  changedNeedsOption,
  changedWorktreeOption,
  choice,
  example,
  given,
  nonBlank,
  parseInteger,
  parseIntegerOrNone,
  streamArgument,
} from '../../terminal/options';
import { streamTable } from '../../terminal/tables';

const label = 'label:';

const instructions = new Option('-i, --instructions <text>', 'instructions for whoever works on the stream');
const parallelism = new Option(
  '--parallelism <count>',
  'how many tasks the built-in runner runs at once',
).argParser(parseInteger);
const onFailure = new Option(
  '--on-failure <what>',
  `after a failed task: ${onFailureChoices.join(' or ')}`,
).argParser(choice('on_failure', onFailureChoices));
const skipUnrunnable = new Option(
  '--skip-unrunnable',
  'let other tasks overtake those that need an outside worker',
);
const passResting = new Option(
  '--pass-resting',
  'let other tasks overtake those whose account rests at a limit',
);
const retryInterrupted = new Option('--retry-interrupted', 'retry tasks whose run was interrupted');
const worktree = new Option(
  '--worktree <kind>',
  `where its agents work: ${worktreeKinds.join(', ')}; by default where their tools say`,
).argParser(choice('worktree', worktreeKinds));
const runsOn = new Option(
  '--runs-on <where>',
  'hosts that run its tasks, on a shared queue: names, here, label:NAME, or any',
).argParser(parseRunsOn);
const lostHost = new Option(
  '--lost-host <what>',
  `runs of a host that is silent: ${lostHostPolicies.join(' for their deadline, or ')}`,
).argParser(choice('lost_host', lostHostPolicies));
const maxAttemptsHelp = 'attempts per task, unless the task or its tool sets them';

/** @throws InvalidArgumentError for hosts and labels at once */
function parseRunsOn(text: string): RunsOn | 'any' {
  const words = text.split(',').map((word) => word.trim());
  if (words.includes('')) throw new InvalidArgumentError('Name hosts or labels, with commas between them.');
  if (text.trim() === 'any') return 'any';
  const labels = words.filter((word) => word.startsWith(label)).map((word) => word.slice(label.length));
  if (labels.length === 0) return { hosts: words };
  if (labels.length === words.length) return { labels };
  throw new InvalidArgumentError('Name hosts or labels, not both.');
}

export function addStream(program: Command, context: CommandContext): void {
  const stream = program.command('stream').description('create, list, edit, end and delete streams');
  stream
    .command('create')
    .description('create a stream: a lane of tasks that run in order')
    .argument('<name>', 'a name that no other stream has', nonBlank('Stream name'))
    .requiredOption('-s, --session <session>', 'name or id of the session', nonBlank('Session'))
    .addOption(instructions)
    .addOption(parallelism)
    .addOption(onFailure)
    .option('--max-attempts <count>', maxAttemptsHelp, parseInteger)
    .addOption(skipUnrunnable)
    .addOption(passResting)
    .addOption(retryInterrupted)
    .addOption(changedNeedsOption)
    .addOption(worktree)
    .addOption(runsOn)
    .addOption(lostHost)
    .addHelpText(
      'after',
      example('sparkq stream create auth --session api-v2 --instructions "Keep the tests green"'),
    )
    .action((name, options) =>
      context.withQueue(async (queue) => {
        const created = await queue.createStream({
          name,
          session: options.session,
          instructions: options.instructions ?? null,
          parallelism: options.parallelism,
          on_failure: options.onFailure,
          max_attempts: options.maxAttempts,
          skip_unrunnable: options.skipUnrunnable,
          pass_resting: options.passResting,
          retry_interrupted: options.retryInterrupted,
          needs: options.needs,
          worktree: options.worktree,
          runs_on: options.runsOn,
          lost_host: options.lostHost,
        });
        const lines = [`Created stream: ${created.name} (${created.id})`];
        if (created.instructions) lines.push(`Instructions: ${cutText(created.instructions, 50)}...`);
        context.answer(created, lines);
      }),
    );
  stream
    .command('list')
    .description('list streams, newest first')
    .option('-s, --session <session>', 'only streams of this session (name or id)', nonBlank('Session'))
    .option('--status <status>', 'only active or only ended streams', choice('status', lifeStatuses))
    .addHelpText('after', example('sparkq stream list --session api-v2'))
    .action((options) =>
      context.withQueue(async (queue) => {
        const { status, session } = options;
        const session_id = session === undefined ? undefined : (await queue.getSession(session)).id;
        const streams = await everything((page) => queue.listStreams({ ...page, status, session_id }));
        const sessions = namesById(await everything((page) => queue.listSessions(page)));
        context.answerList(streams, 'No streams found.', () => streamTable(streams, sessions));
        context.noteStuck(streams);
      }),
    );
  addEdit(stream, context);
  stream
    .command('end')
    .description('end a stream; its queued tasks stay and can be moved')
    .addArgument(streamArgument)
    .addHelpText('after', example('sparkq stream end auth'))
    .action((name) =>
      context.withQueue(async (queue) => {
        const ended = await queue.endStream(name);
        context.answer(ended, `Stream ${ended.id} ended successfully`);
      }),
    );
  stream
    .command('delete')
    .description('delete a stream that has no tasks and no schedule')
    .addArgument(streamArgument)
    .addHelpText('after', example('sparkq stream delete auth'))
    .action((name) =>
      context.withQueue(async (queue) => {
        const { id, name: deleted } = await queue.getStream(name);
        await queue.deleteStream(id);
        context.answer({ id, deleted: true }, `Stream '${deleted}' deleted`);
      }),
    );
}

function addEdit(stream: Command, context: CommandContext): void {
  stream
    .command('edit')
    .description('rename a stream, or change how its tasks run')
    .addArgument(streamArgument)
    .option('--name <name>', 'new name', nonBlank('Stream name'))
    .addOption(instructions)
    .addOption(parallelism)
    .addOption(onFailure)
    .option('--max-attempts <count>', `${maxAttemptsHelp}; none clears the setting`, parseIntegerOrNone)
    .addOption(retryInterrupted)
    .option('--no-retry-interrupted', 'do not retry them')
    .option('--working', 'let the built-in runner work on the stream while the queue is served')
    .option('--no-working', 'leave the stream to other workers')
    .option('--autostart', 'start the built-in runner on the stream when the workspace opens')
    .option('--no-autostart', 'do not start it then')
    .addOption(skipUnrunnable)
    .option('--no-skip-unrunnable', 'make other tasks wait for them')
    .addOption(passResting)
    .option('--no-pass-resting', 'make other tasks wait for them')
    .addOption(changedNeedsOption)
    .addOption(changedWorktreeOption)
    .addOption(runsOn)
    .addOption(lostHost)
    .addHelpText('after', example('sparkq stream edit auth --parallelism 2 --on-failure pause'))
    .action((name, options) => {
      const patch: StreamPatch = {
        name: options.name,
        instructions: options.instructions,
        parallelism: options.parallelism,
        on_failure: options.onFailure,
        max_attempts: options.maxAttempts === 'none' ? null : options.maxAttempts,
        retry_interrupted: options.retryInterrupted,
        working: options.working,
        autostart: options.autostart,
        skip_unrunnable: options.skipUnrunnable,
        pass_resting: options.passResting,
        needs: options.needs,
        worktree: options.worktree === 'default' ? null : options.worktree,
        runs_on: options.runsOn,
        lost_host: options.lostHost,
      };
      return context.withQueue(async (queue) => {
        const changed = await queue.updateStream(name, given(patch, 'stream edit'));
        context.answer(changed, `Stream '${changed.name}' changed`);
      });
    });
}
