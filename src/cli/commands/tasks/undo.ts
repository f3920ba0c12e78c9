/** `sparkq undo`: undoes what a run without a worktree did to the files of its repository. */

import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { oneLine } from '../../../core/plainText';
import { invalid } from '../../../core/refusals';
import { readUndo, type UndoFile, undo } from '../../../runner/worktrees/undoing';
import type { CommandContext } from '../../context';
import { exitCodes } from '../../terminal/errors';
import { example, taskArgument, wholeFrom } from '../../terminal/options';

const remarks: Readonly<Record<UndoFile['state'], string>> = {
  ready: 'To be undone',
  changed: 'Changed since, and left as it is',
  undone: 'As it was before the run',
  filtered: 'Left as it is, because a filter of git writes it',
};

export function addUndo(program: Command, context: CommandContext): void {
  program
    .command('undo')
    .description(
      'undo what a run did to the files of its repository, but for those that somebody has changed since',
    )
    .addArgument(taskArgument)
    .argument('[files...]', 'only these, by their paths in the repository')
    .option('--attempt <number>', 'which one; default: the last', wholeFrom('Attempt', 1))
    .option('--dry-run', 'only show what it would do')
    .addHelpText('after', example('sparkq undo tsk_0a1b2c3d4e5f', 'sparkq undo tsk_0a1b2c3d4e5f src/app.ts'))
    .action(async (id, files, { attempt, dryRun = false }) => {
      const workspace = await context.findWorkspace();
      await context.withQueue(async (queue) => {
        const task = await queue.getTask(id);
        if (task.status === 'running') throw invalid('task', id, 'It is running: cancel it, or wait for it.');
        const { cwd } = Object(task.payload_json) as { cwd?: unknown };
        const folder = path.resolve(workspace, typeof cwd === 'string' ? cwd : '.');
        const number = attempt ?? task.attempts;
        if (dryRun) return show(context, (await readUndo(folder, task.id, number)).files);
        const only = files.length === 0 ? undefined : files;
        const { undone, left, top } = await undo(folder, task.id, number, only);
        const open = left.filter(({ state }) => state !== 'undone');
        if (open.length > 0) context.exitCode = exitCodes.refused;
        const lines = [
          ...undone.map((name) => `Undone: ${oneLine(name)}`),
          ...open.map(({ path: name, state }) => `${remarks[state]}: ${oneLine(name)}`),
        ];
        const all = lines.length > 0 ? lines : ['There was nothing to undo'];
        context.answer({ task: task.id, attempt: number, folder: top, undone, left }, all);
      });
    });
}

function show(context: CommandContext, files: readonly UndoFile[]): void {
  context.answerList(files, 'The run has changed no files.', () =>
    files.map(({ path: name, state }) => `${remarks[state]}: ${oneLine(name)}`),
  );
}
