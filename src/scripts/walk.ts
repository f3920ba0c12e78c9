/** Searches a workspace for files that may be scripts. */

import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../core/errors';
import type { Log } from '../core/log';
import { pathKey } from '../system/paths';
import { IgnoreRules, isNeverWalked } from './ignoreRules';
import type { Pace } from './pace';
import { join, parentOf, relativePath } from './paths';
import { kindOf } from './scriptFile';
import { isLockFile } from './sources/packageManager';
import { sourceKindOf, tasksFile } from './sources/sourceFiles';

export interface WalkOptions {
  /** Absolute. */
  workspace: string;
  /** Relative to the workspace; every script in them is listed, even if a `.gitignore` names the folder. */
  scriptDirs: readonly string[];
  excludes: readonly string[];
  log: Log;
  pace: Pace;
}

/** A folder that was walked. Paths are relative to the workspace. */
interface Folder {
  path: string;
  rules: IgnoreRules;
  /** Every script in it is listed, not only those with a name in their header. */
  listed: boolean;
}

interface Link {
  path: string;
  folder: Folder;
}

/** Folders read concurrently. */
const width = 16;

/** Entries of a folder that are processed between two checks of the clock. */
const stretch = 16;

export class Walk {
  /** Files that may be scripts, each with whether it is in a script folder. */
  readonly files = new Map<string, boolean>();
  /** Files of other programs that name something to run, and lock files of package managers. */
  readonly sourceFiles = new Set<string>();
  private readonly folders = new Map<string, Folder>();
  /** By the form in which all its names are equal; the name is as in its folder, once that is read. */
  private readonly scriptDirs: Map<string, string>;
  private links: Link[] = [];
  /** Real paths of folders reached by a link: each is walked through one link only, which prevents cycles. */
  private readonly followed = new Set<string>();
  private sawLinks = false;

  private constructor(private readonly options: WalkOptions) {
    const folders = options.scriptDirs.map((folder) => (folder === '.' ? '' : folder));
    this.scriptDirs = new Map(folders.map((folder) => [pathKey(folder), folder]));
  }

  static async through(options: WalkOptions): Promise<Walk> {
    const walk = new Walk(options);
    await walk.run();
    return walk;
  }

  /**
   * What a created, changed or deleted entry means: it may be a script (`listed` in a script folder,
   * otherwise `named`: only if its header has a name), it does not matter, or it needs another walk.
   */
  judge(relative: string, isFolder: boolean): 'listed' | 'named' | 'other' | 'unknown' {
    if (this.folders.has(relative)) return 'unknown';
    const folder = this.folders.get(parentOf(relative));
    if (!folder) return this.isSkipped(parentOf(relative)) ? 'other' : 'unknown';
    if (path.posix.basename(relative) === '.gitignore') return 'unknown';
    if (folder.rules.skips(relative, isFolder)) return this.isScriptDir(relative) ? 'unknown' : 'other';
    if (isFolder) return 'unknown';
    if (kindOf(relative) === 'other') return 'other';
    // The same file may be listed a second time, through a link.
    if (this.sawLinks) return 'unknown';
    return folder.listed ? 'listed' : 'named';
  }

  /**
   * Follows a file that was created, changed or deleted in a folder that was walked.
   * @returns whether it is one of `sourceFiles`
   */
  followSource(relative: string, exists: boolean): boolean {
    if (relative === tasksFile) return true;
    const folder = this.folders.get(parentOf(relative));
    if (!folder || !isWanted(relative, folder)) return false;
    if (exists) this.sourceFiles.add(relative);
    else this.sourceFiles.delete(relative);
    return true;
  }

  /** Whether a folder that was not walked is inside a skipped one. */
  private isSkipped(relative: string): boolean {
    let child = relative;
    while (child !== '' && !this.folders.has(parentOf(child))) child = parentOf(child);
    const above = this.folders.get(parentOf(child));
    return (above?.rules.skips(child, true) ?? false) && !this.isScriptDir(child);
  }

  private isScriptDir(relative: string): boolean {
    return this.scriptDirs.has(pathKey(relative));
  }

  private async run(): Promise<void> {
    const { workspace, excludes } = this.options;
    const rules = await IgnoreRules.forWorkspace(workspace, excludes);
    await this.descend([{ path: '', rules, listed: this.isScriptDir('') }]);
    for (const key of [...this.scriptDirs.keys()].sort()) {
      const folder = this.scriptDirs.get(key);
      if (folder) await this.enterScriptDir(folder, rules);
    }
    while (this.links.length > 0) {
      const links = this.links.sort((a, b) => (a.path < b.path ? -1 : 1));
      this.links = [];
      for (const link of links) await this.follow(link);
    }
  }

