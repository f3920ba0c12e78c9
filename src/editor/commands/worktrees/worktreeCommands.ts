import * as vscode from 'vscode';
import { userFolder } from '../../../client/userFolder';
import type { Task } from '../../../core/model';
import { nameOfTask } from '../../../core/taskName';
import { changedUnkept, discard, restore } from '../../../runner/worktrees/discarding';
import { createBranch, merge } from '../../../runner/worktrees/merging';
import { recordOf, type WorktreeRecord } from '../../../runner/worktrees/records';
import { type Conflict, cancelMerge, mergeUnderWay } from '../../../runner/worktrees/settling';
import { oneTask } from '../../pickers/taskPicker';
import type { CommandHandlers } from '../../shared/commandRegistry';
import { ask, notBlank } from '../../shared/inputBox';
import { confirm, notify } from '../../shared/notify';
import { choose } from '../../shared/quickPick';
import { EditorRefusal } from '../../shared/refusal';
import { demandTrust } from '../../shared/trust';
import type { QueueAccess } from '../../workspace/queueAccess';
import { openConflict } from './mergeEditor';

/** Of files that a dialog names. */
const mostNames = 12;

/** What a person does with the worktree of a task. */
export class WorktreeCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    mergeWorktree: (...given) => this.merge(given),
    openWorktree: (...given) => this.open(given),
    branchFromWorktree: (...given) => this.branch(given),
    discardWorktree: (...given) => this.discard(given),
    restoreWorktree: (...given) => this.restore(given),
  } satisfies CommandHandlers;

  private async merge(given: readonly unknown[]): Promise<void> {
    const { l10n } = vscode;
    const { record, name } = await this.find(given, l10n.t('Merge Changes'), 'made');
    const underWay = await mergeUnderWay(record);
    if (underWay !== null) return settleOrCancel(record, name, underWay);
    const patch = await choose(l10n.t('Merge {0}', name), record.top, [
      { label: l10n.t('Commit to the current branch'), value: false },
      { label: l10n.t('Change the files only'), value: true },
    ]);
    const merged = await merge(record, { patch });
    if (merged.done) {
      const nothing = l10n.t('There was nothing to merge.');
      void notify('information', merged.commit === null ? nothing : l10n.t('{0} was merged.', name));
      return;
    }
    await confirm(
      l10n.t('Both sides have changed the same lines of these files. Nothing was merged.'),
      merged.conflicts.join('\n'),
      l10n.t('Settle Conflicts'),
    );
    const started = await merge(record, { conflicts: true });
    if (started.done) return;
    await settle(record, name, (await mergeUnderWay(record)) ?? []);
    void notify('information', l10n.t('Settle the conflicts and commit. "Merge..." cancels.'));
  }

  private async open(given: readonly unknown[]): Promise<void> {
    const { record } = await this.find(given, vscode.l10n.t('Open Worktree'), 'made');
    const folder = vscode.Uri.file(record.folder);
    await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
  }

  private async branch(given: readonly unknown[]): Promise<void> {
    const { l10n } = vscode;
    const { record, name } = await this.find(given, l10n.t('Create Branch'), 'made');
    const branch = await ask({
      title: l10n.t('Create Branch from {0}', name),
      prompt: l10n.t('It has all that lies in the worktree, committed or not'),
      problem: notBlank(l10n.t('Give the branch a name.')),
    });
    await createBranch(record, branch);
    void notify('information', l10n.t('Branch {0} was created.', branch));
  }

  private async discard(given: readonly unknown[]): Promise<void> {
    const { l10n } = vscode;
    const { record, name, days } = await this.find(given, l10n.t('Discard Worktree'), 'made');
    const unkept = await changedUnkept(record);
    const detail =
      unkept.length === 0
        ? ''
        : l10n.t(
            'These cannot be restored, being ignored by git, too large, unreadable or repositories of their own: {0}',
            listOf(unkept),
          );
    await confirm(
      l10n.t('Discard the worktree of {0}? It can be restored for {1} days.', name, days),
      detail,
      l10n.t('Discard'),
    );
    await discard(record, days);
  }

  private async restore(given: readonly unknown[]): Promise<void> {
    const { record, name } = await this.find(given, vscode.l10n.t('Restore Worktree'), 'discarded');
    await restore(record);
    void notify('information', vscode.l10n.t('The worktree of {0} was restored.', name));
  }

  private async find(
    given: readonly unknown[],
    title: string,
    state: WorktreeRecord['state'],
  ): Promise<{ record: WorktreeRecord; name: string; days: number }> {
    const { queue, config } = await this.access.demand();
    demandTrust();
    const home = userFolder();
    const record = (one: Task) => recordOf(home, one);
    const fits = (one: Task) => record(one)?.state === state;
    const task = await oneTask(queue, given, { title, statuses: ['queued', 'succeeded', 'failed'], fits });
    const found = record(task);
    const name = nameOfTask(task);
    if (found?.state !== state) throw new EditorRefusal(vscode.l10n.t('{0} has no such worktree.', name));
    return { record: found, name, days: config.current().worktree_keep_days };
  }
}

async function settleOrCancel(
  record: WorktreeRecord,
  name: string,
  conflicts: readonly Conflict[],
): Promise<void> {
  const { l10n } = vscode;
  const cancel = await choose(l10n.t('Merge {0}', name), l10n.t('This merge is under way'), [
    {
      label: l10n.t('Settle Conflicts'),
      detail: conflicts.map((file) => file.path).join('\n'),
      value: false,
    },
    { label: l10n.t('Cancel the Merge'), value: true },
  ]);
  if (!cancel) return settle(record, name, conflicts);
  await cancelMerge(record);
  void notify('information', l10n.t('The merge was cancelled. All files are as they were before.'));
}

async function settle({ top }: WorktreeRecord, name: string, conflicts: readonly Conflict[]): Promise<void> {
  await vscode.commands.executeCommand('workbench.view.scm');
  for (const file of conflicts) await openConflict(top, file, name);
}

/** A dialog has no room for all files of a large build. */
function listOf(names: readonly string[]): string {
  const shown = names.slice(0, mostNames);
  const more = names.length - shown.length;
  return [...shown, ...(more > 0 ? [vscode.l10n.t('and {0} more', more)] : [])].join(', ');
}
