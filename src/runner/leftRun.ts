/** A run that is over in the queue, and that the process which looked after it left behind when it was killed. */

import type { Clock } from '../core/clock';
import type { Log } from '../core/log';
import { createFile } from '../system/wholeFiles';
import { writeKeeper } from './launch';
import type { OtherRun } from './otherRuns';
import { RunEnd } from './runEnd';
import { removeRunFiles } from './runFiles';

export class LeftRun {
  /** Resolves when nothing runs any more and the files are gone. */
  readonly ended: Promise<void>;
  private readonly end: RunEnd;

  /** Ends the script if it still runs, since another attempt may follow. */
  constructor(
    { id, attempts, paths }: OtherRun,
    host: { storage: string; clock: Clock; log: Log; graceMs: number },
  ) {
    writeKeeper(paths);
    createFile(paths.cancel, '');
    this.end = new RunEnd({ ...host, task: id, attempt: attempts, paths, supervisor: null });
    this.ended = this.end.exit.then(() => removeRunFiles(host.storage, id, attempts));
  }

  /** Call it every second or so. */
  check(): void {
    this.end.check();
  }

  detach(): void {
    this.end.stop();
  }
}
