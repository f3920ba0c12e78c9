/** The run of which this process is a part: what it may say of itself. It needs no queue: the files of the run carry it. */

import * as fs from 'node:fs';
import { isAbsolute } from 'node:path';
import { QueueError } from '../core/errors';
import { isId } from '../core/ids';
import { readJson, replaceFile } from '../system/wholeFiles';
import { checkedWord, type KeptWord, type LastWord } from './lastWord';
import { boundVariables, type Progress, proofOf, type RunPaths, type RunSpec, runPaths } from './runFiles';

export class BoundRun {
  private readonly paths: RunPaths;

  private constructor(
    storage: string,
    readonly task: string,
    private readonly attempt: number,
    private readonly proof: string,
  ) {
    this.paths = runPaths(storage, task, attempt);
  }

  /** Null for a process of no run. */
  static in(env: NodeJS.ProcessEnv): BoundRun | null {
    const [storage = '', task = '', attempt, proof = ''] = boundVariables.map((name) => env[name]);
    const number = Number(attempt);
    if (!isAbsolute(storage) || !isId(task, 'task') || !Number.isInteger(number) || proof === '') return null;
    return new BoundRun(storage, task, number, proof);
  }

  get cancelRequested(): boolean {
    return fs.existsSync(this.paths.cancel);
  }

  /**
   * Shows with the task how far the run is.
   * @param percent null: as it was
   * @throws QueueError `wrong_state` once the run is over
   */
  report({ percent, message }: Progress): void {
    this.needRunning();
    const before = readJson<Progress>(this.paths.progress);
    const progress = {
      percent: percent ?? before?.percent ?? null,
      message: message ?? before?.message ?? null,
    };
    replaceFile(this.paths.progress, JSON.stringify(progress));
  }

  /**
   * Says what came of the run, for when it has ended. What is said last counts.
   * @throws QueueError `wrong_state` once the run is over, `missing_field`, `invalid_field`
   */
  finish(word: LastWord): void {
    const kept: KeptWord = { ...checkedWord(word), proof: this.proof };
    this.needRunning();
    replaceFile(this.paths.word, JSON.stringify(kept), true);
  }

  private needRunning(): void {
    const spec = readJson<RunSpec>(this.paths.spec);
    const runs = spec !== null && proofOf(spec.lease) === this.proof && !fs.existsSync(this.paths.exit);
    if (runs) return;
    throw new QueueError(
      'wrong_state',
      `Attempt ${this.attempt} of task ${this.task} is over, or this program is no part of it`,
      'What it says does not count any more. Stop working on it.',
    );
  }
}
