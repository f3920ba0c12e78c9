/** The rows of the Scripts view for what the files of other programs name. Does not depend on VS Code. */

import {
  idOfNamed,
  type NamedCommand,
  type SourceName,
  type SourceNote,
  type SourceNoteCode,
  sourceNames,
} from '../../../scripts/sources/namedCommand';

export interface SourceRow {
  readonly kind: 'source';
  readonly source: SourceName;
  /** What the paths of its commands start with: nothing in the first folder of the window. */
  readonly root: string;
  /** What is missing, but for what has a row of its own. */
  readonly missing: readonly SourceNote[];
  /** By folder where there are several. */
  children: readonly (SourceFolderRow | NamedRow | NoteRow)[];
}

export interface SourceFolderRow {
  readonly kind: 'sourceFolder';
  /** Relative to the folder of the window; empty for that itself. */
  readonly path: string;
  readonly parent: SourceRow;
  children: readonly NamedRow[];
}

export interface NamedRow {
  readonly kind: 'named';
  /** Its id, by which commands know it. */
  readonly namedCommand: string;
  readonly named: NamedCommand;
  readonly pinned: boolean;
  readonly parent: SourceRow | SourceFolderRow;
}

/** A task that runs in this window only. */
export interface NoteRow {
  readonly kind: 'note';
  readonly note: SourceNote;
  readonly parent: SourceRow;
}

export type AnyRow = SourceRow | SourceFolderRow | NamedRow | NoteRow;

const onlyInWindow: readonly SourceNoteCode[] = [
  'other_type',
  'password',
  'background',
  'depends_other',
  'depends_many',
];

/**
 * @param isPinned of a named command by its id; those come first in their list
 * @param root what all paths start with
 */
export function sourceRows(
  commands: readonly NamedCommand[],
  notes: readonly SourceNote[],
  shown: ReadonlySet<SourceName>,
  isPinned: (id: string) => boolean,
  root = '',
): SourceRow[] {
  return sourceNames
    .filter((source) => shown.has(source))
    .map((source) => {
      const isOf = (one: { source: SourceName }) => one.source === source;
      return sourceRow({ source, root }, commands.filter(isOf), notes.filter(isOf), isPinned);
    })
    .filter(({ children, missing }) => children.length > 0 || missing.length > 0);
}

function sourceRow(
  of: Pick<SourceRow, 'source' | 'root'>,
  commands: readonly NamedCommand[],
  notes: readonly SourceNote[],
  isPinned: (id: string) => boolean,
): SourceRow {
  const hasRow = ({ code }: SourceNote) => onlyInWindow.includes(code);
  const row: SourceRow = {
    kind: 'source',
    ...of,
    missing: notes.filter((note) => !hasRow(note)),
    children: [],
  };
  const byFolder = new Map<string, NamedCommand[]>();
  for (const named of commands) byFolder.set(named.folder, [...(byFolder.get(named.folder) ?? []), named]);
  const folders = [...byFolder].map(([path, own]) => folderRow(path, own, row, isPinned));
  const own = folders.length > 1 ? folders : namedRows(commands, row, isPinned);
  row.children = [
    ...own,
    ...notes.filter(hasRow).map((note): NoteRow => ({ kind: 'note', note, parent: row })),
  ];
  return row;
}

function folderRow(
  path: string,
  commands: readonly NamedCommand[],
  parent: SourceRow,
  isPinned: (id: string) => boolean,
): SourceFolderRow {
  const { root } = parent;
  const isInside = path.startsWith(`${root}/`) || path === root;
  const inner = root !== '' && isInside ? path.slice(root.length + 1) : path;
  const row: SourceFolderRow = { kind: 'sourceFolder', path: inner, parent, children: [] };
  row.children = namedRows(commands, row, isPinned);
  return row;
}

function namedRows(
  commands: readonly NamedCommand[],
  parent: SourceRow | SourceFolderRow,
  isPinned: (id: string) => boolean,
): NamedRow[] {
  const rows = commands.map((named): NamedRow => {
    const id = idOfNamed(named);
    return { kind: 'named', namedCommand: id, named, pinned: isPinned(id), parent };
  });
  return rows.sort((a, b) => Number(b.pinned) - Number(a.pinned));
}
