/** Paints runs. Colour, pattern and height each show a run's state, so that one of them is enough. */

import type { RunState } from '../../dashboard/runStates';
import type { Colour, Palette } from './palette';

interface RunStyle {
  colour: Colour;
  pattern: 'plain' | 'hatched' | 'striped' | 'dotted' | 'hollow';
  /** As a share of its row. */
  height: number;
}

export const runStyles: Readonly<Record<RunState, RunStyle>> = {
  succeeded: { colour: 'succeeded', pattern: 'plain', height: 0.6 },
  failed: { colour: 'failed', pattern: 'hatched', height: 1 },
  timeout: { colour: 'late', pattern: 'striped', height: 1 },
  couldNotStart: { colour: 'failed', pattern: 'hollow', height: 1 },
  interrupted: { colour: 'interrupted', pattern: 'dotted', height: 0.8 },
  cancelled: { colour: 'muted', pattern: 'hollow', height: 0.6 },
  limited: { colour: 'waiting', pattern: 'striped', height: 0.4 },
  released: { colour: 'muted', pattern: 'dotted', height: 0.4 },
  running: { colour: 'running', pattern: 'plain', height: 0.6 },
};

/** States that are rare and matter are painted over frequent ones. */
export const paintOrder: readonly RunState[] = [
  'succeeded',
  'released',
  'limited',
  'cancelled',
  'running',
  'interrupted',
  'couldNotStart',
  'timeout',
  'failed',
];

const narrowest = 2;
/** The least width at which a pattern or an outline is visible. */
const patterned = 4;

export class RunPainter {
  readonly #patterns = new Map<string, CanvasPattern | string>();

  constructor(
    readonly palette: Palette,
    /** Canvas pixels per CSS pixel. */
    readonly scale: number,
  ) {}

  /** Paints a run between `left` and `right` in a row of this height, in canvas pixels. */
  paint(
    context: CanvasRenderingContext2D,
    state: RunState,
    left: number,
    right: number,
    top: number,
    height: number,
  ): void {
    const mark = runStyles[state];
    const width = Math.max(narrowest * this.scale, right - left);
    const tall = Math.max(2, Math.round(height * mark.height));
    const above = Math.round(top + (height - tall) / 2);
    const colour = this.palette[mark.colour];
    const wide = width >= patterned * this.scale;
    if (mark.pattern === 'hollow' && wide) {
      this.#outline(context, colour, left, above, width, tall);
      return;
    }
    context.fillStyle = wide ? this.fill(state) : colour;
    context.fillRect(left, above, width, tall);
    if (wide && (mark.pattern !== 'plain' || this.palette.contrast)) {
      this.#outline(
        context,
        mark.pattern === 'plain' ? this.palette.foreground : colour,
        left,
        above,
        width,
        tall,
      );
    }
    if (state === 'running') this.#openEnd(context, left + width, above, tall);
  }

  /** The fill of this state. */
  fill(state: RunState): CanvasPattern | string {
    const { colour, pattern } = runStyles[state];
    const known = this.#patterns.get(`${colour} ${pattern}`);
    const fill = known ?? this.#makeFill(this.palette[colour], pattern);
    if (!known) this.#patterns.set(`${colour} ${pattern}`, fill);
    return fill;
  }

  /** An arrow: the run continues. */
  #openEnd(context: CanvasRenderingContext2D, x: number, top: number, height: number): void {
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x + height / 2, top + height / 2);
    context.lineTo(x, top + height);
    context.fill();
  }

  #outline(
    context: CanvasRenderingContext2D,
    colour: string,
    left: number,
    top: number,
    width: number,
    height: number,
  ): void {
    context.strokeStyle = colour;
    context.lineWidth = this.scale;
    const inset = this.scale / 2;
    context.strokeRect(left + inset, top + inset, width - this.scale, height - this.scale);
  }

  #makeFill(colour: string, pattern: RunStyle['pattern']): CanvasPattern | string {
    if (pattern === 'plain' || pattern === 'hollow') return colour;
    const size = Math.round(6 * this.scale);
    const tile = new OffscreenCanvas(size, size);
    const context = tile.getContext('2d');
    if (!context) return colour;
    context.fillStyle = colour;
    context.strokeStyle = colour;
    context.globalAlpha = 0.35;
    context.fillRect(0, 0, size, size);
    context.globalAlpha = 1;
    context.lineWidth = size / 3;
    if (pattern === 'striped') context.fillRect(0, 0, size / 2, size);
    if (pattern === 'dotted') context.fillRect(0, 0, size / 2, size / 2);
    if (pattern === 'hatched') {
      context.beginPath();
      for (const shift of [-size, 0, size]) {
        context.moveTo(shift - 1, size + 1);
        context.lineTo(shift + size + 1, -1);
      }
      context.stroke();
    }
    return context.createPattern(tile, 'repeat') ?? colour;
  }
}
