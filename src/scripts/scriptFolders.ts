/**
 * What can be run in the folders of a window. Paths are relative to the first folder; those of other folders are
 * absolute, so that a task runs where it comes from.
 */

import path from 'node:path';
import type { Unsubscribe } from '../core/events';
import { Listeners } from '../core/listeners';
import type { Log } from '../core/log';
import type { ScriptCatalogue } from './catalogue';
import { innermost, join } from './paths';
import { readScript, type Script, type ScriptProblem } from './scriptFile';
import { idOfNamed, type NamedCommand, type SourceNote } from './sources/namedCommand';

/** One folder of the window. */
export class ScriptFolder {
  /** What its paths start with: nothing in the first folder, else its own path with forward slashes. */
  readonly root: string;

  constructor(
    readonly path: string,
    private readonly catalogue: ScriptCatalogue,
    isFirst: boolean,
  ) {
    this.root = isFirst ? '' : withSlashes(path);
  }

  /** All scripts, sorted by path. */
  list(): Script[] {
    return this.catalogue.list().map((script) => this.outward(script));
  }

  /** The script of a path, as the catalogue lists it. */
  get(file: string): Script | undefined {
    const script = this.catalogue.get(file);
    return script && this.outward(script);
  }

  /** The script of a file that the catalogue need not list. @throws QueueError if there is none in this folder */
  async read(file: string): Promise<Script> {
    return this.get(file) ?? this.outward(await readScript(this.path, file));
  }

  problems(): ScriptProblem[] {
    return this.catalogue.problems().map((problem) => ({ ...problem, path: this.pathOf(problem.path) }));
  }

  namedCommands(): NamedCommand[] {
    return this.catalogue.namedCommands().map((named) => this.outwardNamed(named));
  }

  notes(): SourceNote[] {
    return this.catalogue.notes().map((note) => ({ ...note, path: this.pathOf(note.path) }));
  }

  /** A path as its folder's rows are named: without what all of them start with. */
  shortened(file: string): string {
    return this.root === '' ? file : file.slice(this.root.length + 1);
  }

  /** What starts with a blank is known only once that is filled, and is mostly the absolute path of a file. */
  private pathOf(relative: string): string {
    if (this.root === '' || relative.startsWith('${')) return relative;
    return absoluteIn(this.path, relative);
  }

  private outward(script: Script): Script {
    if (this.root === '') return script;
    return { ...script, path: this.pathOf(script.path), cwd: this.pathOf(script.cwd ?? '') };
  }

  private outwardNamed(named: NamedCommand): NamedCommand {
    if (this.root === '') return named;
    const { chain } = named;
    return {
      ...named,
      path: this.pathOf(named.path),
      folder: this.pathOf(named.folder),
      ...(chain && {
        chain: chain.map((step) => ({ ...step, command: this.outwardNamed(step.command) })),
      }),
    };
  }
}

export class ScriptFolders {
  private others: { folder: ScriptFolder; catalogue: ScriptCatalogue; unsubscribe: Unsubscribe }[] = [];
  private readonly first: ScriptFolder;
  private readonly changes: Listeners;

  /** @param catalogue of the first folder */
  constructor(
    first: string,
    private readonly catalogue: ScriptCatalogue,
    log: Log,
  ) {
    this.first = new ScriptFolder(first, catalogue, true);
    this.changes = new Listeners(log);
    catalogue.onChange(() => this.changes.emit());
  }

  /** The first one, and then the others in the order in which they came. */
  all(): ScriptFolder[] {
    return [this.first, ...this.others.map(({ folder }) => folder)];
  }

  /** Adds a folder that has been searched. */
  add(folder: string, catalogue: ScriptCatalogue): void {
    const unsubscribe = catalogue.onChange(() => this.changes.emit());
    this.others.push({ folder: new ScriptFolder(folder, catalogue, false), catalogue, unsubscribe });
    this.changes.emit();
  }

  remove(folder: string): void {
    const gone = this.others.filter((other) => other.folder.path === folder);
    for (const { unsubscribe } of gone) unsubscribe();
    this.others = this.others.filter((other) => !gone.includes(other));
    if (gone.length > 0) this.changes.emit();
  }

  async refresh(): Promise<void> {
    await Promise.all(
      [this.catalogue, ...this.others.map(({ catalogue }) => catalogue)].map((one) => one.refresh()),
    );
  }

  /** The folder that a path is of. */
  folderOf(file: string): ScriptFolder {
    const all = this.all();
    const folder = innermost(
      all.map((one) => one.path),
      path.resolve(this.first.path, file),
    );
    return all.find((one) => one.path === folder) ?? this.first;
  }

  absolutePath(file: string): string {
    return path.resolve(this.first.path, file);
  }

  list(): Script[] {
    return this.all().flatMap((folder) => folder.list());
  }

  get(file: string): Script | undefined {
    return this.folderOf(file).get(file);
  }

  /** The script of any file in these folders. @throws QueueError if there is none */
  read(file: string): Promise<Script> {
    return this.folderOf(file).read(file);
  }

  problems(): ScriptProblem[] {
    return this.all().flatMap((folder) => folder.problems());
  }

  namedCommands(): NamedCommand[] {
    return this.all().flatMap((folder) => folder.namedCommands());
  }

  namedCommand(id: string): NamedCommand | undefined {
    return this.namedCommands().find((named) => idOfNamed(named) === id);
  }

  notes(): SourceNote[] {
    return this.all().flatMap((folder) => folder.notes());
  }

  /** Calls back when a folder comes or goes, or something in one changes. */
  onChange(listener: () => void): Unsubscribe {
    return this.changes.add(listener);
  }
}

/** A path as those of other folders than the first are written. */
export function absoluteIn(folder: string, file: string): string {
  if (path.isAbsolute(file)) return file;
  return file === '' ? withSlashes(folder) : join(withSlashes(folder), file);
}

function withSlashes(file: string): string {
  return file.replaceAll(path.sep, '/');
}
