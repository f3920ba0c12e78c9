/** Milliseconds after which nobody is taken to be there. */
const patience = 5_000;

/** Finds out that the extension is gone: it answers each message at once, and a page outlives one that crashed. */
export class Silence {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param begun called when what the page said was not heard */
  constructor(private readonly begun: () => void) {}

  /** The page has said something. */
  said(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.begun();
    }, patience);
  }

  /** Somebody is there. */
  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
