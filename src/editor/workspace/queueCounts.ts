import * as vscode from 'vscode';
import { Coalescer } from '../../core/coalescer';
import type { Log } from '../../core/log';
import type { QueueStatus } from '../../core/model';
import type { Queue } from '../../core/queue';
import type { QueueAccess } from './queueAccess';

export type Counts = QueueStatus['counts'] & Pick<QueueStatus, 'resting' | 'database'>;

/** In milliseconds: events may come many times a second. */
const pace = { delay: 100 };

/** How many tasks of each state the open queue has: counted again after each event, once for all who show it. */
export class QueueCounts {
  private readonly changed = new vscode.EventEmitter<Counts | undefined>();
  /** Fires with undefined when the queue closes. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly access: QueueAccess,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      this.access.whileOpen(({ queue }) => this.follow(queue)),
      this.changed,
    );
  }

  private follow(queue: Queue): vscode.Disposable {
    let closed = false;
    const counting = new Coalescer(async () => {
      try {
        // An older owner knows of neither rests nor servers.
        const { counts, resting = [], database = null } = await queue.status();
        if (!closed) this.changed.fire({ ...counts, resting, database });
      } catch (error) {
        if (!closed) this.log.error('The tasks could not be counted', error);
      }
    }, pace);
    counting.request();
    const unsubscribe = queue.subscribe(() => counting.request());
    return new vscode.Disposable(() => {
      closed = true;
      unsubscribe();
      counting.stop();
      this.changed.fire(undefined);
    });
  }
}
