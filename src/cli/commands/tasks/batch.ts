/** `sparkq batch`: batches, one of them, and what can be done with it. */

import type { Command } from '@commander-js/extra-typings';
import { everything } from '../../../core/paging';
import { type CommandContext, namesById } from '../../context';
import { choice, example, nonBlank } from '../../terminal/options';
import { batchLine, batchTable } from '../../terminal/tables';

const sampleBatch = 'bat_0a1b2c3d4e5f';

export function addBatch(program: Command, context: CommandContext): void {
  program
    .command('batch')
    .description('list batches, or show, cancel or retry one')
    .argument('[batch]', 'batch id', nonBlank('Batch'))
    .argument(
      '[action]',
      'cancel: cancel what has not finished; retry: requeue what failed, and let a stopped one go on',
      choice('action', ['cancel', 'retry'] as const),
    )
    .option('-s, --stream <stream>', 'list only batches of this stream (name or id)', nonBlank('Stream'))
    .option('--open', 'list only batches of which something is left to do')
    .addHelpText(
      'after',
      example('sparkq batch', `sparkq batch ${sampleBatch}`, `sparkq batch ${sampleBatch} retry`),
    )
    .action((id, action, { stream, open }) =>
      context.withQueue(async (queue) => {
        if (id === undefined) {
          const batches = await everything((page) => queue.listBatches({ ...page, stream, open }));
          const streams = batches.length === 0 ? [] : await everything((page) => queue.listStreams(page));
          return context.answerList(batches, 'No batches found', () =>
            batchTable(batches, namesById(streams)),
          );
        }
        const batch =
          action === undefined
            ? await queue.getBatch(id)
            : await (action === 'cancel' ? queue.cancelBatch(id) : queue.retryBatch(id));
        context.answer(batch, [
          batchLine(batch),
          ...(action === undefined && batch.counts.failed > 0
            ? [`Its failed tasks: sparkq tasks --batch ${batch.id} --status failed`]
            : []),
        ]);
      }),
    );
}
