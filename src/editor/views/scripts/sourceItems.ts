import * as vscode from 'vscode';
import { commands } from '../../../contributions';
import { toolOfNamed } from '../../../scripts/sources/namedCommand';
import { commandLine, noteText, sourceTitle } from '../../../scripts/sources/sourceTexts';
import { otherIcons } from '../../shared/icons';
import { shownPath } from '../../workspace/windowFolders';
import { namedContext } from '../contextValue';
import { tooltip } from '../tooltip';
import { treeItem } from '../treeItem';
import type { AnyRow } from './sourceRows';

/** A source or folder with more rows is collapsed at first. */
const mostAtOnce = 20;

/** Notes in a tooltip. */
const mostNotes = 10;

/** @param isRunnable whether this workspace's tools run commands */
export function sourceItem(row: AnyRow, isRunnable: (tool: string) => boolean): vscode.TreeItem {
  switch (row.kind) {
    case 'source':
      return treeItem({
        id: `${row.root}source:${row.source}`,
        label: sourceTitle(row.source, vscode.l10n),
        description: row.missing.length > 0 ? vscode.l10n.t('some may be missing') : '',
        icon: otherIcons.source,
        state: stateOf(row.children),
        contextValue: 'source',
      });
    case 'sourceFolder':
      return treeItem({
        id: `${row.parent.root}source:${row.parent.source}:${row.path}`,
        label: row.path || vscode.l10n.t('workspace folder'),
        description: '',
        icon: otherIcons.folder,
        state: stateOf(row.children),
        contextValue: 'folder',
      });
    case 'named':
      return treeItem({
        id: row.namedCommand,
        label: row.named.name,
        description: row.named.description ?? commandLine(row.named),
        icon: row.pinned ? otherIcons.pinned : otherIcons.namedCommand,
        role: [sourceTitle(row.named.source, vscode.l10n), row.pinned ? vscode.l10n.t('pinned') : '']
          .filter(Boolean)
          .join(', '),
        contextValue: namedContext(
          row.named.chain === undefined && isRunnable(toolOfNamed(row.named)),
          row.pinned,
        ),
        command: {
          command: commands.openScript,
          title: vscode.l10n.t('Open Script'),
          arguments: [{ namedCommand: row.namedCommand }],
        },
      });
    case 'note':
      return treeItem({
        id: `note:${row.note.path}:${row.note.line_number}`,
        label: row.note.values.name ?? shownPath(row.note.path),
        description: vscode.l10n.t('only in this window'),
        icon: otherIcons.onlyHere,
        contextValue: 'note',
      });
  }
}

export function sourceTooltip(row: AnyRow): vscode.MarkdownString | undefined {
  switch (row.kind) {
    case 'named':
      return tooltip(row.named.name, [
        ['', row.named.description],
        [vscode.l10n.t('Command'), commandLine(row.named)],
        [vscode.l10n.t('Folder'), shownPath(row.named.folder)],
        [vscode.l10n.t('File'), `${shownPath(row.named.path)}:${row.named.line_number}`],
      ]);
    case 'note':
      return tooltip(row.note.values.name ?? shownPath(row.note.path), [
        ['', noteText(row.note, vscode.l10n)],
      ]);
    case 'source': {
      const said = row.missing
        .slice(0, mostNotes)
        .map((note) => [`${shownPath(note.path)}:${note.line_number}`, noteText(note, vscode.l10n)] as const);
      const more = row.missing.length - said.length;
      const rest = more > 0 ? vscode.l10n.t('and {0} more', more) : null;
      return tooltip(sourceTitle(row.source, vscode.l10n), [...said, ['', rest]]);
    }
    case 'sourceFolder':
      return undefined;
  }
}

function stateOf(children: readonly unknown[]): vscode.TreeItemCollapsibleState {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  return children.length > mostAtOnce ? Collapsed : Expanded;
}
