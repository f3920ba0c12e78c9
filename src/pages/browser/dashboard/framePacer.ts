/** Draws when asked to: once for each picture of the screen at most, and so that most of the time is left for others. */

/** How much time is left for others, as a multiple of what drawing took. */
const rest = 3;
/** Milliseconds of drawing that nobody notices. */
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
      const begun = performance.now();
      this.draw();
      // The canvases are painted in microtasks after this one.
      setTimeout(() => this.#drawn(begun));
    });
  }

  #drawn(begun: number): void {
    const took = performance.now() - begun;
    performance.clearMeasures('sparkq:drawn');
    performance.measure('sparkq:drawn', { start: begun, duration: took });
    if (took < quick) this.#free();
    else setTimeout(() => this.#free(), took * rest);
  }

  #free(): void {
    this.#busy = false;
    if (this.#again) this.ask();
  }
}
