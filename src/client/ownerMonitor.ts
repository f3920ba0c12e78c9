/** Watches, from another process, whether the owner of a storage folder is alive and answers. */

import type { Clock, Timer } from '../core/clock';
import { answeringOwner, HeartbeatMonitor, type OwnerInfo } from '../store/ownership/ownerLock';

/** Milliseconds between two looks; the owner's heart beats as often. */
const interval = 1_000;

export class OwnerMonitor {
  /** Kept over several tries to become the owner. */
  readonly heartbeat: HeartbeatMonitor;
  #timer: Timer | undefined;

  constructor(
    private readonly storage: string,
    private readonly clock: Clock,
  ) {
    this.heartbeat = new HeartbeatMonitor(clock);
  }

  /** The owner that is alive and answers, as far as can be told; null when the queue is there to be taken. */
  present(): Promise<OwnerInfo | null> {
    return answeringOwner(this.storage, this.heartbeat);
  }

  /** Calls back, once, when the owner of this generation is no longer there, does not answer, or has a successor. */
  start(generation: number, onGone: () => void): void {
    this.#timer = this.clock.after(interval, () => {
      this.present().then(
        (owner) => {
          if (this.#timer === undefined) return;
          if (owner?.generation !== generation) onGone();
          else this.start(generation, onGone);
        },
        // The folder cannot be read just now: the next look will tell.
        () => this.#timer && this.start(generation, onGone),
      );
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
