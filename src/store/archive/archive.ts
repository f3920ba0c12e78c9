/** The archive of an owner: what purges append to it, what is searched and erased, and how long it is kept. */

import path from 'node:path';
import { Mutex } from 'async-mutex';
import type { Instant } from '../../core/clock';
import type { QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import type { FilesToAttach } from '../engine/database';
import type { Files } from '../engine/files';
import { takenOver } from '../engine/storeErrors';
import { onThread } from '../engine/thread';
import type { ArchivedTask } from './archivedTask';
import { type ArchiveFile, archiveFiles, archiveFolder, archiveName } from './archiveFiles';
import type { ArchiveAnswer, ArchiveOrder } from './archiveOrders';
import { ArchiveWriter } from './archiveWriter';
import type { ArchivePage, ArchiveSearch } from './searchArchive';

export interface ArchiveOptions {
  storage: string;
  /** Of the owner. */
  generation: number;
  /** The folder with `archiveWorker.js`. */
  programs: string;
  files: Files;
  log: Log;
  /** Whether no later owner has taken over: files of other owners are then its to change. */
  stillOurs(): boolean;
}

export interface ArchiveLimits {
  /** Days for which a month is kept after its end. */
  keepDays: number;
  /** Of all files together. */
  bytes: number;
}

const day = 24 * 60 * 60 * 1000;
/** A month that has more than all may have is shortened to this part of it, so that it is not rewritten each time. */
const shortened = 0.75;

export class Archive {
  private readonly folder: string;
  private readonly writer: ArchiveWriter;
  /** Held while something is appended. */
  private readonly writing = new Mutex();
  /** Held by the one thread that reads or rewrites files: Windows replaces none that is open. */
  private readonly thread = new Mutex();
  private readonly stopping = new AbortController();
  private stopped: QueueError | undefined;
  private readonly reported = new Set<string>();

  constructor(private readonly options: ArchiveOptions) {
    const { storage, generation, files } = options;
    this.folder = archiveFolder(storage);
    this.writer = new ArchiveWriter(files, storage, generation);
  }

  /** Resolves when the tasks are on disk. @throws QueueError `storage_failed` */
  append(tasks: readonly ArchivedTask[], now: Instant): Promise<void> {
    return this.writing.runExclusive(() => this.writer.append(tasks, now));
  }

  /** @throws QueueError `unavailable` once stopped */
  async search(search: ArchiveSearch): Promise<ArchivePage> {
    const page = await this.order({ do: 'search', folder: this.folder, search });
    for (const name of page.damaged) {
      if (this.reported.has(name)) continue;
      this.reported.add(name);
      this.options.log.warn(
        `${path.join(this.folder, name)} has lines that cannot be read. They are left out.`,
      );
    }
    return page;
  }

  /** Erases tasks from all files; resolves with the number of lines that they had. */
  async erase(ids: readonly string[]): Promise<number> {
    if (ids.length === 0 || (await this.list()).length === 0) return 0;
    return this.rewrite({ do: 'erase', folder: this.folder, ids });
  }

  /**
   * Removes months that are over for too long, then the oldest ones that are too many.
   * @param now wall-clock milliseconds
   */
  async keepWithin({ keepDays, bytes }: ArchiveLimits, now: number): Promise<void> {
    const months = new Map<string, ArchiveFile[]>();
    for (const file of await this.list()) months.set(file.month, [...(months.get(file.month) ?? []), file]);
    for (const [month, files] of months) {
      if (endOf(month) + keepDays * day > now) continue;
      await this.removeMonth(month, files, `it ended over ${keepDays} days ago`);
      months.delete(month);
    }
    const sizes = new Map<string, number>();
    for (const [month, files] of months) sizes.set(month, await this.sizeOf(files));
    let total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const [month, files] of months) {
      if (total <= bytes) return;
      if (months.size === 1) {
        this.options.log.info(
          `The history of ${month} in ${this.folder} is shortened: it has ${total} bytes.`,
        );
        await this.rewrite({ do: 'shorten', folder: this.folder, month, bytes: bytes * shortened });
        return;
      }
      await this.removeMonth(month, files, `all months have ${total} bytes`);
      months.delete(month);
      total -= sizes.get(month) ?? 0;
    }
  }

  /** The files as they are, for a backup. */
  async files(): Promise<FilesToAttach> {
    return { folder: this.folder, names: (await this.list()).map(archiveName) };
  }

  /** Ends a search in progress with this refusal. */
  stop(reason: QueueError): void {
    this.stopped ??= reason;
    this.stopping.abort();
  }

  private list(): Promise<ArchiveFile[]> {
    return archiveFiles(this.options.files, this.folder);
  }

  private async sizeOf(files: readonly ArchiveFile[]): Promise<number> {
    let size = 0;
    for (const file of files) size += (await this.options.files.stat(this.pathOf(file)))?.size ?? 0;
    return size;
  }

  private async removeMonth(month: string, files: readonly ArchiveFile[], why: string): Promise<void> {
    this.options.log.info(`The history of ${month} in ${this.folder} is removed: ${why}.`);
    await this.thread.runExclusive(async () => {
      this.refuseIfLost();
      for (const file of files) await this.options.files.unlink(this.pathOf(file));
    });
  }

  private pathOf(file: ArchiveFile): string {
    return path.join(this.folder, archiveName(file));
  }

  private rewrite<O extends ArchiveOrder>(order: O): Promise<ArchiveAnswer<O>> {
    return this.writing.runExclusive(() => {
      this.refuseIfLost();
      return this.order(order);
    });
  }

  private refuseIfLost(): void {
    if (this.stopped) throw this.stopped;
    if (!this.options.stillOurs()) throw takenOver(this.options.storage);
  }

  private order<O extends ArchiveOrder>(order: O): Promise<ArchiveAnswer<O>> {
    return this.thread.runExclusive(async () => {
      if (this.stopped) throw this.stopped;
      const { programs } = this.options;
      try {
        return await onThread<O, ArchiveAnswer<O>>('archiveWorker.js', programs, order, this.stopping.signal);
      } catch (error) {
        throw this.stopped ?? error;
      }
    });
  }
}

/** The end of a month such as `2026-01`, milliseconds since 1970. */
function endOf(month: string): number {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return Date.UTC(year, number, 1);
}
