/** The period that the timeline shows. Pure; times are milliseconds since 1970. */

export interface TimeWindow {
  from: number;
  to: number;
}

/** The shortest window. */
const shortest = 1_000;

/**
 * A window `factor` times as long around `centre`, limited to `all`.
 * @param all the whole range
 */
export function zoomed(
  { from, to }: TimeWindow,
  factor: number,
  all: TimeWindow,
  centre = (from + to) / 2,
): TimeWindow {
  const span = Math.min(Math.max((to - from) * factor, shortest), all.to - all.from);
  const share = (centre - from) / (to - from);
  return within({ from: centre - span * share, to: centre + span * (1 - share) }, all);
}

/** Moves by a share of the window's length; later if it is positive. */
export function moved({ from, to }: TimeWindow, share: number, all: TimeWindow): TimeWindow {
  const step = (to - from) * share;
  return within({ from: from + step, to: to + step }, all);
}

/** Whether it shows everything, within a pixel. */
export function showsAll(window: TimeWindow, all: TimeWindow): boolean {
  return window.to - window.from >= (all.to - all.from) * 0.999;
}

/** The window, moved inside `all`. */
function within({ from, to }: TimeWindow, all: TimeWindow): TimeWindow {
  const shift = Math.max(0, all.from - from) + Math.min(0, all.to - to);
  return { from: Math.max(all.from, from + shift), to: Math.min(all.to, to + shift) };
}
