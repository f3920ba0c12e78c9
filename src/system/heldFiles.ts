/**
 * Files that other programs hold open. Windows then refuses to open, rename, replace or remove them, and a virus
 * scanner, an index or one of our own readers may be the reason at any moment, mostly for milliseconds: what was refused
 * is tried again. Elsewhere a refusal is an answer, and nothing is tried again.
 */

import * as fs from 'node:fs';
import { sleep, systemClock } from '../core/clock';
import { messageOf, QueueError } from '../core/errors';
import { isErrno } from './errno';

/** How long to try again, and the pause before the next try, which doubles up to `longestPause`; milliseconds. */
const patience = 5_000;
const firstPause = 1;
const longestPause = 100;

/** How time passes between two tries; tests replace it. */
export interface Pace {
  /** Milliseconds of a monotonic clock. */
  now(): number;
  pause(ms: number): void;
  sleep(ms: number): Promise<void>;
  /** Milliseconds after which to give up. */
  patience: number;
}

const cell = new Int32Array(new SharedArrayBuffer(4));

export const realPace: Pace = {
  now: systemClock.monotonic,
  pause: (ms) => void Atomics.wait(cell, 0, 0, ms),
  sleep,
  patience,
};

/** Files that were refused for all that time. They are tried once from then on, so that a poll does not block its process. */
const stuck = new Set<string>();

/**
 * Does something with a file, on Windows again and again while it is held.
 * @throws what `work` throws; QueueError `unavailable` with it as the cause once patience is over
 */
export function whenFreeSync<T>(file: string, work: () => T, pace: Pace = realPace): T {
  let tries: Tries | undefined;
  for (;;) {
    try {
      const answer = work();
      if (stuck.size > 0) stuck.delete(file);
      return answer;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      tries ??= new Tries(file, pace);
      pace.pause(tries.nextPause(error));
    }
  }
}

/** `whenFreeSync` for work that does not block. */
export async function whenFree<T>(file: string, work: () => Promise<T>, pace: Pace = realPace): Promise<T> {
  let tries: Tries | undefined;
  for (;;) {
    try {
      const answer = await work();
      if (stuck.size > 0) stuck.delete(file);
      return answer;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      tries ??= new Tries(file, pace);
      await pace.sleep(tries.nextPause(error));
    }
  }
}

function isRefusal(error: unknown): boolean {
  return process.platform === 'win32' && isErrno(error, 'EPERM', 'EACCES', 'EBUSY');
}

class Tries {
  private readonly giveUpAt: number;
  private next = firstPause;

  constructor(
    private readonly file: string,
    private readonly pace: Pace,
  ) {
    this.giveUpAt = stuck.has(file) ? 0 : pace.now() + pace.patience;
  }

  /** How long to wait, in milliseconds, after a refusal. */
  nextPause(refusal: unknown): number {
    if (this.pace.now() >= this.giveUpAt) throw this.surrender(refusal);
    const pause = this.next;
    this.next = Math.min(longestPause, pause * 2);
    return pause;
  }

  private surrender(refusal: unknown): QueueError {
    stuck.add(this.file);
    return new QueueError(
      'unavailable',
      `Windows does not let go of ${this.file} (${messageOf(refusal)})`,
      'Another program has it open, such as a virus scanner or a backup, or you may not change it: close that program or mend the permissions, and try again',
      undefined,
      { cause: refusal },
    );
  }
}

/** Renames a file, replacing what has the new name. */
export function renameFile(from: string, to: string): void {
  whenFreeSync(to, () => fs.renameSync(from, to));
}

/** Removes a file, if it exists. */
export function removeFile(file: string): void {
  whenFreeSync(file, () => {
    try {
      fs.unlinkSync(file);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  });
}

/** Removes a file, or with `recursive` a folder, if it exists. */
export async function remove(file: string, { recursive = false } = {}): Promise<void> {
  await whenFree(file, () => fs.promises.rm(file, { recursive, force: true }));
}

let noteLeft: (message: string) => void = () => {};

/** Where this program keeps what could not be tidied up; its log. */
export function onLeftFile(note: (message: string) => void): void {
  noteLeft = note;
}

/** Does something that only tidies up after work that is done: a failure is noted and ends nothing. */
export function tidy(file: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    noteLeft(leftText(file, error));
  }
}

/** `tidy` for work that does not block. */
export async function tidyLater(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    noteLeft(leftText(file, error));
  }
}

function leftText(file: string, error: unknown): string {
  return `${file} could not be tidied up, and stays: ${messageOf(error)}`;
}
