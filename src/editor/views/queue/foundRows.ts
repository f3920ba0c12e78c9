/** The rows of the Queue view while a filter is on it. Does not depend on VS Code. */

import { Coalescer } from '../../../core/coalescer';
import type { QueueEvent, Unsubscribe } from '../../../core/events';
import type { Queue } from '../../../core/queue';
import type { TaskQuery } from '../../shared/taskQuery';
import { TaskSearch } from '../../workspace/taskSearch';
import type { FoundMoreNode, FoundNode, QueueNode } from './queueNodes';
import { pageSize } from './queueRows';

/** Milliseconds between two searches: each reads every task. */
const searchGap = 2_000;

const moreRow: FoundMoreNode = { kind: 'foundMore', id: 'found/more', parent: undefined };

/** What a filter finds, in one list. It is searched again when tasks change. */
export class FoundRows {
  private readonly unsubscribe: Unsubscribe;
  private readonly searching = new Coalescer(() => this.listener(), { delay: 150, gap: searchGap });
  private shown = pageSize;
  private rows = new Map<string, FoundNode>();

  /** @param listener is called when the rows are to be read again */
  constructor(
    private readonly queue: Queue,
    private readonly query: TaskQuery,
    private readonly listener: () => void,
  ) {
    this.unsubscribe = queue.subscribe((event) => this.apply(event));
  }

  dispose(): void {
    this.unsubscribe();
    this.searching.stop();
  }

  async read(): Promise<QueueNode[]> {
    const search = new TaskSearch(this.queue, this.query);
    const found = await search.next(this.shown);
    const known = this.rows;
    this.rows = new Map(
      found.map((row) => {
        const { id } = row.task;
        // One object for a row, as long as it exists: VS Code keeps the selection by it.
        const node = known.get(id) ?? {
          kind: 'found',
          id: `found/${id}`,
          parent: undefined,
          taskId: id,
          ...row,
        };
        return [id, Object.assign(node, row)];
      }),
    );
    return [...this.rows.values(), ...(search.more ? [moreRow] : [])];
  }

  has(row: QueueNode): boolean {
    return row.kind === 'found' && this.rows.get(row.taskId) === row;
  }

  showMore(rowId: string): void {
    if (rowId !== moreRow.id) return;
    this.shown += pageSize;
    this.searching.requestNow();
  }

  refresh(): void {
    this.searching.requestNow();
  }

  private apply(event: QueueEvent): void {
    if (event.task_id !== undefined || event.batch_id !== undefined || event.type === 'reset') {
      this.searching.request();
    }
  }
}
