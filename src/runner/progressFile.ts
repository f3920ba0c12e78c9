/** Progress of a run, in a file that the host watches. */

import { replaceFile } from '../system/wholeFiles';
import type { Progress } from './runFiles';

/** A script may report as often as it likes; the file is written at most this often, milliseconds. */
const writeEvery = 500;

export class ProgressFile {
  private latest: Progress | null = null;
  private timer: NodeJS.Timeout | null = null;
  private writtenAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly file: string) {}

  get current(): Progress | null {
    return this.latest;
  }

  report(progress: Progress): void {
    this.latest = progress;
    const wait = this.writtenAt + writeEvery - performance.now();
    if (wait <= 0) this.write();
    else this.timer ??= setTimeout(() => this.write(), wait);
  }

  /** The exit record takes over from here. */
  close(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private write(): void {
    this.timer = null;
    this.writtenAt = performance.now();
    try {
      replaceFile(this.file, JSON.stringify(this.latest));
    } catch {
      // A full disk costs the view of progress, not the run; the exit record carries the last one.
    }
  }
}
