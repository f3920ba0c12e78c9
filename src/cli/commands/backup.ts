/** `sparkq backup` and `sparkq restore`. */

import path from 'node:path';
import type { Command } from 'commander';
import type { CommandContext } from '../context';
import { example } from '../help';
import { ownedByAnother, required } from '../terminal/errors';

export function addBackupCommands(program: Command, context: CommandContext): void {
  program
    .command('backup')
    .description('write the queue into one verified SQLite file')
    .argument('<file>', 'where to; on the machine of the owner')
    .addHelpText('after', example('sparkq backup ~/sparkq-before-upgrade.db'))
    .action((given: string) =>
      context.withQueue(async (queue) => {
        const answer = await queue.backup(path.resolve(required('File', given)));
        context.answer(answer, `Backed up to ${answer.file} (${answer.bytes} bytes)`);
      }),
    );
  program
    .command('restore')
    .description('put a backup in the place of the queue, whose files are kept beside it')
    .argument('<file>', 'what backup has written')
    .addHelpText('after', example('sparkq restore ~/sparkq-before-upgrade.db'))
    .action(async (given: string) => {
      const file = path.resolve(required('File', given));
      const where = context.find();
      if ('url' in where) throw ownedByAnother('SPARKQ_URL names its owner');
      const { restoreBackup } = await import('./restore');
      const restored = await restoreBackup(where, file);
      const kept = restored.kept === null ? [] : [`The former queue is kept in ${restored.kept}`];
      context.answer({ file, ...restored }, [`Restored ${file} (${restored.bytes} bytes)`, ...kept]);
    });
}
