/** Has the snapshots and backups of an open store built, one at a time, and removes what they make needless. */

import type { Log } from '../../core/log';
import type { StorePosition } from './fileNames';
import type { Files } from './files';
import { removeOldFiles } from './snapshot';
import type { SnapshotBuilder } from './snapshotThread';

export class Snapshots {
  private running: Promise<unknown> = Promise.resolve();
  private under: AbortController | undefined;

  constructor(
    private readonly folder: string,
    private readonly files: Files,
    private readonly build: SnapshotBuilder,
    private readonly log: Log,
  ) {}

  /** Whether one is being built. */
  get busy(): boolean {
    return this.under !== undefined;
  }

  /**
   * Builds the snapshot of `position`, the state after frame `sequence`, then removes the files before it unless
   * `mayRemove` says no. Resolves with its size in bytes; undefined when it failed, which is logged and loses nothing.
   */
  async make(
    position: StorePosition,
    sequence: number,
    mayRemove: () => Promise<boolean>,
  ): Promise<number | undefined> {
    const { folder, files, build, log } = this;
    try {
      return await this.inTurn(async (signal) => {
        const bytes = await build({ folder, sequence, target: position }, signal);
        if (await mayRemove()) await removeOldFiles(files, folder, position);
        return bytes;
      });
    } catch (error) {
      log.error(`A snapshot of ${folder} failed; the journal is kept, and it is tried again later`, error);
      return undefined;
    }
  }

  /** Writes the state after frame `sequence` as a plain SQLite file; resolves with its size in bytes. */
  backup(file: string, sequence: number): Promise<number> {
    return this.inTurn((signal) => this.build({ folder: this.folder, sequence, target: file }, signal));
  }

  /** Waits for what is being built. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** Ends what is being built. */
  async stop(): Promise<void> {
    this.under?.abort();
    await this.running;
  }

  private inTurn(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
    const mine = this.running.then(async () => {
      const controller = new AbortController();
      this.under = controller;
      try {
        return await work(controller.signal);
      } finally {
        this.under = undefined;
      }
    });
    this.running = mine.catch(() => undefined);
    return mine;
  }
}
