/** Milliseconds to wait for the extension's response to a message. */
const timeout = 5_000;

/**
 * Detects that the extension is gone: it confirms each message at once, but a page outlives an extension host that
 * crashed.
 */
export class ResponseTimeout {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param expired called when a message got no response in time */
  constructor(private readonly expired: () => void) {}

  /** The page has sent a message. */
  sent(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.expired();
    }, timeout);
  }

  /** The extension has sent a message. */
  received(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
