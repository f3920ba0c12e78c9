/** The way from the page to the extension. */

import type { FromTaskPage } from '../../taskPageData';

/** What outlives the page itself, for the next time it is on the screen. */
export interface PageState {
  taskId: string;
  /** Null: the newest. */
  attempt: number | null;
  scrolled: number;
}

interface WebviewHost {
  postMessage(message: FromTaskPage): void;
  getState(): PageState | undefined;
  setState(state: PageState): void;
}

declare function acquireVsCodeApi(): WebviewHost;

const host = acquireVsCodeApi();

/** Milliseconds after which nobody is taken to be there. */
const patience = 5_000;

let waiting: ReturnType<typeof setTimeout> | undefined;
let onSilence = () => {};

export function tell(message: FromTaskPage): void {
  host.postMessage(message);
  waiting ??= setTimeout(() => onSilence(), patience);
}

/** Something was heard: somebody is there. */
export function answered(): void {
  clearTimeout(waiting);
  waiting = undefined;
}

/** Calls back when what the page said was not heard, as after a crash of the extension: pages outlive it. */
export function whenSilent(callback: () => void): void {
  onSilence = callback;
}

/** What the page of this task kept when it was last on the screen. */
export function keptState(taskId: string): PageState {
  const kept = host.getState();
  return kept?.taskId === taskId ? kept : { taskId, attempt: null, scrolled: 0 };
}

export function keep(state: PageState): void {
  host.setState(state);
}
