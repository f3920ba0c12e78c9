/** Progress of a run, in a file that the host watches. */

import { Coalescer } from '../core/coalescer';
import { replaceFile } from '../system/wholeFiles';
import type { Progress } from './runFiles';

/** A script may report as often as it likes; the file is written at most this often, milliseconds. */
const writeEvery = 500;

export class ProgressFile {
  private latest: Progress | null = null;
  private readonly writing = new Coalescer(() => this.write(), { gap: writeEvery });

  constructor(private readonly file: string) {}

  get current(): Progress | null {
    return this.latest;
  }

  report(progress: Progress): void {
    this.latest = progress;
    this.writing.request();
  }

  /** The exit record takes over from here. */
  close(): void {
    this.writing.stop();
  }

  private write(): void {
    try {
      replaceFile(this.file, JSON.stringify(this.latest));
    } catch {
      // A full disk costs the view of progress, not the run; the exit record carries the last one.
    }
  }
}
