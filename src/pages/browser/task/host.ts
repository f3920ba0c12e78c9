/** The way from the page to the extension. */

import type { FromTaskPage } from '../../taskPageData';
import { Silence } from '../shared/silence';

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

let onSilence = () => {};
const silence = new Silence(() => onSilence());

export function tell(message: FromTaskPage): void {
  host.postMessage(message);
  silence.said();
}

/** Something was heard: somebody is there. */
export function answered(): void {
  silence.broken();
}

/** Calls back when what the page said was not heard. */
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
