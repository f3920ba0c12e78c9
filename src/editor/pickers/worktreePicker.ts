import * as vscode from 'vscode';
import type { WorktreeKind } from '../../core/model';
import { choose } from '../shared/quickPick';

/** A kind as people read it; undefined: where that is said otherwise. */
export function worktreeWord(kind: WorktreeKind): string {
  const { l10n } = vscode;
  switch (kind) {
    case 'task':
      return l10n.t('One for each task');
    case 'stream':
      return l10n.t('One for the stream');
    default:
      return l10n.t('None: in the folder itself');
  }
}

/** Asks where agents work. @param otherwise says what counts where nothing is said here, which null stands for */
export function askForWorktree(title: string, otherwise: string): Promise<WorktreeKind | null> {
  const kinds = (['none', 'task', 'stream'] as const).map((kind) => ({
    label: worktreeWord(kind),
    value: kind,
  }));
  return choose<WorktreeKind | null>(title, vscode.l10n.t('The worktree in which agents work'), [
    { label: otherwise, value: null },
    ...kinds,
  ]);
}
