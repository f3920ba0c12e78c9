/** The progress of a run, in a file that the process looking after the run watches. */

import { Coalescer } from '../../core/coalescer';
import { replaceFile } from '../../system/wholeFiles';
import type { Progress } from '../runFiles';

/** A script may report as often as it likes; the file is written at most this often, milliseconds. */
const writeInterval = 500;

export class ProgressFile {
  private latest: Progress | null = null;
  private readonly writing = new Coalescer(() => this.write(), { gap: writeInterval });

  constructor(private readonly file: string) {}

  get current(): Progress | null {
    return this.latest;
  }

  report(progress: Progress): void {
    this.latest = progress;
    this.writing.request();
  }

  /** From here on a check is at work. */
  check(): void {
    this.latest = { percent: null, message: null, ...this.latest, checking: true };
    this.write();
  }

  /** From here on the exit record has the progress. */
  close(): void {
    this.writing.stop();
  }

  private write(): void {
    try {
      replaceFile(this.file, JSON.stringify(this.latest));
    } catch {
      // On a full disk the progress is not shown, but the run goes on; the exit record has the last one.
    }
  }
}
