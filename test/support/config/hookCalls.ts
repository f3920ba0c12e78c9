import type { HookEvent } from '../../../src/store/operations/hooks/hookEvents';

/** What was told, in words; `told` resolves when so many calls have been made. */
export class HookCalls {
  readonly all: string[] = [];
  private waiting: { count: number; resolve(): void } | null = null;
  /** Calls wait for it. */
  gate: Promise<void> = Promise.resolve();

  readonly call = async (event: HookEvent): Promise<void> => {
    this.all.push(
      event.hook === 'on_idle'
        ? `on_idle ${event.counts.succeeded}/${event.counts.failed}`
        : `${event.hook} ${event.task.label} ${event.task.status}`,
    );
    if (this.waiting && this.all.length >= this.waiting.count) this.waiting.resolve();
    await this.gate;
  };

  async told(count: number): Promise<string[]> {
    if (this.all.length < count)
      await new Promise<void>((resolve) => {
        this.waiting = { count, resolve };
      });
    return this.all;
  }
}
