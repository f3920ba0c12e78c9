/** Follows the events of an owner over HTTP, and resumes when the connection breaks. */

import type { IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import { type Clock, sleep, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { QueueEvent, QueueListener } from '../../core/events';
import { pingInterval } from '../../core/protocol';
import type { Connection } from './connection';

/** Milliseconds without data after which the connection counts as broken. */
const silenceLimit = 3 * pingInterval;
/** Milliseconds between two tries to reconnect: the first, doubled up to the longest. */
const firstDelay = 100;
const longestDelay = 5_000;

/** Called when the connection is lost; `error` says why it could not be restored at once. */
export type LossListener = (error: QueueError) => void;

export class EventStream {
  /** Resolves once connected, or when the first try has failed. Never rejects. */
  readonly opened: Promise<void>;
  #lastId: string | undefined;
  #response: IncomingMessage | undefined;
  readonly #closing = new AbortController();

  constructor(
    private readonly connection: Connection,
    private readonly clock: Clock,
    private readonly listener: QueueListener,
    private readonly onLoss: LossListener,
    after: string | undefined,
  ) {
    this.#lastId = after;
    this.opened = new Promise((resolve) => void this.#run(resolve));
  }

  close(): void {
    this.#closing.abort();
    this.#response?.destroy();
  }

  async #run(opened: () => void): Promise<void> {
    let delay = firstDelay;
    for (let first = true; !this.#closed; first = false) {
      // Without an id there is nothing to resume from: what happened meanwhile is unknown.
      const missed = !first && this.#lastId === undefined;
      try {
        const response = await this.#connect();
        opened();
        delay = firstDelay;
        if (missed) this.#pass({ id: '0-0', type: 'reset', at: toInstant(this.clock.now()) });
        await this.#follow(response);
      } catch (error) {
        opened();
        if (this.#closed) return;
        this.onLoss(error as QueueError);
        if (!QueueError.is(error, 'unavailable')) return;
        await sleep(delay, this.clock, this.#closing.signal);
        delay = Math.min(delay * 2, longestDelay);
      }
    }
  }

  async #connect(): Promise<IncomingMessage> {
    const headers: Record<string, string> =
      this.#lastId === undefined ? {} : { 'last-event-id': this.#lastId };
    const response = await this.connection.open('/api/events', headers, silenceLimit);
    if (this.#closed) response.destroy();
    this.#response = response;
    return response;
  }

  /** Passes events on; resolves when the connection has ended, however it did. */
  #follow(response: IncomingMessage): Promise<void> {
    const parser = createParser({
      onEvent: ({ id, data }) => {
        if (id !== undefined) this.#lastId = id;
        this.#pass(JSON.parse(data) as QueueEvent);
      },
    });
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => parser.feed(chunk));
    // Whatever broke the connection, it is restored.
    response.on('error', () => {});
    return new Promise((resolve) => response.once('close', resolve));
  }

  #pass(event: QueueEvent): void {
    if (!this.#closed) this.listener(event);
  }

  get #closed(): boolean {
    return this.#closing.signal.aborted;
  }
}
