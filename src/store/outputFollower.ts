/**
 * Reports when an attempt prints, by watching its output files. While it has none here, it may run on another host of the
 * queue, whose output is asked for as often as that sends it.
 */

import { existsSync, type FSWatcher } from 'node:fs';
import * as path from 'node:path';
import { type Clock, systemClock, type Timer } from '../core/clock';
import { type OutputWatch, outputNames } from '../core/queue';
import { watchFolder } from '../system/folderWatch';
import { outputFile } from './outputFiles';

/** Milliseconds. */
const askAgain = 2_000;

export class OutputFollower implements OutputWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private ended = false;
  private asking: Timer;

  /**
   * @param storage the queue's folder
   * @param printed may be called more often than the attempt prints
   */
  constructor(
    private readonly storage: string,
    private readonly task: string,
    private readonly attempt: number,
    private readonly printed: () => void,
    private readonly clock: Clock = systemClock,
  ) {
    this.watchNew();
    this.asking = this.askLater();
  }

  /** Watches new folders: an output that exceeds its limit gets a folder for its tail. */
  watchNew(): void {
    const { storage } = this;
    const files = this.files();
    const own = files.map((file) => path.basename(file));
    this.watch(path.join(storage, 'output'), (name) => own.some((start) => name.startsWith(start)));
    for (const file of files) this.watch(`${file}.tail`, () => true);
  }

  dispose(): void {
    this.ended = true;
    this.asking.cancel();
    for (const watcher of this.watchers.values()) watcher.close();
  }

  private files(): string[] {
    const { storage, task, attempt } = this;
    return outputNames.map((stream) => outputFile({ storage, task, attempt, stream }));
  }

  private askLater(): Timer {
    return this.clock.after(askAgain, () => {
      if (this.files().some((file) => existsSync(file))) return;
      this.printed();
      if (!this.ended) this.asking = this.askLater();
    });
  }

  private watch(folder: string, concerns: (name: string) => boolean): void {
    if (this.ended || this.watchers.has(folder)) return;
    const watcher = watchFolder(folder, (name) => {
      if (name === null || concerns(name)) this.printed();
    });
    if (watcher) this.watchers.set(folder, watcher);
  }
}
