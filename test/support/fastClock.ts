import { type Clock, systemClock, type Timer } from '../../src/core/clock';

/** The system's time, until `speedUp` is called: from then on it passes 20 times as fast. */
export class FastClock implements Clock {
  private speed = 1;
  private began = 0;

  now(): number {
    return systemClock.now();
  }

  monotonic(): number {
    return this.began + (systemClock.monotonic() - this.began) * this.speed;
  }

  after(ms: number, callback: () => void): Timer {
    return systemClock.after(ms / this.speed, callback);
  }

  speedUp(): void {
    this.began = systemClock.monotonic();
    this.speed = 20;
  }
}
