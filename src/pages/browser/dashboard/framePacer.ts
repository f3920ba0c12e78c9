/** Draws on request: at most once per frame, and leaving most of the time for other work. */

/** Time left for other work, as a multiple of the time that drawing took. */
const rest = 3;
/** Milliseconds of drawing that need no rest. */
const quick = 4;

export class FramePacer {
  #busy = false;
  #again = false;

  constructor(private readonly draw: () => void) {}

  ask(): void {
    this.#again = this.#busy;
    if (this.#busy) return;
    this.#busy = true;
    requestAnimationFrame(() => {
      const start = performance.now();
      this.draw();
      // The canvases are painted in microtasks that follow.
      setTimeout(() => this.#drawn(start));
    });
  }

  #drawn(start: number): void {
    const took = performance.now() - start;
    performance.clearMeasures('sparkq:drawn');
    performance.measure('sparkq:drawn', { start, duration: took });
    if (took < quick) this.#free();
    else setTimeout(() => this.#free(), took * rest);
  }

  #free(): void {
    this.#busy = false;
    if (this.#again) this.ask();
  }
}
