/**
 * The scripts of a workspace, and what the files of other programs in it name to run: found, read and kept up to date.
 * Its owner watches the files.
 */

import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ConfigSource } from '../core/config';
import { messageOf } from '../core/errors';
import type { Unsubscribe } from '../core/events';
import { Listeners } from '../core/listeners';
import type { Log } from '../core/log';
import { isErrno } from '../system/errno';
import { ignoresCase, pathKey, samePath } from '../system/paths';
import { Pace } from './pace';
import { relativePath } from './paths';
import { describe, type FileHead, readHead, type Script, type ScriptProblem } from './scriptFile';
import { type ListEntry, listEntryOf } from './sources/listEntry';
import { idOfNamed, type NamedCommand, type SourceNote } from './sources/namedCommand';
import { SourceCatalogue } from './sources/sourceCatalogue';
import { Walk } from './walk';

export interface CatalogueOptions {
  /** Absolute path of the workspace folder. */
  workspace: string;
  config: ConfigSource;
  log: Log;
  /** Glob patterns of what to skip besides what `.gitignore` files name, relative to the workspace. */
  excludes?: readonly string[] | (() => readonly string[]);
}

/** A file that may be a script, as it was last read; `described` is null if it is not listed. */
interface Entry extends FileHead {
  /** It is in a script folder. */
  listed: boolean;
  described: { script: Script; problems: ScriptProblem[] } | null;
}

/** Paths to check again; null for everything. */
type Request = Set<string> | null;

/** Files read concurrently. */
const width = 32;

export class ScriptCatalogue {
  private entries = new Map<string, Entry>();
  private scripts: readonly Script[] = [];
  private found: readonly ScriptProblem[] = [];
  private walk: Walk | null = null;
  private next: { request: Request; done: Promise<void> } | null = null;
  private running: Promise<void> = Promise.resolve();
  private readonly sources: SourceCatalogue;
  private readonly changes: Listeners;
  private readonly unsubscribe: Unsubscribe;
  private scriptDirs: readonly string[];

  constructor(private readonly options: CatalogueOptions) {
    const { config, log } = options;
    this.changes = new Listeners(log);
    this.sources = new SourceCatalogue(options.workspace, log);
    this.scriptDirs = config.current().script_dirs;
    this.unsubscribe = config.onChange(() => {
      if (isDeepStrictEqual(this.scriptDirs, config.current().script_dirs)) return;
      void this.refresh();
    });
  }

  /**
   * Checks the workspace again. Calls during a refresh share the next one.
   * @param paths what was created, changed or deleted, absolute or relative to the workspace; omitted for everything
   */
  refresh(paths?: readonly string[]): Promise<void> {
    if (this.next) {
      this.next.request = this.merged(this.next.request, paths);
      return this.next.done;
    }
    const turn = { request: this.merged(new Set(), paths), done: Promise.resolve() };
    turn.done = this.running.then(() => {
      this.next = null;
      return this.update(turn.request);
    });
    this.next = turn;
    this.running = turn.done;
    return turn.done;
  }

  /** All scripts, sorted by path. */
  list(): Script[] {
    return [...this.scripts];
  }

  /**
   * The scripts whose name, description or tags contain `query`, case-insensitively.
   * @param tag only scripts with this tag
   */
  search(query: string, tag?: string): Script[] {
    const wanted = query.toLowerCase();
    const wantedTag = tag?.trim().toLowerCase();
    return this.scripts.filter(({ name, description, tags }) => {
      const own = tags.map((text) => text.toLowerCase());
      if (wantedTag && !own.includes(wantedTag)) return false;
      return [name.toLowerCase(), (description ?? '').toLowerCase(), ...own].some((text) =>
        text.includes(wanted),
      );
    });
  }

  /** The script at a path, absolute or relative to the workspace. */
  get(file: string): Script | undefined {
    const relative = relativePath(this.options.workspace, file);
    if (relative === null) return undefined;
    const listed = this.entries.get(relative)?.described?.script;
    if (listed !== undefined || !ignoresCase()) return listed;
    return this.scripts.find((script) => samePath(script.path, relative));
  }

  /** The absolute path of a script. */
  absolutePath(script: Script): string {
    return path.join(this.options.workspace, script.path);
  }

  /** The problems in the headers of listed scripts, sorted by path. */
  problems(): readonly ScriptProblem[] {
    return this.found;
  }

  /** What the files of other programs name, by source and folder, in the order of each file. */
  namedCommands(): readonly NamedCommand[] {
    return this.sources.commands;
  }

  /** The named command with an id; undefined if there is none any more. */
  namedCommand(id: string): NamedCommand | undefined {
    return this.namedCommands().find((named) => idOfNamed(named) === id);
  }

  /** The scripts, and then the named commands, which have a `source`. */
  everything(): (Script | ListEntry)[] {
    return [...this.scripts, ...this.namedCommands().map(listEntryOf)];
  }

