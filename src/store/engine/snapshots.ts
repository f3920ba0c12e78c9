/** Builds the snapshots and backups of an open store one at a time, and removes the files that they replace. */

import type { Log } from '../../core/log';
import type { FilesToAttach } from './database';
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
   * Builds the snapshot at `position`, the state after frame `sequence`, then removes the files before it if
   * `mayRemove` allows it. Resolves with its size in bytes; undefined if it failed, which is logged and loses nothing.
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
      log.error(
        `The snapshot of ${folder} failed; the journal is kept, and the snapshot will be retried`,
        error,
      );
      return undefined;
    }
  }

  /** Writes the state after frame `sequence` as a plain SQLite file; resolves with its size in bytes. */
  backup(file: string, sequence: number, attach: FilesToAttach | undefined): Promise<number> {
    return this.inTurn((signal) =>
      this.build({ folder: this.folder, sequence, target: file, attach }, signal),
    );
  }

  /** Waits for the build in progress. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** Aborts the build in progress. */
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
