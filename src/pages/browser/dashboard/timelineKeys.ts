/** The run that an arrow key selects. */

import type { Lane, LaneBar } from '../../dashboard/runLanes';
import type { TimeWindow } from '../../dashboard/timeWindow';

export type RunKey = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown' | 'Home' | 'End';

/** The next visible bar in that direction; if none is selected, the newest of the first lane. */
export function neighbourOf(
  lanes: readonly Lane[],
  { from, to }: TimeWindow,
  now: number,
  chosen: LaneBar | null,
  key: RunKey,
): LaneBar | undefined {
  const seen = lanes
    .map((lane) => lane.bars.filter(({ run }) => run.start <= to && (run.end ?? now) >= from))
    .filter((bars) => bars.length > 0);
  const at = seen.findIndex((bars) => bars.some((bar) => isSame(bar, chosen)));
  const lane = seen[at];
  if (!lane || !chosen) return seen[0]?.at(-1);
  const place = lane.findIndex((bar) => isSame(bar, chosen));
  switch (key) {
    case 'ArrowLeft':
      return lane[place - 1];
    case 'ArrowRight':
      return lane[place + 1];
    case 'Home':
      return lane[0];
    case 'End':
      return lane.at(-1);
    default:
      return nearest(seen[at + (key === 'ArrowUp' ? -1 : 1)] ?? [], chosen.run.start);
  }
}

function isSame({ run }: LaneBar, other: LaneBar | null): boolean {
  return run.task_id === other?.run.task_id && run.number === other.run.number;
}

function nearest(bars: readonly LaneBar[], start: number): LaneBar | undefined {
  const distance = ({ run }: LaneBar) => Math.abs(run.start - start);
  return bars.reduce<LaneBar | undefined>(
    (best, bar) => (best && distance(best) <= distance(bar) ? best : bar),
    undefined,
  );
}
