/** Keeps the configuration and the scripts of a served workspace up to date where no editor watches the files. */

import fs from 'node:fs';
import path from 'node:path';
import type { ConfirmedConfig } from '../../config/confirmedConfig';
import { Coalescer } from '../../core/coalescer';
import type { Log } from '../../core/log';
import type { ScriptCatalogue } from '../../scripts/catalogue';
import { watchFolder } from '../../system/folderWatch';

/** Changes within this time are handled together, milliseconds. */
const gather = 100;
/** Every so often everything is read again, milliseconds: folders that had no scripts so far are not watched. */
const scanEvery = 30_000;

export class WorkspaceReloader {
  private readonly watchers = new Map<string, fs.FSWatcher>();
  private readonly scan: NodeJS.Timeout;
  private readonly reloading = new Coalescer(() => this.reload(), { delay: gather });
  private everything = false;
  private paths = new Set<string>();
  private closed = false;

  constructor(
    private readonly workspace: string,
    private readonly config: ConfirmedConfig,
    private readonly scripts: ScriptCatalogue,
    private readonly log: Log,
  ) {
    this.scan = setInterval(() => this.changed(null), scanEvery).unref();
  }

  /** Reads the scripts for the first time, and starts watching. */
  async start(): Promise<void> {
    this.watchFolders();
    await this.scripts.refresh();
    if (!this.closed) this.watchFolders();
  }

  close(): void {
    this.closed = true;
    clearInterval(this.scan);
    this.reloading.stop();
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
    this.scripts.dispose();
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

  /** The workspace itself, the script folders and all below them, and every other folder in which a script was found. */
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

/** Adds `folder` and the folders below it, except for packages and a repository's internals. */
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
