/** Watches from another process whether the owner of a storage folder is alive and responds. */

import type { Clock, Timer } from '../core/clock';
import { answeringOwner, HeartbeatMonitor, type OwnerInfo } from '../store/ownership/ownerLock';

/** Milliseconds between two checks; as long as between two heartbeats of the owner. */
const interval = 1_000;

export class OwnerMonitor {
  /** Kept over all tries to become the owner. */
  readonly heartbeat: HeartbeatMonitor;
  #timer: Timer | undefined;

  constructor(
    private readonly storage: string,
    private readonly clock: Clock,
  ) {
    this.heartbeat = new HeartbeatMonitor(clock);
  }

  /** The owner, as far as can be told from here; null when there is none, so that the queue may be taken over. */
  respondingOwner(): Promise<OwnerInfo | null> {
    return answeringOwner(this.storage, this.heartbeat);
  }

  /** Calls back once, when the owner of this generation has ended, does not respond, or has a successor. */
  start(generation: number, onGone: () => void): void {
    this.#timer = this.clock.after(interval, () => {
      this.respondingOwner().then(
        (owner) => {
          if (this.#timer === undefined) return;
          if (owner?.generation !== generation) onGone();
          else this.start(generation, onGone);
        },
        // The folder cannot be read at the moment: checked again next time.
        () => this.#timer && this.start(generation, onGone),
      );
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
