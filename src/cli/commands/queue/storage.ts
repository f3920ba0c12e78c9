/** `sparkq storage`: where the files of the queue are, and putting them elsewhere. */

import type { Command } from '@commander-js/extra-typings';
import { realPathOf } from '../../../client/registry';
import type { QueuePlace } from '../../../client/storage/movedQueue';
import { workspaceFolder } from '../../../client/storage/workspaceQueue';
import { userFolder } from '../../../client/userFolder';
import { QueueError } from '../../../core/errors';
import { oneLine } from '../../../core/plainText';
import { whileHeldForMove } from '../../../store/ownership/movedTo';
import { inContainer, outlivesContainer, readMounts } from '../../../system/mounts';
import { filesOf, findUnknown, type QueueLocation } from '../../access/locate';
import type { CommandContext } from '../../context';
import { demandTerminal } from '../../terminal/dialogue';
import { exitCodes } from '../../terminal/errors';
import { example, nonBlank } from '../../terminal/options';
import { programs } from '../../version';

export function addStorage(program: Command, context: CommandContext): void {
  const storage = program.command('storage').description('where the files of the queue are');
  storage
    .command('show', { isDefault: true })
    .description(
      'show where the files of the queue are, and in a container whether they outlive it; `sparkq storage` alone does it',
    )
    .addHelpText('after', example('sparkq storage', 'sparkq storage --json'))
    .action(() => show(context));
  storage
    .command('move')
    .description('move the queue to another folder; the former one is kept until the next start')
    .argument(
      '[folder]',
      `the folder in which it gets one; by default ${workspaceFolder} of the workspace`,
      nonBlank('Folder'),
    )
    .addHelpText('after', example('sparkq storage move', 'sparkq storage move /mnt/data/queues'))
    .action((folder) => move(context, folder));
  storage
    .command('open')
    .description(
      `open the queue that is in ${workspaceFolder} of this folder and is not known here; what is queued in it waits for approval`,
    )
    .addHelpText('after', example('sparkq storage open'))
    .action(() => open(context));
}

function show(context: CommandContext): void {
  const { storage, workspace } = filesOf(context.find());
  const home = userFolder(context.env);
  const outlives = (folder: string) =>
    inContainer(context.env) ? outlivesContainer(realPathOf(folder), readMounts()) : null;
  const answer = {
    storage,
    workspace,
    home,
    storage_outlives: outlives(storage),
    home_outlives: outlives(home),
  };
  context.answer(answer, [
    `The queue of ${workspace} is in ${storage}`,
    ...fateOf('The queue', answer.storage_outlives, 'keep it with: sparkq storage move'),
    ...fateOf(`The user folder ${home}`, answer.home_outlives, 'set SPARKQ_HOME to a folder of a volume'),
  ]);
}

function fateOf(what: string, outlives: boolean | null, remedy: string): string[] {
  if (outlives === null) return [];
  return [
    outlives
      ? `${what} outlives this container.`
      : `${what} is gone when this container is rebuilt: ${remedy}`,
  ];
}

async function move(context: CommandContext, folder: string | undefined): Promise<void> {
  const place = placeOf(context, filesOf(context.find()));
  const { moveQueueTo } = await import('../../../client/storage/movedQueue');
  const storage = await whileHeldForMove(place.storage, () =>
    moveQueueTo(place, folder ?? place.workspace, { ends: false }),
  );
  context.answer({ storage, workspace: place.workspace, former: place.storage }, [
    `The queue of ${place.workspace} is in ${storage} now`,
    `${place.storage} is kept until the next start of an editor, sparkq serve or sparkq up`,
  ]);
}

async function open(context: CommandContext): Promise<void> {
  const folder = realPathOf(context.workspace ?? process.cwd());
  const found = findUnknown(folder, context.env);
  if (found === undefined) {
    throw new QueueError(
      'not_found',
      `There is no queue in ${workspaceFolder} of ${folder} that is not known here`,
      'Look at the present one: sparkq storage',
    );
  }
  const agreed = await demandTerminal(
    oneLine(
      `Open ${found.storage} as the queue of ${found.workspace}? It may come from somebody else: what is queued in it waits for your approval.`,
    ),
    'Opening it',
    'Run it on a terminal, or open it in the editor.',
  );
  if (!agreed) {
    context.exitCode = exitCodes.refused;
    return context.answer({ opened: false, storage: found.storage }, 'Nothing was changed');
  }
  const { openUnknownQueue } = await import('../../../client/storage/movedQueue');
  const storage = await openUnknownQueue(placeOf(context, found));
  context.answer({ opened: true, storage, workspace: found.workspace }, [
    `The queue of ${found.workspace} is in ${storage} now`,
    'What is queued in it waits: sparkq tasks --unapproved, sparkq approve',
  ]);
}

function placeOf(context: CommandContext, { workspace, storage }: QueueLocation): QueuePlace {
  return { home: userFolder(context.env), workspace, storage, programs };
}
