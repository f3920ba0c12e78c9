/** `sparkq backup` and `sparkq restore`. */

import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { QueueError } from '../../../core/errors';
import type { Restored } from '../../../store/engine/restore';
import type { CommandContext } from '../../context';
import { example, nonBlank } from '../../terminal/options';
import { programs } from '../../version';

export function addBackup(program: Command, context: CommandContext): void {
  program
    .command('backup')
    .description('write the queue to one verified SQLite file')
    .argument('<file>', "destination, on the owner's machine", nonBlank('File'))
    .addHelpText('after', example('sparkq backup ~/sparkq-before-upgrade.db'))
    .action((file) =>
      context.withQueue(async (queue) => {
        const answer = await queue.backup(path.resolve(file));
        context.answer(answer, `Backed up to ${answer.file} (${answer.bytes} bytes)`);
      }),
    );
}

export function addRestore(program: Command, context: CommandContext): void {
  program
    .command('restore')
    .description('replace the queue with a backup; its previous files are kept')
    .argument('<file>', 'file written by sparkq backup', nonBlank('File'))
    .addHelpText('after', example('sparkq restore ~/sparkq-before-upgrade.db'))
    .action(async (given) => {
      const file = path.resolve(given);
      const target = context.find();
      if ('url' in target) throw inUse('SPARKQ_URL names its owner');
      const restored = await restore(target.storage, file);
      const kept = restored.kept === null ? [] : [`The previous queue is kept in ${restored.kept}`];
      context.answer({ file, ...restored }, [`Restored ${file} (${restored.bytes} bytes)`, ...kept]);
    });
}

/** Replaces a queue's files with a backup, holding the owner lock meanwhile. */
async function restore(storage: string, file: string): Promise<Restored> {
  const [{ restoreDatabase }, { OwnerLock }, { migrations }] = await Promise.all([
    import('../../../store/engine/restore'),
    import('../../../store/ownership/ownerLock'),
    import('../../../store/rows/schema'),
  ]);
  const acquired = await OwnerLock.acquire({ storage, role: 'restore' });
  if ('holder' in acquired) throw inUse(`process ${acquired.holder.pid} (${acquired.holder.role})`);
  const { lock } = acquired;
  try {
    const newestSchema = migrations.at(-1)?.version ?? 0;
    return await restoreDatabase({ storage, file, programs, newestSchema, generation: lock.generation });
  } finally {
    await lock.release();
  }
}

/** The files cannot be replaced while a process owns them. */
function inUse(owner: string): QueueError {
  return new QueueError(
    'conflict',
    `Restore not allowed while the queue is open: ${owner}`,
    'Run sparkq stop first, or close the editor window',
  );
}
