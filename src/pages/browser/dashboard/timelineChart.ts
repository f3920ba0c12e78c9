/** The timeline's canvas: axis and cursor are uPlot's, the bars are painted on top of it. */

import uPlot from 'uplot';
import type { Lane, LaneBar } from '../../dashboard/runLanes';
import type { TimeWindow } from '../../dashboard/timeWindow';
import type { DashboardL10n } from './dashboardL10n';
import type { Palette } from './palette';
import { paintOrder, RunPainter } from './runPainter';
import { inset, laneGap, laneHeight, layOutBars, rowHeight } from './timelineLayout';

const axisHeight = 34;
const paddingRight = 16;
/** Half of the width of a time under the axis. */
const halfLabel = 30;
/** Pixels that a plot has at least. */
const narrowest = 100;
/** Pixels beside a bar that still mean it. */
const reach = 4;
/** The least width of a drag that selects a period, in pixels. */
const dragged = 6;

export interface TimelinePicture {
  lanes: readonly Lane[];
  window: TimeWindow;
  now: number;
  palette: Palette;
  chosen: LaneBar | null;
}

export interface TimelineEvents {
  /** The pointer is over this bar, or over none. */
  point(bar: LaneBar | null): void;
  open(bar: LaneBar): void;
  select(window: TimeWindow): void;
  showAll(): void;
  /** By a share of the time shown. */
  move(share: number): void;
  zoom(factor: number, centre: number): void;
}

export function timelineHeight(lanes: readonly Lane[]): number {
  return lanes.reduce((height, lane) => height + laneHeight(lane), axisHeight);
}

export class TimelineChart {
  /** Created after the first layout: measuring before would force another one. */
  #plot: uPlot | undefined;
  readonly #now = document.createElement('div');
  readonly #resizing: ResizeObserver;
  #picture: TimelinePicture;
  #painter: RunPainter;

