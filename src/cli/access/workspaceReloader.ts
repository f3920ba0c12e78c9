/** Keeps the configuration and the scripts of a served workspace up to date where no editor watches the files. */

import fs from 'node:fs';
import path from 'node:path';
import type { ConfigFile } from '../../config/configFile';
import { Coalescer } from '../../core/coalescer';
import type { Log } from '../../core/log';
import type { ScriptCatalogue } from '../../scripts/catalogue';
import { watchFolder } from '../../system/folderWatch';

/** Several changes within this time are looked at together, milliseconds. */
const gather = 100;
/** Scripts in folders that had none are found this late, milliseconds: not every folder of a workspace is watched. */
const lookAgain = 30_000;

export class WorkspaceReloader {
  private readonly watchers = new Map<string, fs.FSWatcher>();
  private readonly again: NodeJS.Timeout;
  private readonly reloading = new Coalescer(() => this.reload(), { delay: gather });
  private everything = false;
  private paths = new Set<string>();
  private closed = false;

  constructor(
    private readonly workspace: string,
    private readonly config: ConfigFile,
    private readonly scripts: ScriptCatalogue,
    private readonly log: Log,
  ) {
    this.again = setInterval(() => this.changed(null), lookAgain);
    this.again.unref();
  }

  /** Reads the scripts for the first time and begins to watch. */
  async start(): Promise<void> {
    this.watchFolders();
    await this.scripts.refresh();
    if (!this.closed) this.watchFolders();
  }

  close(): void {
    this.closed = true;
    clearInterval(this.again);
    this.reloading.stop();
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
    this.scripts.dispose();
    this.config.dispose();
  }

  /** @param file absolute; null when anything may have changed */
  private changed(file: string | null): void {
    if (this.closed) return;
    if (file === null) this.everything = true;
    else this.paths.add(file);
    this.reloading.request();
  }

  private async reload(): Promise<void> {
    const { everything, paths } = this;
    this.everything = false;
    this.paths = new Set();
    if (everything || paths.has(this.config.file)) await this.config.reload();
    await this.scripts.refresh(everything ? undefined : [...paths]);
    if (!this.closed) this.watchFolders();
  }

  /** The workspace itself, the script folders with all below them, and every other folder that a script was found in. */
  private watchFolders(): void {
    const wanted = new Set([this.workspace]);
    for (const folder of this.config.current().script_dirs)
      addBelow(path.resolve(this.workspace, folder), wanted);
    for (const script of this.scripts.list()) wanted.add(path.dirname(this.scripts.absolutePath(script)));
    for (const [folder, watcher] of this.watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.watchers.has(folder)) this.watchOne(folder);
  }

  private watchOne(folder: string): void {
    const watcher = watchFolder(folder, (name) => {
      this.changed(name === null ? null : path.join(folder, name));
    });
    // Out of watches, or gone meanwhile: the scan every 30 seconds makes up for it.
    if (watcher === null) this.log.debug(`The folder ${folder} is not watched.`);
    else
      this.watchers.set(
        folder,
        watcher.once('error', () => this.watchers.delete(folder)),
      );
  }
}

/** `folder` and the folders below it, without those that hold packages or a repository's insides. */
function addBelow(folder: string, to: Set<string>): void {
  const entries = listFolder(folder);
  if (entries === null) return;
  to.add(folder);
  for (const entry of entries) {
    if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git')
      addBelow(path.join(folder, entry.name), to);
  }
}

function listFolder(folder: string): fs.Dirent[] | null {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return null;
  }
}
