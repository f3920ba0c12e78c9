/** Lets a loop wait for "something has changed" without missing what changes while it is busy. */
export class Bell {
  private rung = 0;
  private readonly waiting = new Set<() => void>();

  /** How often it has rung; pass it to `after`. */
  get count(): number {
    return this.rung;
  }

  ring(): void {
    this.rung += 1;
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }

  /** Resolves when it has rung more often than `count`: at once, or with the next ring. */
  after(count: number): Promise<void> {
    if (this.rung > count) return Promise.resolve();
    return new Promise((resolve) => this.waiting.add(resolve));
  }
}
