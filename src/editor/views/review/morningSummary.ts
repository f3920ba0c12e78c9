/** The rows on top of the Review view: what came while the person was away. Does not depend on VS Code. */

import type { AgentUse } from '../../../client/agentUse';
import { type Digest, type FinishedTask, readDigest, type WaitingTasks } from '../../../client/digest';
import { fromInstant, type Instant } from '../../../core/clock';
import { Coalescer } from '../../../core/coalescer';
import type { Unsubscribe } from '../../../core/events';
import { everything } from '../../../core/paging';
import type { Queue } from '../../../core/queue';
import type { Absence } from '../../workspace/lastLook';

/** In milliseconds: a reading may take long, with thousands of results. */
const pace = { delay: 150, gap: 1_000 };
/** So many kinds of waiting tasks have a row of their own. */
const mostWaiting = 5;

export type SummaryRow = CountRow | WaitingRow | WaitingMoreRow;

/** The topmost row. */
export interface SummaryNode {
  readonly kind: 'summary';
  readonly id: string;
  absence: Absence;
  rows: readonly SummaryRow[];
  /** What each tool that runs an agent has used since then. */
  agents: readonly AgentUse[];
}

/** How many finished with this outcome while the person was away, and are not reviewed yet. */
export interface CountRow {
  readonly kind: 'count';
  readonly id: string;
  readonly outcome: 'failed' | 'succeeded';
  /** Last finished first; at least one. */
  readonly tasks: readonly FinishedTask[];
}

/** Tasks that wait for the same thing. */
export interface WaitingRow {
  readonly kind: 'waiting';
  readonly id: string;
  readonly group: WaitingTasks;
  readonly streamName: string;
}

/** How many other tasks wait for the person. */
export interface WaitingMoreRow {
  readonly kind: 'waitingMore';
  readonly id: string;
  readonly count: number;
}

/** Milliseconds that a task ran; undefined if it did not. */
export function ranFor({ started_at, finished_at }: FinishedTask): number | undefined {
  return started_at === null ? undefined : fromInstant(finished_at) - fromInstant(started_at);
}

/** Reads the summary of an absence, again when tasks change, and has it until nothing of it is left. */
export class MorningSummary {
  private node: SummaryNode | undefined;
  private text = '';
  private readonly unsubscribe: Unsubscribe;
  private readonly reading = new Coalescer(() => this.read().catch(this.onError), pace);

  /**
   * @param absence the one that is summed up, if any
   * @param listener is called with what to repaint; undefined if the summary appears or goes
   */
  constructor(
    private readonly queue: Queue,
    private readonly absence: () => Absence | undefined,
    private readonly listener: (changed: SummaryNode | undefined) => void,
    private readonly onError: (error: unknown) => void,
  ) {
    this.unsubscribe = queue.subscribe(() => {
      if (this.absence() !== undefined) this.reading.request();
    });
    this.refresh();
  }

  dispose(): void {
    this.unsubscribe();
    this.reading.stop();
  }

  /** Undefined if there is nothing new. */
  get current(): SummaryNode | undefined {
    return this.node;
  }

  /** Has it read at once, for another absence. */
  refresh(): void {
    this.reading.requestNow();
  }

  async read(): Promise<void> {
    const absence = this.absence();
    const digest = absence && (await readDigest(this.queue, absence.from));
    const rows = absence && digest ? await this.rowsOf(absence, digest) : [];
    const agents = digest?.agents ?? [];
    const text = JSON.stringify(rows.length > 0 && [absence, rows, agents]);
    if (text === this.text) return;
    this.text = text;
    const before = this.node;
    // One object, so that VS Code repaints its row.
    if (!absence || rows.length === 0) this.node = undefined;
    else
      this.node = Object.assign(before ?? { kind: 'summary' as const, id: 'summary' }, {
        absence,
        rows,
        agents,
      });
    if (before !== undefined || this.node !== undefined) this.listener(before && this.node);
  }

  private async rowsOf({ to }: Absence, { failed, succeeded, waiting }: Digest): Promise<SummaryRow[]> {
    const wasBefore = (instant: Instant) => fromInstant(instant) <= fromInstant(to);
    const isNew = (task: FinishedTask) => task.reviewed_at === null && wasBefore(task.finished_at);
    // What the person has queued since is no news.
    const stuck = waiting.filter(({ first }) => wasBefore(first.created_at));
    const count = (outcome: CountRow['outcome'], tasks: readonly FinishedTask[]): CountRow[] =>
      tasks.length === 0 ? [] : [{ kind: 'count', id: `summary/${outcome}`, outcome, tasks }];
    return [
      ...count('failed', failed.filter(isNew)),
      ...(stuck.length === 0 ? [] : await this.waitingRows(stuck)),
      ...count('succeeded', succeeded.filter(isNew)),
    ];
  }

  private async waitingRows(waiting: readonly WaitingTasks[]): Promise<SummaryRow[]> {
    const streams = await everything((page) => this.queue.listStreams(page));
    const names = new Map(streams.map(({ id, name }) => [id, name]));
    const rows = waiting.slice(0, mostWaiting).map(
      (group): WaitingRow => ({
        kind: 'waiting',
        id: `summary/${group.first.id}`,
        group,
        streamName: names.get(group.stream_id) ?? group.stream_id,
      }),
    );
    const more = waiting.slice(mostWaiting).reduce((sum, { count }) => sum + count, 0);
    return more === 0 ? rows : [...rows, { kind: 'waitingMore', id: 'summary/more', count: more }];
  }
}
