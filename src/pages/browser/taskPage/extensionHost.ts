/** Messages to the extension, and the state that the editor keeps for the page. */

import type { FromTaskPage, SentByTaskPage } from '../../taskPage/taskPageProtocol';
import { ResponseTimeout } from '../shared/responseTimeout';
import { start } from './taskPageL10n';

/** What is restored when the page is shown again. */
export interface PageState {
  taskId: string;
  /** Null: the newest. */
  attempt: number | null;
  /** Whether the output of an agent is shown as it is. */
  raw: boolean;
  scrolled: number;
}

interface WebviewHost {
  postMessage(message: SentByTaskPage): void;
  getState(): Partial<PageState> | undefined;
  setState(state: PageState): void;
}

declare function acquireVsCodeApi(): WebviewHost;

const host = acquireVsCodeApi();

let unresponsive = () => {};
const responses = new ResponseTimeout(() => unresponsive());

export function send(message: FromTaskPage): void {
  host.postMessage({ page: start.taskId, message });
  responses.sent();
}

/** To be called for each message of the extension. */
export function received(): void {
  responses.received();
}

/** Calls back when the extension has not responded to a message. */
export function onUnresponsive(callback: () => void): void {
  unresponsive = callback;
}

/** The state of this task's page when it was last shown. */
export function savedState(taskId: string): PageState {
  const saved = host.getState();
  return { taskId, attempt: null, raw: false, scrolled: 0, ...(saved?.taskId === taskId ? saved : {}) };
}

export function saveState(state: PageState): void {
  host.setState(state);
}
