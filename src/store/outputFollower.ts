/** Reports when an attempt prints, by watching its output files. */

import type { FSWatcher } from 'node:fs';
import * as path from 'node:path';
import { type OutputWatch, outputNames } from '../core/queue';
import { watchFolder } from '../system/folderWatch';
import { outputFile } from './outputFiles';

export class OutputFollower implements OutputWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private ended = false;

  /**
   * @param storage the queue's folder
   * @param printed may be called more often than the attempt prints
   */
  constructor(
    private readonly storage: string,
    private readonly task: string,
    private readonly attempt: number,
    private readonly printed: () => void,
  ) {
    this.watchNew();
  }

  /** Watches new folders: an output that exceeds its limit gets a folder for its tail. */
  watchNew(): void {
    const { storage, task, attempt } = this;
    const files = outputNames.map((stream) => outputFile({ storage, task, attempt, stream }));
    const own = files.map((file) => path.basename(file));
    this.watch(path.join(storage, 'output'), (name) => own.some((start) => name.startsWith(start)));
    for (const file of files) this.watch(`${file}.tail`, () => true);
  }

  dispose(): void {
    this.ended = true;
    for (const watcher of this.watchers.values()) watcher.close();
  }

  private watch(folder: string, concerns: (name: string) => boolean): void {
    if (this.ended || this.watchers.has(folder)) return;
    const watcher = watchFolder(folder, (name) => {
      if (name === null || concerns(name)) this.printed();
    });
    if (watcher) this.watchers.set(folder, watcher);
  }
}
