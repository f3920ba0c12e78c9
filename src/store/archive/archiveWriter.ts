/** Appends purged tasks to the archive: one line of JSON each, on disk before their rows may go. */

import path from 'node:path';
import type { Instant } from '../../core/clock';
import { messageOf, QueueError } from '../../core/errors';
import { type Files, writeAll } from '../engine/files';
import { type ArchivedTask, lineOf } from './archivedTask';
import { archiveFolder, archiveName, monthOf } from './archiveFiles';

export class ArchiveWriter {
  private readonly folder: string;
  /** The last write failed: its file may end with half a line. */
  private torn = false;

  /** @param generation of the owner, who writes to no other owner's files */
  constructor(
    private readonly files: Files,
    storage: string,
    private readonly generation: number,
  ) {
    this.folder = archiveFolder(storage);
  }

  /**
   * Resolves when all lines are on disk. Must not be called again before that.
   * @param now determines the month
   * @throws QueueError `storage_failed`
   */
  async append(tasks: readonly ArchivedTask[], now: Instant): Promise<void> {
    if (tasks.length === 0) return;
    const file = path.join(this.folder, archiveName({ month: monthOf(now), generation: this.generation }));
    const lines = `${this.torn ? '\n' : ''}${tasks.map(lineOf).join('')}`;
    this.torn = true;
    try {
      await this.write(file, Buffer.from(lines));
    } catch (error) {
      throw new QueueError(
        'storage_failed',
        `The history ${file} could not be written (${messageOf(error)}), so its tasks were not purged.`,
        'Make sure that the folder is writable and the disk has free space, then purge again.',
        undefined,
        { cause: error },
      );
    }
    this.torn = false;
  }

  private async write(file: string, bytes: Uint8Array): Promise<void> {
    const { files, folder } = this;
    const size = (await files.stat(file))?.size;
    if (size === undefined) await files.makeFolder(folder);
    const descriptor = await files.open(file, size === undefined ? 'create' : 'change');
    try {
      await writeAll(files, descriptor, bytes, size);
      await files.datasync(descriptor);
    } finally {
      await files.close(descriptor);
    }
    if (size !== undefined) return;
    await files.syncFolder(folder);
    await files.syncFolder(path.dirname(folder));
  }
}
