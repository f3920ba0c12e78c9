/** What the files of other programs in a workspace name to run: read, and kept up to date. */

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import { decodeText } from '../../core/textBytes';
import { isErrno } from '../../system/errno';
import { readBytes } from '../fileBytes';
import type { Pace } from '../pace';
import { leadsInside, parentOf } from '../paths';
import { type NamedCommand, type Reading, type SourceNote, sourceNames } from './namedCommand';
import { isLockFile, managerIn, managerOf, type PackageManager, withManager } from './packageManager';
import { managerAbove } from './packageManagerAbove';
import { filesThatCount, sourceKindOf, tasksFile } from './sourceFiles';

/** A file as it was last read. */
interface Entry {
  mtimeMs: number;
  size: number;
  reading: Reading & { manager?: PackageManager | null };
}

/** Files read concurrently. */
const width = 16;

/** Larger files are written by programs: a package.json is a few kB. */
const mostBytes = 1024 * 1024;

export class SourceCatalogue {
  commands: readonly NamedCommand[] = [];
  notes: readonly SourceNote[] = [];
  private entries = new Map<string, Entry>();
  private lockFiles: readonly string[] = [];
  private above: PackageManager | null = null;

  constructor(
    private readonly workspace: string,
    private readonly log: Log,
  ) {}

  /**
   * Reads what has changed.
   * @param files all such files of the workspace, and all lock files of package managers
   * @returns whether the list has changed
   */
  async update(files: ReadonlySet<string>, pace: Pace): Promise<boolean> {
    const before = this.entries;
    const entries = new Map<string, Entry>();
    const wanted = filesThatCount(new Set([...files, tasksFile]));
    await pace.each(wanted, width, async (file) => {
      const entry = await this.read(file, before.get(file));
      if (entry) entries.set(file, entry);
    });
    const lockFiles = [...files].filter((file) => isLockFile(path.posix.basename(file))).sort();
    const hasPackages = wanted.some((file) => sourceKindOf(file)?.source === 'npm');
    const above = hasPackages ? await managerAbove(this.workspace) : null;
    const same =
      entries.size === before.size && [...entries].every(([file, entry]) => before.get(file) === entry);
    if (same && above === this.above && isDeepStrictEqual(lockFiles, this.lockFiles)) return false;
    this.entries = entries;
    this.lockFiles = lockFiles;
    this.above = above;
    return this.publish();
  }

  private async read(relative: string, before: Entry | undefined): Promise<Entry | null> {
    const file = path.join(this.workspace, relative);
    const source = sourceKindOf(relative)?.source;
    try {
      if (source === undefined) return null;
      const now = before ? await stat(file) : null;
      if (now && before?.mtimeMs === now.mtimeMs && before.size === now.size) return before;
      // The walk does not lead here.
      if (relative === tasksFile && !(await leadsInside(this.workspace, file))) return null;
      const { mtimeMs, size, bytes } = await readBytes(file, mostBytes);
      if (bytes === null) return null;
      const note = (code: SourceNote['code']): Entry => ({
        mtimeMs,
        size,
        reading: { commands: [], notes: [{ source, path: relative, line_number: 1, code, values: {} }] },
      });
      if (size > mostBytes) return note('too_large');
      const text = decodeText(bytes);
      if (text === null) return note('unreadable');
      const { readSource } = await import('./readSource');
      return { mtimeMs, size, reading: readSource(source, { path: relative, text }) };
    } catch (error) {
      if (!isErrno(error, 'ENOENT') && !isErrno(error, 'ENOTDIR')) {
        this.log.warn(`The file ${relative} is skipped: ${messageOf(error)}`);
      }
      return null;
    }
  }

  private publish(): boolean {
    const said = this.managers();
    const order = (file: string) => sourceNames.indexOf(sourceKindOf(file)?.source ?? 'vscode');
    const entries = [...this.entries].sort(
      ([a], [b]) => order(a) - order(b) || (parentOf(a) < parentOf(b) ? -1 : 1),
    );
    const commands = entries.flatMap(([, { reading }]) =>
      reading.commands.map((one) =>
        one.source === 'npm' ? withManager(one, managerOf(one.folder, said, this.above)) : one,
      ),
    );
    const notes = entries.flatMap(([, { reading }]) => reading.notes);
    if (isDeepStrictEqual([commands, notes], [this.commands, this.notes])) return false;
    this.commands = commands;
    this.notes = notes;
    return true;
  }

  private managers(): Map<string, PackageManager> {
    const named = new Map<string, PackageManager>();
    for (const [file, { reading }] of this.entries) {
      if (reading.manager) named.set(parentOf(file), reading.manager);
    }
    const locks = new Map<string, string[]>();
    for (const file of this.lockFiles) {
      const folder = parentOf(file);
      locks.set(folder, [...(locks.get(folder) ?? []), path.posix.basename(file)]);
    }
    const said = new Map<string, PackageManager>();
    for (const folder of new Set([...named.keys(), ...locks.keys()])) {
      const manager = managerIn(named.get(folder) ?? null, locks.get(folder) ?? []);
      if (manager) said.set(folder, manager);
    }
    return said;
  }
}
