import * as vscode from 'vscode';
import { userFolder } from '../../client/userFolder';
import { isFinished, type Task } from '../../core/model';
import type { TaskAction, TaskPageCommand } from '../../pages/taskPage/taskPageProtocol';
import { recordOf } from '../../runner/worktrees/records';
import { canBeUndone } from '../../runner/worktrees/undoing';

/** After these, something else can be done. */
export const worktreeCommands: ReadonlySet<TaskPageCommand> = new Set<TaskPageCommand>([
  'mergeWorktree',
  'discardWorktree',
  'restoreWorktree',
  'undoRun',
]);

/** What a person can do with the changes of a task, where they lie. */
export async function waysOf(task: Task, attempt: number, folder: string): Promise<TaskAction[]> {
  const { l10n } = vscode;
  if (!vscode.workspace.isTrusted || attempt === 0) return [];
  const open: TaskAction = { command: 'openWorktree', title: l10n.t('Open in New Window') };
  switch (recordOf(userFolder(), task)?.state) {
    case 'made':
      if (task.status === 'running') return [open];
      return [
        { command: 'mergeWorktree', title: l10n.t('Merge...') },
        open,
        { command: 'branchFromWorktree', title: l10n.t('Create Branch...') },
        { command: 'discardWorktree', title: l10n.t('Discard...') },
      ];
    case 'discarded':
      return [{ command: 'restoreWorktree', title: l10n.t('Restore Worktree') }];
    default:
      return isFinished(task) && attempt === task.attempts && (await canBeUndone(folder, task.id, attempt))
        ? [{ command: 'undoRun', title: l10n.t('Undo Changes of This Run...') }]
        : [];
  }
}