  /** What of those files is not among `namedCommands`, and why. */
  notes(): readonly SourceNote[] {
    return this.sources.notes;
  }

  /** Calls back when a list, or what is said about it, has changed. */
  onChange(listener: () => void): Unsubscribe {
    return this.changes.add(listener);
  }

  dispose(): void {
    this.unsubscribe();
    this.changes.clear();
  }

  private async update(request: Request): Promise<void> {
    try {
      const sourcesChanged = (request && (await this.updateFiles(request))) ?? (await this.updateAll());
      this.publish(sourcesChanged);
    } catch (error) {
      this.options.log.error(`Could not search for scripts: ${messageOf(error)}`, error);
    }
  }

  /** @returns whether what other files name has changed */
  private async updateAll(): Promise<boolean> {
    const { workspace, log, config, excludes = [] } = this.options;
    this.scriptDirs = config.current().script_dirs;
    const pace = new Pace();
    const walk = await Walk.through({
      workspace,
      log,
      pace,
      scriptDirs: this.scriptDirs,
      excludes: typeof excludes === 'function' ? excludes() : excludes,
    });
    const before = this.entries;
    const entries = new Map<string, Entry>();
    await pace.each(walk.files, width, async ([file, listed]) => {
      const entry = await this.read(file, listed, before.get(file));
      if (entry) entries.set(file, entry);
    });
    this.walk = walk;
    this.entries = entries;
    return this.sources.update(walk.sourceFiles, pace);
  }

  /** Checks single files, and returns what `updateAll` does; null if everything has to be checked. */
  private async updateFiles(files: ReadonlySet<string>): Promise<boolean | null> {
    const { walk, options } = this;
    if (!walk || !isDeepStrictEqual(this.scriptDirs, options.config.current().script_dirs)) return null;
    const names = ignoresCase() && new Map([...this.entries.keys()].map((name) => [pathKey(name), name]));
    let hasSources = false;
    for (const file of files) {
      const facts = await lstat(path.join(options.workspace, file)).catch(() => null);
      // A link may lead to a folder: unless it is skipped, that needs a walk.
      const mayBeFolder = facts !== null && (facts.isDirectory() || facts.isSymbolicLink());
      const kind = walk.judge(file, mayBeFolder);
      if (kind === 'unknown') return null;
      if (walk.followSource(file, facts !== null)) hasSources = true;
      if (kind === 'other') continue;
      // Only the folder says in which case, and with which form of accents, it has a name.
      const name = names && (names.get(pathKey(file)) ?? (/^[ -~]*$/.test(file) ? file : null));
      if (names && name !== file) return null;
      const entry = await this.read(file, kind === 'listed', this.entries.get(file));
      if (entry) this.entries.set(file, entry);
      else this.entries.delete(file);
    }
    return hasSources && this.sources.update(walk.sourceFiles, new Pace());
  }

  /** A file as it is now, read only if it has changed since `before`; null if it is missing or unreadable. */
  private async read(relative: string, listed: boolean, before: Entry | undefined): Promise<Entry | null> {
    const absolute = path.join(this.options.workspace, relative);
    try {
      const now = before ? await stat(absolute) : null;
      const unchanged = now !== null && before?.mtimeMs === now.mtimeMs && before.size === now.size;
      if (unchanged && before.listed === listed) return before;
      const file = unchanged ? before : await readHead(absolute);
      const counts = listed || (file.head?.header.name ?? null) !== null;
      const described = file.head && counts ? describe(relative, file.head) : null;
      // Unchanged entries keep their objects, by which lists are compared.
      const same = isDeepStrictEqual(described, before?.described ?? null);
      return { ...file, listed, described: same ? (before?.described ?? null) : described };
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) {
        this.options.log.warn(`The script ${relative} is skipped: ${messageOf(error)}`);
      }
      return null;
    }
  }

  private publish(sourcesChanged: boolean): void {
    const listed = [...this.entries]
      .flatMap(([file, { described }]) => (described ? [{ file, ...described }] : []))
      .sort((a, b) => (a.file < b.file ? -1 : 1));
    const scripts = listed.map(({ script }) => script);
    const problems = listed.flatMap((entry) => entry.problems);
    const same = sameItems(scripts, this.scripts) && sameItems(problems, this.found);
    if (same && !sourcesChanged) return;
    this.scripts = scripts;
    this.found = problems;
    this.changes.emit();
  }

  private merged(request: Request, paths: readonly string[] | undefined): Request {
    if (request === null || paths === undefined) return null;
    const files = paths.map((file) => relativePath(this.options.workspace, file));
    // The workspace folder stands for everything in it.
    if (files.includes('')) return null;
    return new Set([...request, ...files.filter((file) => file !== null)]);
  }
}

/** Unchanged entries keep their objects. */
function sameItems<T>(now: readonly T[], before: readonly T[]): boolean {
  return now.length === before.length && now.every((item, index) => item === before[index]);
}
