import * as vscode from 'vscode';
import { messageOf } from '../../core/errors';
import type { NoticeView } from '../../pages/taskPage/taskPageProtocol';
import type { QueueAccess } from '../workspace/queueAccess';

/** What a task page shows while no queue is open. */
export function taskPageNotice({ state, failure }: Pick<QueueAccess, 'state' | 'failure'>): NoticeView {
  if (state === 'failed') {
    return {
      kind: 'notice',
      busy: false,
      title: vscode.l10n.t('Could not open the queue'),
      detail: messageOf(failure),
      actions: [
        { command: 'openAgain', title: vscode.l10n.t('Try Again') },
        { command: 'showLog', title: vscode.l10n.t('Show Log') },
      ],
    };
  }
  if (state === 'opening') {
    return {
      kind: 'notice',
      busy: true,
      title: vscode.l10n.t('Opening the queue…'),
      detail: '',
      actions: [],
    };
  }
  return {
    kind: 'notice',
    busy: false,
    title: vscode.l10n.t('No queue here'),
    detail: vscode.l10n.t('The task belongs to the queue of another folder or of one that is not open.'),
    actions: [],
  };
}

/**
 * For a task that is not in the queue.
 * @param restorable it was deleted recently
 */
export function goneNotice(taskId: string, restorable: boolean): NoticeView {
  return {
    kind: 'notice',
    busy: false,
    title: restorable ? vscode.l10n.t('The task was deleted') : vscode.l10n.t('Task not found'),
    detail: restorable
      ? vscode.l10n.t('You can restore it for several days.')
      : vscode.l10n.t('{0} is not in this queue, or was permanently deleted.', taskId),
    actions: restorable ? [{ command: 'restoreTask', title: vscode.l10n.t('Restore') }] : [],
  };
}

export function unreadNotice(error: unknown): NoticeView {
  return {
    kind: 'notice',
    busy: false,
    title: vscode.l10n.t('Could not read the task'),
    detail: messageOf(error),
    actions: [{ command: 'showLog', title: vscode.l10n.t('Show Log') }],
  };
}
