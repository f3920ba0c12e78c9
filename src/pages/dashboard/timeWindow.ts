/** The part of time that the timeline shows. Pure; times are milliseconds since 1970. */

export interface TimeWindow {
  from: number;
  to: number;
}

/** The least that can be seen at once. */
const shortest = 1_000;

/**
 * Shows `factor` times as much, around `centre`; all of it when that is more than there is.
 * @param all what there is to show
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

/** Moves by `share` of what is shown: later where it is positive. */
export function moved({ from, to }: TimeWindow, share: number, all: TimeWindow): TimeWindow {
  const step = (to - from) * share;
  return within({ from: from + step, to: to + step }, all);
}

/** Whether it shows all, give or take a pixel. */
export function showsAll(window: TimeWindow, all: TimeWindow): boolean {
  return window.to - window.from >= (all.to - all.from) * 0.999;
}

/** The window, pushed back inside. */
function within({ from, to }: TimeWindow, all: TimeWindow): TimeWindow {
  const shift = Math.max(0, all.from - from) + Math.min(0, all.to - to);
  return { from: Math.max(all.from, from + shift), to: Math.min(all.to, to + shift) };
}