  constructor(
    host: HTMLElement,
    private readonly l10n: DashboardL10n,
    private readonly events: TimelineEvents,
    picture: TimelinePicture,
  ) {
    this.#picture = picture;
    this.#painter = new RunPainter(picture.palette, devicePixelRatio);
    this.#now.className = 'now-line';
    this.#resizing = new ResizeObserver(([entry]) => {
      if (entry) this.#fit(host, Math.max(narrowest, Math.floor(entry.contentRect.width)));
    });
    this.#resizing.observe(host);
  }

  draw(picture: TimelinePicture): void {
    if (picture.palette !== this.#picture.palette || this.#painter.scale !== devicePixelRatio) {
      this.#painter = new RunPainter(picture.palette, devicePixelRatio);
    }
    this.#picture = picture;
    if (this.#plot) this.#drawAt(this.#plot, this.#plot.width);
  }

  #fit(host: HTMLElement, width: number): void {
    const plot = this.#plot ?? this.#makePlot(host, width);
    this.#plot = plot;
    if (width !== plot.width) this.#drawAt(plot, width);
  }

  #makePlot(host: HTMLElement, width: number): uPlot {
    const plot = new uPlot(this.#options(width), this.#data(), host);
    plot.over.append(this.#now);
    this.#placeNow();
    this.#listen(plot);
    return plot;
  }

  #drawAt(plot: uPlot, width: number): void {
    const height = timelineHeight(this.#picture.lanes);
    plot.batch(() => {
      if (width !== plot.width || height !== plot.height) plot.setSize({ width, height });
      plot.setData(this.#data());
    });
    this.#placeNow();
  }

  /** The ends of the window: uPlot derives its scale from them. */
  #data(): uPlot.AlignedData {
    const { from, to } = this.#picture.window;
    return [
      [from, to],
      [null, null],
    ];
  }

  #placeNow(): void {
    const {
      window: { from, to },
      now,
    } = this.#picture;
    this.#now.hidden = now < from || now > to;
    this.#now.style.left = `${((now - from) / (to - from)) * 100}%`;
  }

  /** The position of a bar, in pixels of the host. */
  placeOf({ run, row }: LaneBar): { x: number; y: number } {
    const { from, to } = this.#picture.window;
    const middle = (Math.max(from, run.start) + Math.min(to, run.end ?? this.#picture.now)) / 2;
    let top = laneGap / 2;
    for (const lane of this.#picture.lanes) {
      if (lane.streamId === run.stream_id) break;
      top += laneHeight(lane);
    }
    return { x: this.#plot?.valToPos(middle, 'x') ?? 0, y: top + row * rowHeight };
  }

  destroy(): void {
    this.#resizing.disconnect();
    this.#plot?.destroy();
  }

  #options(width: number): uPlot.Options {
    const colour = (name: 'muted' | 'grid') => () => this.#picture.palette[name];
    return {
      width,
      height: timelineHeight(this.#picture.lanes),
      ms: 1,
      padding: [0, paddingRight, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: dragged },
        bind: {
          dblclick: () => () => {
            this.events.showAll();
            return null;
          },
        },
      },
      scales: {
        x: { time: true, range: () => [this.#picture.window.from, this.#picture.window.to] },
        y: { range: [0, 1] },
      },
      series: [{}, { show: false }],
      axes: [
        {
          stroke: colour('muted'),
          font: this.#picture.palette.font,
          size: axisHeight,
          space: 80,
          grid: { stroke: colour('grid'), width: 1 },
          ticks: { stroke: colour('grid'), width: 1, size: 4 },
          values: (plot, splits, _axis, _space, step) => {
            // No label is better than one that is cut off at the edge.
            const { from, to } = this.#picture.window;
            const fits = (at: number) => {
              const x = ((at - from) / (to - from)) * (plot.width - paddingRight);
              return x > halfLabel && x < plot.width - halfLabel;
            };
            return splits.map((at) => (fits(at) ? this.l10n.tick(at, step) : ''));
          },
        },
        { show: false },
      ],
      hooks: {
        draw: [(plot) => this.#paint(plot)],
        setSelect: [(plot) => this.#selected(plot)],
      },
    };
  }

  #paint({ ctx, bbox }: uPlot): void {
    const { lanes, palette } = this.#picture;
    const { scale } = this.#painter;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = palette.grid;
    let top = bbox.top + (laneGap / 2) * scale;
    for (const lane of lanes) {
      const line = top + (lane.rows * rowHeight + laneGap / 2) * scale;
      ctx.fillRect(bbox.left, Math.round(line), bbox.width, scale);
      top += laneHeight(lane) * scale;
    }
    const { layers, chosen } = layOutBars(this.#picture, bbox, scale);
    const height = (rowHeight - 2 * inset) * scale;
    for (const state of paintOrder) {
      const places = layers.get(state) ?? [];
      for (let at = 0; at < places.length; at += 3) {
        const [left = 0, right = 0, above = 0] = [places[at], places[at + 1], places[at + 2]];
        this.#painter.paint(ctx, state, left, right, above, height);
      }
    }
    if (chosen) {
      const { left, right, above } = chosen;
      const room = 2 * scale;
      ctx.strokeStyle = palette.focus;
      ctx.lineWidth = room;
      ctx.strokeRect(left - room, above - room, Math.max(room, right - left) + 2 * room, height + 2 * room);
    }
    ctx.restore();
  }

  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < dragged) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.events.select({ from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') });
  }

  #listen(plot: uPlot): void {
    const { over } = plot;
    over.addEventListener('mousemove', (event) => this.events.point(this.#barAt(plot, event)));
    over.addEventListener('mouseleave', () => this.events.point(null));
    over.addEventListener('click', (event) => {
      const bar = this.#barAt(plot, event);
      if (bar) this.events.open(bar);
    });
    over.addEventListener(
      'wheel',
      (event) => {
        const along = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
        const zooms = event.ctrlKey || event.metaKey;
        // Vertical scrolling is left to the page.
        if (!zooms && along === 0) return;
        event.preventDefault();
        if (zooms) this.events.zoom(Math.exp(event.deltaY / 300), plot.posToVal(event.offsetX, 'x'));
        else this.events.move(along / over.clientWidth);
      },
      { passive: false },
    );
  }

  /** The bar under the pointer or near it, preferring the same row. */
  #barAt(plot: uPlot, { offsetX, offsetY }: MouseEvent): LaneBar | null {
    const { lanes, now } = this.#picture;
    const [from, at, to] = [-reach, 0, reach].map((shift) => plot.posToVal(offsetX + shift, 'x'));
    if (from === undefined || at === undefined || to === undefined) return null;
    let top = laneGap / 2;
    for (const lane of lanes) {
      const height = laneHeight(lane);
      if (offsetY < top + height) {
        const row = Math.floor((offsetY - top) / rowHeight);
        const distance = ({ run, row: own }: LaneBar): number => {
          const end = run.end ?? now;
          return Math.max(0, run.start - at, at - end) + Math.abs(own - row) * (to - from);
        };
        const near = lane.bars.filter(({ run }) => run.start <= to && (run.end ?? now) >= from);
        return near.sort((a, b) => distance(a) - distance(b))[0] ?? null;
      }
      top += height;
    }
    return null;
  }
}
