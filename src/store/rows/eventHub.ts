/** Publishes durable changes to listeners, in order, and keeps the latest for listeners that reconnect. */

import type { Instant } from '../../core/clock';
import type { EventType, QueueEvent, QueueListener, Unsubscribe } from '../../core/events';
import type { Log } from '../../core/log';

/** An event before it has its number and its time. */
export type EventDraft = Omit<QueueEvent, 'id' | 'at'>;

/** How much is kept: events, and roughly the characters in their rows. */
const mostRemembered = 10_000;
const mostCharacters = 16_000_000;

export class EventHub {
  private readonly listeners = new Set<QueueListener>();
  /** The latest events by number: a map, so that dropping the oldest moves nothing. */
  private readonly remembered = new Map<number, { event: QueueEvent; size: number }>();
  private characters = 0;
  private count: number;

  /**
   * @param generation another number than before if the events are counted anew
   * @param before how many events there have been, where several hosts count their events together
   */
  constructor(
    private readonly generation: number,
    private readonly log: Log,
    private readonly before?: number,
  ) {
    this.count = before ?? 0;
  }

  publish(drafts: readonly EventDraft[], at: Instant): void {
    for (const draft of drafts) {
      this.count += 1;
      const event: QueueEvent = { id: `${this.generation}-${this.count}`, at, ...draft };
      this.remember(event);
      for (const listener of [...this.listeners]) this.notify(listener, event);
    }
  }

  /** There have been `count` events, and not all of them are known. */
  skipTo(count: number, at: Instant): void {
    this.remembered.clear();
    this.characters = 0;
    this.count = count;
    for (const listener of [...this.listeners]) this.notify(listener, this.reset(at));
  }

  /** Publishes what is of this process alone: it is not counted where several hosts count their events together. */
  say(type: EventType, at: Instant): void {
    if (this.before === undefined) {
      this.publish([{ type }], at);
      return;
    }
    const event: QueueEvent = { id: `${this.generation}-${this.count}`, type, at };
    for (const listener of [...this.listeners]) this.notify(listener, event);
  }

  /** See `Queue.subscribe`. Events after `after` are delivered before this returns. */
  subscribe(listener: QueueListener, at: Instant, after?: string): Unsubscribe {
    if (after !== undefined) {
      for (const event of this.since(after) ?? [this.reset(at)]) this.notify(listener, event);
    }
    // A wrapper, so that the same function may subscribe twice.
    const own: QueueListener = (event) => listener(event);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  clear(): void {
    this.listeners.clear();
  }

  /** The events after `id`; undefined if they are not known. */
  private since(id: string): QueueEvent[] | undefined {
    const [generation, number] = id.split('-').map(Number);
    if (generation !== this.generation || number === undefined || !(number >= 0 && number <= this.count)) {
      return undefined;
    }
    const missed = this.count - number;
    if (missed > this.remembered.size) return undefined;
    return Array.from({ length: missed }, (_, at) => this.remembered.get(number + 1 + at)).flatMap(
      (found) => found?.event ?? [],
    );
  }

  private reset(at: Instant): QueueEvent {
    const type: EventType = 'reset';
    return { id: `${this.generation}-${this.count}`, type, at };
  }

  private remember(event: QueueEvent): void {
    const size = sizeOf(event);
    this.remembered.set(this.count, { event, size });
    this.characters += size;
    while (this.remembered.size > mostRemembered || this.characters > mostCharacters) {
      const oldest = this.count - this.remembered.size + 1;
      this.characters -= this.remembered.get(oldest)?.size ?? 0;
      this.remembered.delete(oldest);
    }
  }

  private notify(listener: QueueListener, event: QueueEvent): void {
    try {
      listener(event);
    } catch (error) {
      this.log.error(`A listener failed for ${event.type} ${event.task_id ?? ''}`, error);
    }
  }
}

function sizeOf({ task, schedule }: QueueEvent): number {
  if (task === undefined) return 1000 + 2 * (schedule?.payload.length ?? 0);
  const { payload, result, result_summary: summary, error } = task;
  // The payload counts twice, as text and parsed.
  const texts = 2 * payload.length + (result?.length ?? 0) + (summary?.length ?? 0) + (error?.length ?? 0);
  return 1000 + texts;
}
