/** The dashboard's source in an editor tab: messages to the extension. */

import type {
  DashboardChange,
  DashboardData,
  DashboardSource,
  Overview,
} from '../../dashboard/dashboardData';
import type { FromDashboard, ToDashboard } from '../../dashboard/dashboardProtocol';
import { ResponseTimeout } from '../shared/responseTimeout';
import type { SavedState } from './savedState';

interface WebviewHost {
  postMessage(message: FromDashboard): void;
  getState(): SavedState | undefined;
  setState(state: SavedState): void;
}

declare const acquireVsCodeApi: undefined | (() => WebviewHost);

/** VS Code's side of the webview; undefined in a browser. May be called only once. */
export function webviewHost(): WebviewHost | undefined {
  return typeof acquireVsCodeApi === 'function' ? acquireVsCodeApi() : undefined;
}

interface Waiting {
  resolve(answer: DashboardData | Overview): void;
  reject(error: Error): void;
}

export class WebviewSource implements DashboardSource {
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(changes: readonly DashboardChange[]) => void>();
  #requests = 0;
  readonly #responses = new ResponseTimeout(() => this.#giveUp());

  /** @param unresponsive the error when the extension does not respond */
  constructor(
    private readonly host: WebviewHost,
    private readonly unresponsive: string,
  ) {
    addEventListener('message', ({ data }: MessageEvent<ToDashboard>) => this.#onMessage(data));
  }

  load(since: number): Promise<DashboardData> {
    return this.#request((id) => ({ type: 'load', id, since })) as Promise<DashboardData>;
  }

  overview(): Promise<Overview> {
    return this.#request((id) => ({ type: 'overview', id }));
  }

  onChange(listener: (changes: readonly DashboardChange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  openTask(taskId: string): void {
    this.host.postMessage({ type: 'openTask', taskId });
  }

  #request(message: (id: number) => FromDashboard): Promise<DashboardData | Overview> {
    this.#requests += 1;
    const id = this.#requests;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.host.postMessage(message(id));
      this.#responses.sent();
    });
  }

  #giveUp(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new Error(this.unresponsive));
  }

  #onMessage(message: ToDashboard): void {
    this.#responses.received();
    if (message.type === 'received') return;
    if (message.type === 'changes') {
      for (const listener of this.#listeners) listener(message.changes);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'answer') waiting?.resolve(message.answer);
    else waiting?.reject(new Error(message.message));
  }
}
