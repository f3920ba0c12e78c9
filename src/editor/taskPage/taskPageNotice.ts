import * as vscode from 'vscode';
import { messageOf } from '../../core/errors';
import type { NoticeView, TaskAction } from '../../pages/taskPage/taskPageProtocol';
import type { QueueAccess } from '../workspace/queueAccess';

function notice(view: Pick<NoticeView, 'title'> & Partial<NoticeView>): NoticeView {
  return { kind: 'notice', busy: false, detail: '', actions: [], ...view };
}

/** What a task page shows while no queue is open. */
export function taskPageNotice({ state, failure }: Pick<QueueAccess, 'state' | 'failure'>): NoticeView {
  if (state === 'opening') return notice({ busy: true, title: vscode.l10n.t('Opening the queue…') });
  if (state !== 'failed') {
    return notice({
      title: vscode.l10n.t('No queue here'),
      detail: vscode.l10n.t('The task belongs to the queue of another folder or of one that is not open.'),
    });
  }
  return notice({
    title: vscode.l10n.t('Could not open the queue'),
    detail: messageOf(failure),
    actions: [{ command: 'openAgain', title: vscode.l10n.t('Try Again') }, showLog()],
  });
}

/** For a task that can be restored. */
export function deletedNotice(): NoticeView {
  return notice({
    title: vscode.l10n.t('The task was deleted'),
    detail: vscode.l10n.t('You can restore it for several days.'),
    actions: [{ command: 'restoreTask', title: vscode.l10n.t('Restore') }],
  });
}

export function notFoundNotice(taskId: string): NoticeView {
  return notice({
    title: vscode.l10n.t('Task not found'),
    detail: vscode.l10n.t('{0} is not in this queue, or was permanently deleted.', taskId),
  });
}

export function unreadNotice(error: unknown): NoticeView {
  return notice({
    title: vscode.l10n.t('Could not read the task'),
    detail: messageOf(error),
    actions: [showLog()],
  });
}

function showLog(): TaskAction {
  return { command: 'showLog', title: vscode.l10n.t('Show Log') };
}
