/** The dashboard's source in an editor tab: the extension, by messages. */

import type { DashboardChange, DashboardData, DashboardSource, Glance } from '../../dashboardData';
import type { FromDashboard, ToDashboard } from '../../dashboardMessages';
import { Silence } from '../shared/silence';
import type { Kept } from './kept';

interface WebviewHost {
  postMessage(message: FromDashboard): void;
  getState(): Kept | undefined;
  setState(state: Kept): void;
}

declare const acquireVsCodeApi: undefined | (() => WebviewHost);

/** The editor that this page is in; undefined in a browser. Can be asked for once only. */
export function webviewHost(): WebviewHost | undefined {
  return typeof acquireVsCodeApi === 'function' ? acquireVsCodeApi() : undefined;
}

interface Waiting {
  resolve(answer: DashboardData | Glance): void;
  reject(error: Error): void;
}

export class WebviewSource implements DashboardSource {
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(changes: readonly DashboardChange[]) => void>();
  #questions = 0;
  readonly #silence = new Silence(() => this.#giveUp());

  /** @param silent what to tell when nobody answers */
  constructor(
    private readonly host: WebviewHost,
    private readonly silent: string,
  ) {
    addEventListener('message', ({ data }: MessageEvent<ToDashboard>) => this.#hear(data));
  }

  load(since: number): Promise<DashboardData> {
    return this.#ask((id) => ({ type: 'load', id, since })) as Promise<DashboardData>;
  }

  glance(): Promise<Glance> {
    return this.#ask((id) => ({ type: 'glance', id }));
  }

  onChange(listener: (changes: readonly DashboardChange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  openTask(taskId: string): void {
    this.host.postMessage({ type: 'openTask', taskId });
  }

  #ask(question: (id: number) => FromDashboard): Promise<DashboardData | Glance> {
    this.#questions += 1;
    const id = this.#questions;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.host.postMessage(question(id));
      this.#silence.said();
    });
  }

  #giveUp(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(new Error(this.silent));
  }

  #hear(message: ToDashboard): void {
    this.#silence.broken();
    if (message.type === 'heard') return;
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
