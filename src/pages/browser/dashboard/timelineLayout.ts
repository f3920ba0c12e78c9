/** The layout of the timeline's bars on its canvas. Pure. */

import type { Lane, LaneBar } from '../../dashboard/runLanes';
import type { RunState } from '../../dashboard/runStates';
import type { TimeWindow } from '../../dashboard/timeWindow';

/** CSS pixels. */
export const rowHeight = 20;
/** Between two lanes. */
export const laneGap = 14;
/** Above and below a bar, within its row. */
export const inset = 3;
/** How far a bar extends past the edge of the plot, so that its own edge is not visible. */
const overhang = 10;

export function laneHeight({ rows }: Pick<Lane, 'rows'>): number {
  return rows * rowHeight + laneGap;
}

export interface TimelineLayout {
  /** Left, right and top of each bar of a state in one flat list: many small lists would be slow. */
  layers: ReadonlyMap<RunState, readonly number[]>;
  /** The selected bar, if it is visible. */
  chosen: { left: number; right: number; above: number } | undefined;
}

/**
 * The positions of all visible bars, in canvas pixels.
 * @param box the plot, in canvas pixels
 * @param scale canvas pixels per CSS pixel
 */
export function layOutBars(
  {
    lanes,
    window: { from, to },
    now,
    chosen,
  }: { lanes: readonly Lane[]; window: TimeWindow; now: number; chosen: LaneBar | null },
  box: { left: number; top: number; width: number },
  scale: number,
): TimelineLayout {
  const layers = new Map<RunState, number[]>();
  const perMs = box.width / (to - from);
  const [first, last] = [box.left - overhang * scale, box.left + box.width + overhang * scale];
  let chosenPlace: TimelineLayout['chosen'];
  let top = box.top + (laneGap / 2) * scale;
  for (const lane of lanes) {
    for (const { run, row } of lane.bars) {
      const end = run.end ?? Math.max(now, run.start);
      if (end < from || run.start > to) continue;
      const left = Math.max(first, box.left + (run.start - from) * perMs);
      const right = Math.min(last, box.left + (end - from) * perMs);
      const above = top + (row * rowHeight + inset) * scale;
      const layer = layers.get(run.state);
      if (layer) layer.push(left, right, above);
      else layers.set(run.state, [left, right, above]);
      if (chosen && run.task_id === chosen.run.task_id && run.number === chosen.run.number) {
        chosenPlace = { left, right, above };
      }
    }
    top += laneHeight(lane) * scale;
  }
  return { layers, chosen: chosenPlace };
}
