/** The timeline's canvas: axis and cursor are uPlot's, the bars are painted on top of it. */

import uPlot from 'uplot';
import type { Lane, LaneBar } from '../../runLanes';
import { type Look, lookOf } from '../../runStatistics';
import type { TimeWindow } from '../../timeWindow';
import { Painter, paintOrder } from './marks';
import type { Palette } from './palette';
import type { Words } from './words';

export const rowHeight = 20;
/** Between two lanes. */
export const laneGap = 14;
const axisHeight = 34;
/** Pixels beside a bar that still mean it. */
const reach = 4;
/** Pixels that a drag must have to mean a stretch of time. */
const dragged = 6;

export interface TimelinePicture {
  lanes: readonly Lane[];
  window: TimeWindow;
  now: number;
  palette: Palette;
  chosen: LaneBar | null;
}

export interface TimelineEvents {
  /** The mouse is over a bar, or over none. */
  point(bar: LaneBar | null): void;
  open(bar: LaneBar): void;
  select(window: TimeWindow): void;
  showAll(): void;
  /** By a share of what is shown. */
  move(share: number): void;
  zoom(factor: number, centre: number): void;
}

export function laneHeight({ rows }: Pick<Lane, 'rows'>): number {
  return rows * rowHeight + laneGap;
}

export class TimelineChart {
  readonly #plot: uPlot;
  readonly #now = document.createElement('div');
  readonly #resizing: ResizeObserver;
  #picture: TimelinePicture;
  #painter: Painter;

  constructor(
    private readonly host: HTMLElement,
    private readonly words: Words,
    private readonly events: TimelineEvents,
    picture: TimelinePicture,
  ) {
    this.#picture = picture;
    this.#painter = new Painter(picture.palette, devicePixelRatio);
    this.#plot = new uPlot(this.#options(), [[], []], host);
    this.#now.className = 'now-line';
    this.#plot.over.append(this.#now);
    this.#listen(this.#plot.over);
    this.#resizing = new ResizeObserver(() => this.draw(this.#picture));
    this.#resizing.observe(host);
  }

  draw(picture: TimelinePicture): void {
    if (picture.palette !== this.#picture.palette || this.#painter.scale !== devicePixelRatio) {
      this.#painter = new Painter(picture.palette, devicePixelRatio);
    }
    this.#picture = picture;
    const size = this.#size();
    const { from, to } = picture.window;
    this.#plot.batch(() => {
      if (size.width !== this.#plot.width || size.height !== this.#plot.height) this.#plot.setSize(size);
      this.#plot.setScale('x', { min: from, max: to });
      this.#plot.redraw(false, true);
    });
    this.tick(picture.now);
  }

  /** Moves the line that stands for the present. */
  tick(now: number): void {
    const { from, to } = this.#picture.window;
    this.#now.hidden = now < from || now > to;
    this.#now.style.transform = `translateX(${this.#plot.valToPos(now, 'x')}px)`;
  }

  /** Where a bar is, in pixels of the host. */
  placeOf({ run, row }: LaneBar): { x: number; y: number } {
    const { from, to } = this.#picture.window;
    const middle = (Math.max(from, run.start) + Math.min(to, run.end ?? this.#picture.now)) / 2;
    let top = laneGap / 2;
    for (const lane of this.#picture.lanes) {
      if (lane.streamId === run.stream_id) break;
      top += laneHeight(lane);
    }
    return { x: this.#plot.valToPos(middle, 'x'), y: top + row * rowHeight };
  }

  destroy(): void {
    this.#resizing.disconnect();
    this.#plot.destroy();
  }

  #size(): { width: number; height: number } {
    const lanes = this.#picture.lanes.reduce((height, lane) => height + laneHeight(lane), 0);
    return { width: Math.max(100, this.host.clientWidth), height: lanes + axisHeight };
  }

  #options(): uPlot.Options {
    const colour = (name: 'muted' | 'grid') => () => this.#picture.palette[name];
    return {
      ...this.#size(),
      ms: 1,
      padding: [0, 16, 0, 0],
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
      scales: { x: { time: true }, y: { range: [0, 1] } },
      series: [{}, { show: false }],
      axes: [
        {
          stroke: colour('muted'),
          font: this.#picture.palette.font,
          size: axisHeight,
          space: 80,
          grid: { stroke: colour('grid'), width: 1 },
          ticks: { stroke: colour('grid'), width: 1, size: 4 },
          values: (_plot, splits, _axis, _space, step) => splits.map((at) => this.words.tick(at, step)),
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
    const { lanes, window, now, palette, chosen } = this.#picture;
    const scale = this.#painter.scale;
    const perMs = bbox.width / (window.to - window.from);
    const xOf = (time: number) => bbox.left + (time - window.from) * perMs;
    const layers = new Map<Look, [left: number, right: number, top: number][]>();
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    let top = bbox.top + (laneGap / 2) * scale;
    let chosenAt: [left: number, right: number, top: number] | undefined;
    for (const lane of lanes) {
      ctx.fillStyle = palette.grid;
      ctx.fillRect(
        bbox.left,
        Math.round(top + (lane.rows * rowHeight + laneGap / 2) * scale),
        bbox.width,
        scale,
      );
      for (const bar of lane.bars) {
        const { run, row } = bar;
        const end = run.end ?? Math.max(now, run.start);
        if (end < window.from || run.start > window.to) continue;
        const place: [number, number, number] = [
          Math.max(bbox.left - 10 * scale, xOf(run.start)),
          Math.min(bbox.left + bbox.width + 10 * scale, xOf(end)),
          top + (row * rowHeight + 3) * scale,
        ];
        const look = lookOf(run);
        const layer = layers.get(look);
        if (layer) layer.push(place);
        else layers.set(look, [place]);
        if (chosen?.run.task_id === run.task_id && chosen.run.number === run.number) chosenAt = place;
      }
      top += laneHeight(lane) * scale;
    }
    const height = (rowHeight - 6) * scale;
    for (const look of paintOrder) {
      for (const [left, right, y] of layers.get(look) ?? []) {
        this.#painter.paint(ctx, look, left, right, y, height);
      }
    }
    if (chosenAt) {
      const [left, right, y] = chosenAt;
      ctx.strokeStyle = palette.focus;
      ctx.lineWidth = 2 * scale;
      ctx.strokeRect(
        left - 2 * scale,
        y - 2 * scale,
        Math.max(2, right - left) + 4 * scale,
        height + 4 * scale,
      );
    }
    ctx.restore();
  }

  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < dragged) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.events.select({ from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') });
  }

  #listen(over: HTMLElement): void {
    over.addEventListener('mousemove', (event) => this.events.point(this.#barAt(event)));
    over.addEventListener('mouseleave', () => this.events.point(null));
    over.addEventListener('click', (event) => {
      const bar = this.#barAt(event);
      if (bar) this.events.open(bar);
    });
    over.addEventListener(
      'wheel',
      (event) => {
        const along = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
        const zooms = event.ctrlKey || event.metaKey;
        // Up and down scroll the page.
        if (!zooms && along === 0) return;
        event.preventDefault();
        if (zooms) this.events.zoom(Math.exp(event.deltaY / 300), this.#plot.posToVal(event.offsetX, 'x'));
        else this.events.move(along / over.clientWidth);
      },
      { passive: false },
    );
  }

  /** The bar under the mouse, or near it; one in the same row before others. */
  #barAt({ offsetX, offsetY }: MouseEvent): LaneBar | null {
    const { lanes, now } = this.#picture;
    const [from, at, to] = [-reach, 0, reach].map((shift) => this.#plot.posToVal(offsetX + shift, 'x'));
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
