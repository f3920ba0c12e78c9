/** `sparkq doctor`: who owns the queue, where it is, and whether anything is wrong. */

import type { Command } from '@commander-js/extra-typings';
import { QueueError } from '../../../core/errors';
import type { AcceptedLoss } from '../../../store/engine/lostChanges';
import type { CommandContext } from '../../context';
import { exitCodes } from '../../terminal/errors';
import { example } from '../../terminal/options';
import { stderrLog } from '../../terminal/stderrLog';
import { programs } from '../../version';
import { examine } from './examine';
import { reportLines } from './report';

export function addDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('show who owns the queue, where its files are, how big they are, and what is wrong')
    .option('--accept-loss', 'open a queue without the changes that are missing from its files')
    .addHelpText('after', example('sparkq doctor'))
    .action(async (options) => {
      const acceptedLoss = options.acceptLoss ? await acceptLossOf(context) : undefined;
      const report = await examine(context);
      if (acceptedLoss !== undefined) {
        report.accepted_loss = acceptedLoss;
        report.notices.push(accepted(acceptedLoss));
      }
      if (report.problems.length > 0) context.exitCode = exitCodes.refused;
      context.answer(report, reportLines(report));
    });
}

async function acceptLossOf(context: CommandContext): Promise<AcceptedLoss | null> {
  const target = context.find();
  if ('url' in target) {
    throw new QueueError(
      'conflict',
      'Accepting a loss not allowed while the queue is open: SPARKQ_URL names its owner',
      'Run it where the files are, without SPARKQ_URL',
    );
  }
  const { acceptLoss } = await import('../../../store/maintenance');
  return acceptLoss({ storage: target.storage, programs }, stderrLog(context.env, 'error'));
}

function accepted(loss: AcceptedLoss | null): string {
  if (loss === null) return 'No changes are missing: there was no loss to accept';
  const { file, lost_changes: count, kept } = loss;
  const rest = kept === null ? '' : `, whose rest is kept in ${kept}`;
  return `The queue goes on without at least ${count} ${count === 1 ? 'change' : 'changes'} of ${file}${rest}`;
}
