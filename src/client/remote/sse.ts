/** Reads server-sent events out of chunks of text, wherever these are cut. */

export interface SentEvent {
  /** The last id that was sent, with this event or before it. */
  id: string | undefined;
  type: string;
  data: string;
}

export class SseParser {
  /** The line that is not complete yet. */
  #rest = '';
  /** It ends with a CR, which may be half of a CRLF and waits for what follows. */
  #half = false;
  #id: string | undefined;
  #type = '';
  #data: string[] = [];

  /** The events that `chunk` completes. */
  push(chunk: string): SentEvent[] {
    const events: SentEvent[] = [];
    const text = this.#rest + chunk;
    // A long line comes in many chunks, and is looked through when it is complete.
    if (!this.#half && !/[\r\n]/.test(chunk)) {
      this.#rest = text;
      return events;
    }
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    this.#half = this.#rest.endsWith('\r');
    for (const line of lines) {
      if (line !== '') this.#take(line);
      else if (this.#data.length > 0) events.push(this.#finish());
      else this.#type = '';
    }
    return events;
  }

  #take(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'id') this.#id = value;
    else if (name === 'event') this.#type = value;
    else if (name === 'data') this.#data.push(value);
  }

  #finish(): SentEvent {
    const event = {
      id: this.#id,
      type: this.#type === '' ? 'message' : this.#type,
      data: this.#data.join('\n'),
    };
    this.#type = '';
    this.#data = [];
    return event;
  }
}
