/** The dashboard's data: loaded once, then kept up to date by events. Independent of the page. */

import type { Clock } from '../../core/clock';
import { Coalescer } from '../../core/coalescer';
import { messageOf } from '../../core/errors';
import type { Unsubscribe } from '../../core/events';
import type { DashboardChange, DashboardSource, Overview } from './dashboardData';
import { maxRuns } from './readDashboard';
import { RunModel, type TimedRun } from './runModel';

/** The least milliseconds between two reads of the overview, and between two reads of all runs. */
const overviewGap = 1_000;
const readGap = 2_000;

const hour = 3_600_000;

/** The ranges to select from, in milliseconds. */
export const ranges = { '1h': hour, '6h': 6 * hour, '24h': 24 * hour, '7d': 7 * 24 * hour } as const;
export type RangeName = keyof typeof ranges;

export interface DashboardView {
  range: RangeName;
  /** Null until it is loaded. */
  overview: Overview | null;
  /** By start. */
  runs: readonly TimedRun[];
  /** Older runs were left out. */
  more: boolean;
  /** Why reading failed, in a sentence. */
  problem: string | null;
}

export class DashboardState {
  readonly #model = new RunModel(maxRuns);
  readonly #reads: Coalescer;
  readonly #overviews: Coalescer;
  #view: DashboardView;
  #runsChanged = false;
  /** The last read of all runs failed, so those shown may be of another range. */
  #unread = false;
  /** Changes that arrived while the runs were being read. */
  #meanwhile: DashboardChange[] | undefined;
  #stop: Unsubscribe = () => {};

  /** @param changed called whenever the view changes */
  constructor(
    private readonly source: DashboardSource,
    private readonly clock: Clock,
    range: RangeName,
    private readonly changed: () => void,
  ) {
    this.#view = { range, overview: null, runs: [], more: false, problem: null };
    this.#reads = new Coalescer(() => this.#read(), { gap: readGap, clock });
    this.#overviews = new Coalescer(() => this.#readOverview(), { gap: overviewGap, clock });
  }

  get view(): DashboardView {
    if (this.#runsChanged) this.#view = { ...this.#view, runs: this.#model.runs() };
    this.#runsChanged = false;
    return this.#view;
  }

  start(): void {
    this.#stop = this.source.onChange((changes) => this.#apply(changes));
    this.#reads.request();
  }

  stop(): void {
    this.#stop();
    this.#reads.stop();
    this.#overviews.stop();
  }

  choose(range: RangeName): void {
    this.#set({ range });
    this.#reads.requestNow();
  }

  /** Reads everything again, at once. */
  refresh(): void {
    this.#reads.requestNow();
  }

  /** Reads the overview again. */
  refreshOverview(): void {
    this.#overviews.request();
  }

  #apply(changes: readonly DashboardChange[]): void {
    this.#meanwhile?.push(...changes);
    if (this.#model.apply(changes)) this.#reads.request();
    this.#overviews.request();
    if (changes.some(({ type }) => type === 'run' || type === 'deleted')) {
      this.#runsChanged = true;
      this.changed();
    }
  }

  async #read(): Promise<void> {
    const { range } = this.#view;
    const meanwhile: DashboardChange[] = [];
    this.#meanwhile = meanwhile;
    try {
      const now = this.clock.now();
      // At least since midnight, to count what finished today.
      const { runs, more, ...overview } = await this.source.load(
        Math.min(now - ranges[range], startOfDay(now)),
      );
      // Another range was selected meanwhile, and is read next.
      if (range !== this.#view.range) return;
      this.#model.replace(runs);
      this.#model.apply(meanwhile);
      this.#runsChanged = true;
      this.#unread = false;
      this.#set({ overview, more, problem: null });
    } catch (error) {
      this.#unread = true;
      this.#set({ problem: messageOf(error) });
    } finally {
      this.#meanwhile = undefined;
    }
  }

  async #readOverview(): Promise<void> {
    try {
      const overview = await this.source.overview();
      // The queue is back, so the runs can be read as well.
      if (this.#unread) this.#reads.request();
      this.#set(this.#unread ? { overview } : { overview, problem: null });
    } catch (error) {
      this.#set({ problem: messageOf(error) });
    }
  }

  #set(part: Partial<DashboardView>): void {
    this.#view = { ...this.#view, ...part };
    this.changed();
  }
}

/** The local midnight before `now`. */
export function startOfDay(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}
