/** A bar for the runs finished in each period: those that succeeded, with those that failed on top. */

import uPlot from 'uplot';
import type { Bucket } from '../../dashboard/runStatistics';
import type { DashboardL10n } from './dashboardL10n';
import type { Palette } from './palette';
import { RunPainter } from './runPainter';

/** Pixels; the style sheet has the same height. */
const height = 180;
const narrowest = 100;

export interface BarsPicture {
  buckets: readonly Bucket[];
  /** Milliseconds that a bar stands for. */
  size: number;
  palette: Palette;
}

export class BarsChart {
  /** Created after the first layout: measuring before would force another one. */
  #plot: uPlot | undefined;
  readonly #resizing: ResizeObserver;
  #picture: BarsPicture;
  #painter: RunPainter;

  /** @param point called with the index of the bar under the pointer */
  constructor(
    host: HTMLElement,
    private readonly l10n: DashboardL10n,
    point: (at: number | null) => void,
    picture: BarsPicture,
  ) {
    this.#picture = picture;
    this.#painter = new RunPainter(picture.palette, devicePixelRatio);
    this.#resizing = new ResizeObserver(([entry]) => {
      const width = Math.max(narrowest, Math.floor(entry?.contentRect.width ?? 0));
      if (!this.#plot) this.#plot = new uPlot(this.#options(width, point), this.#data(), host);
      else if (width !== this.#plot.width) this.#plot.setSize({ width, height });
    });
    this.#resizing.observe(host);
  }

  draw(picture: BarsPicture): void {
    if (picture.palette !== this.#picture.palette) {
      this.#painter = new RunPainter(picture.palette, devicePixelRatio);
    }
    this.#picture = picture;
    this.#plot?.setData(this.#data());
  }

  /** The middle of a bar, in pixels of the host. */
  placeOf(at: number): number {
    const start = this.#picture.buckets[at]?.start ?? 0;
    if (!this.#plot) return 0;
    return this.#plot.over.offsetLeft + this.#plot.valToPos(start + this.#picture.size / 2, 'x');
  }

  destroy(): void {
    this.#resizing.disconnect();
    this.#plot?.destroy();
  }

  #data(): uPlot.AlignedData {
    const { buckets, size } = this.#picture;
    return [
      buckets.map(({ start }) => start + size / 2),
      // No bar instead of an empty one, whose outline would be visible.
      buckets.map(({ succeeded, failed }) => succeeded + failed || null),
      buckets.map(({ succeeded }) => succeeded || null),
    ];
  }

  #options(width: number, point: (at: number | null) => void): uPlot.Options {
    const colour = (name: 'muted' | 'grid') => () => this.#picture.palette[name];
    const bars = uPlot.paths.bars?.({ size: [0.7, 40], radius: 0 });
    const axis = {
      stroke: colour('muted'),
      font: this.#picture.palette.font,
      ticks: { show: false },
    };
    const edge = () => (this.#picture.palette.contrast ? this.#picture.palette.foreground : 'transparent');
    return {
      width,
      height,
      ms: 1,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: {
        x: false,
        y: false,
        points: { show: false },
        drag: { x: false, y: false },
        bind: { dblclick: () => null },
      },
      scales: {
        x: { time: true, range: () => this.#span() },
        y: { range: (_plot, _least, most) => [0, Math.max(4, (most ?? 0) * 1.1)] },
      },
      series: [
        {},
        { paths: bars, points: { show: false }, fill: () => this.#painter.fill('failed'), stroke: edge },
        { paths: bars, points: { show: false }, fill: () => this.#painter.fill('succeeded'), stroke: edge },
      ],
      axes: [
        {
          ...axis,
          size: 28,
          space: 70,
          grid: { show: false },
          values: (_plot, splits, _axis, _space, step) => splits.map((at) => this.l10n.tick(at, step)),
        },
        {
          ...axis,
          size: 44,
          space: 36,
          // Whole runs only.
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
          grid: { stroke: colour('grid'), width: 1 },
          values: (_plot, splits) => splits.map((count) => this.l10n.number(count)),
        },
      ],
      hooks: {
        setCursor: [
          ({ cursor: { left = -1 }, posToVal }) => point(left < 0 ? null : this.#at(posToVal(left, 'x'))),
        ],
      },
    };
  }

  #span(): [number, number] {
    const { buckets, size } = this.#picture;
    const start = buckets[0]?.start ?? 0;
    return [start, (buckets.at(-1)?.start ?? start) + size];
  }

  #at(time: number): number | null {
    const at = Math.floor((time - this.#span()[0]) / this.#picture.size);
    return this.#picture.buckets[at] === undefined ? null : at;
  }
}