  private async enterScriptDir(folder: string, rootRules: IgnoreRules): Promise<void> {
    const { workspace, log } = this.options;
    const target = await this.targetOf(folder);
    if (target === null) return;
    if (target === 'outside') {
      log.warn(`The script folder ${folder} leads out of the workspace and is passed over.`);
      return;
    }
    let rules = rootRules;
    const parts = folder.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) {
      rules = await rules.within(workspace, parts.slice(0, depth - 1).join('/'));
      if (rules.skips(parts.slice(0, depth).join('/'), true)) {
        // A configured folder is walked even if git ignores it.
        rules = IgnoreRules.none();
        break;
      }
    }
    await this.descend([{ path: folder, rules, listed: true }]);
  }

  private async descend(start: Folder[]): Promise<void> {
    for (let level = start; level.length > 0; ) {
      const next: Folder[] = [];
      await this.options.pace.each(level, width, async (folder) => {
        for (const child of await this.enter(folder)) next.push(child);
      });
      level = next;
    }
  }

  /** Records the files and links of a folder; returns its subfolders to walk. */
  private async enter(folder: Folder): Promise<Folder[]> {
    const { workspace, log } = this.options;
    let entries: Dirent[];
    try {
      entries = await readdir(path.join(workspace, folder.path), { withFileTypes: true });
    } catch (error) {
      log.debug(`The folder ${folder.path || workspace} is skipped: ${messageOf(error)}`);
      return [];
    }
    const rules = entries.some(({ name }) => name === '.gitignore')
      ? await folder.rules.within(workspace, folder.path)
      : folder.rules;
    const own = { ...folder, rules };
    this.folders.set(folder.path, own);
    const inner: Folder[] = [];
    for (const [index, entry] of entries.entries()) {
      if (index % stretch === stretch - 1) await this.options.pace.rest();
      const child = this.note(entry, own);
      if (child) inner.push(child);
    }
    return inner;
  }

  private note(entry: Dirent, folder: Folder): Folder | null {
    const relative = join(folder.path, entry.name);
    if (this.isScriptDir(relative)) this.scriptDirs.set(pathKey(relative), relative);
    if (entry.isSymbolicLink()) {
      this.links.push({ path: relative, folder });
    } else if (entry.isDirectory()) {
      const skipped = this.isScriptDir(relative) || folder.rules.skips(relative, true);
      if (!skipped) return { ...folder, path: relative };
    } else if (entry.isFile()) {
      this.noteFile(relative, folder);
    }
    return null;
  }

  private noteFile(relative: string, folder: Folder): void {
    if (isWanted(relative, folder)) this.sourceFiles.add(relative);
    if (kindOf(relative) === 'other' || folder.rules.skips(relative, false)) return;
    this.files.set(relative, folder.listed);
  }

  private async follow({ path: relative, folder }: Link): Promise<void> {
    if (this.isScriptDir(relative)) return;
    const target = await this.targetOf(relative);
    if (target === null || target === 'outside') return;
    this.sawLinks = true;
    if (!target.isFolder) this.noteFile(relative, folder);
    else if (!folder.rules.skips(relative, true)) await this.descend([{ ...folder, path: relative }]);
  }

  /** The target of a path; null if it is not to be walked: missing, excluded, a cycle, or already reached by a link. */
  private async targetOf(relative: string): Promise<{ isFolder: boolean } | 'outside' | null> {
    const file = path.join(this.options.workspace, relative);
    try {
      const [root, target, parent] = await Promise.all([
        realpath(this.options.workspace),
        realpath(file),
        realpath(path.dirname(file)),
      ]);
      const inside = relativePath(root, target);
      if (inside === null) return 'outside';
      const isFolder = (await stat(target)).isDirectory();
      if (!isFolder) return { isFolder };
      const isLink = path.join(parent, path.basename(file)) !== target;
      if (!isLink) return { isFolder };
      if (isNeverWalked(inside) || relativePath(target, parent) !== null || this.followed.has(target))
        return null;
      this.followed.add(target);
      return { isFolder };
    } catch {
      // It is gone, or a broken link.
      return null;
    }
  }
}

/** A lock file tells the package manager even where git ignores it. */
function isWanted(relative: string, { rules }: Folder): boolean {
  if (isLockFile(path.posix.basename(relative))) return true;
  return sourceKindOf(relative) !== null && !rules.skips(relative, false);
}
