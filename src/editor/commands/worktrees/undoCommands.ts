import * as vscode from 'vscode';
import { nameOfTask } from '../../../core/taskName';
import { readUndo, type UndoFile, undo } from '../../../runner/worktrees/undoing';
import { oneTask } from '../../pickers/taskPicker';
import type { CommandHandlers } from '../../shared/commandRegistry';
import { notify } from '../../shared/notify';
import { type Choice, chooseSome } from '../../shared/quickPick';
import { EditorRefusal } from '../../shared/refusal';
import { demandTrust } from '../../shared/trust';
import type { QueueAccess } from '../../workspace/queueAccess';
import { openUndoMerge } from './mergeEditor';

/** The command that undoes what the last run of a task did to the files. */
export class UndoCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    undoRun: (...given) => this.undo(given),
  } satisfies CommandHandlers;

  private async undo(given: readonly unknown[]): Promise<void> {
    const { l10n } = vscode;
    const { queue, runner } = await this.access.demand();
    demandTrust();
    const title = l10n.t('Undo Changes of a Run');
    const task = await oneTask(queue, given, { title, statuses: ['succeeded', 'failed'] });
    const folder = runner.folderOf(task.payload_json);
    const { top, files } = await readUndo(folder, task.id, task.attempts);
    const open = files.filter(({ state }) => state !== 'undone');
    if (open.length === 0) throw new EditorRefusal(l10n.t('There is nothing to undo.'));
    const chosen = await chooseSome(
      l10n.t('Undo Changes of {0}', nameOfTask(task)),
      l10n.t('Files that are to be as they were before the run'),
      open.map(choiceOf),
    );
    const ready = chosen.filter(({ state }) => state === 'ready').map(({ path }) => path);
    const { undone } =
      ready.length === 0 ? { undone: [] } : await undo(folder, task.id, task.attempts, ready);
    for (const file of chosen) if (file.state === 'changed') await openUndoMerge(top, file);
    if (undone.length > 0) void notify('information', l10n.t('Files undone: {0}', undone.length));
  }
}

function choiceOf(file: UndoFile): Choice<UndoFile> & { picked: boolean } {
  return { label: file.path, description: whyLeft(file), picked: file.state === 'ready', value: file };
}

function whyLeft({ state, before, after, now }: UndoFile): string {
  const { l10n } = vscode;
  if (state === 'filtered') return l10n.t('written by a filter of git: stays as it is');
  if (state !== 'changed') return '';
  return before === null || after === null || now === null
    ? l10n.t('changed since: opens, for you to decide')
    : l10n.t('changed since: opens as a merge');
}
