/** `sparkq backup` and `sparkq restore`. */

import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { QueueError } from '../../../core/errors';
import type { CommandContext } from '../../context';
import { example, nonBlank } from '../../terminal/options';
import { programs } from '../../version';

export function addBackup(program: Command, context: CommandContext): void {
  program
    .command('backup')
    .description('write the queue and its history to one verified SQLite file')
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
    .description('replace the queue with a backup and add its history; the previous files are kept')
    .argument('<file>', 'file written by sparkq backup', nonBlank('File'))
    .addHelpText('after', example('sparkq restore ~/sparkq-before-upgrade.db'))
    .action(async (given) => {
      const file = path.resolve(given);
      const target = context.find();
      if ('url' in target) {
        throw new QueueError(
          'conflict',
          'Restore not allowed while the queue is open: SPARKQ_URL names its owner',
          'Run sparkq stop first, or close the editor window',
        );
      }
      const { restoreQueue } = await import('../../../store/maintenance');
      const restored = await restoreQueue({ storage: target.storage, programs }, file);
      const kept = restored.kept === null ? [] : [`The previous queue is kept in ${restored.kept}`];
      context.answer({ file, ...restored }, [`Restored ${file} (${restored.bytes} bytes)`, ...kept]);
    });
}
