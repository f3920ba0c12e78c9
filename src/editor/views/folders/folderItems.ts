import path from 'node:path';
import * as vscode from 'vscode';
import type { MachineQueue } from '../../../client/machineQueues';
import { sentenceIn } from '../../../core/waiting';
import { otherIcons } from '../../shared/icons';
import { labels } from '../../shared/translatedLabels';
import { tooltip } from '../tooltip';
import { treeItem } from '../treeItem';

/** The row of another folder's queue; a click opens that folder. */
export function folderItem(queue: MachineQueue): vscode.TreeItem {
  const { folder, storage, activity } = queue;
  const place = folder ?? storage;
  const item = treeItem({
    id: storage,
    label: path.basename(place),
    description: describe(queue),
    icon: iconOf(queue),
    contextValue: 'otherFolder',
    command: {
      command: 'vscode.openFolder',
      title: vscode.l10n.t('Open Folder'),
      arguments: [vscode.Uri.file(place), { forceNewWindow: true }],
    },
  });
  const now = Date.now();
  item.tooltip = tooltip(path.basename(place), [
    [vscode.l10n.t('Folder'), place],
    ...(activity?.runs ?? []).map(({ name }) => [vscode.l10n.t('Running'), name] as const),
    ...(activity?.stuck ?? []).map(
      ({ waiting_reason: reason, waiting }) =>
        [vscode.l10n.t('Waits for you'), sentenceIn(reason, now, vscode.l10n) ?? waiting] as const,
    ),
    [vscode.l10n.t('Error'), queue.error],
  ]);
  return item;
}

function describe({ owner, activity, error }: MachineQueue): string {
  if (error !== null) return vscode.l10n.t('does not answer');
  if (owner === null || activity === null) return vscode.l10n.t('not open');
  const waits = needsPerson(activity) ? vscode.l10n.t('waits for you') : '';
  return [labels.activity(activity) || vscode.l10n.t('nothing queued'), waits].filter(Boolean).join(' · ');
}

function iconOf({ activity, error }: MachineQueue) {
  if (error !== null) return otherIcons.failure;
  if (activity === null) return otherIcons.folder;
  return needsPerson(activity) ? otherIcons.waiting : otherIcons.root;
}

function needsPerson({ unapproved, questions, stuck }: NonNullable<MachineQueue['activity']>): boolean {
  return unapproved > 0 || questions > 0 || stuck.length > 0;
}
