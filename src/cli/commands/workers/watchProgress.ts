/** The line at the bottom of `sparkq watch`: what runs, how far it is, and what is queued behind it. */

import { type Clock, fromInstant, systemClock, type Timer } from '../../../core/clock';
import { Coalescer } from '../../../core/coalescer';
import { Durations } from '../../../core/durations';
import type { Task } from '../../../core/model';
import { oneLine, printable } from '../../../core/plainText';
import type { Queue } from '../../../core/queue';
import { nameOfTask } from '../../../core/taskName';
import type { ProgressLine } from '../../terminal/progressLine';

const durations = new Durations('en');
/** Milliseconds between two drawings of what runs, and between two questions how much is queued. */
const pace = 1_000;

export class WatchProgress {
  private readonly running = new Map<string, Task>();
  private queued = 0;
  private timer: Timer | null = null;
  private readonly unsubscribe: () => void;
  private readonly counting = new Coalescer(() => this.count(), { gap: pace });

  /** @param stream name of the stream, which need not exist yet */
  constructor(
    private readonly queue: Pick<Queue, 'subscribe' | 'getStream'>,
    private readonly stream: string,
    private readonly line: ProgressLine,
    private readonly clock: Clock = systemClock,
  ) {
    this.unsubscribe = queue.subscribe(({ task }) => {
      if (task && this.running.has(task.id)) this.running.set(task.id, task);
      this.counting.request();
    });
    this.counting.request();
  }

  begin(task: Task): void {
    this.running.set(task.id, task);
    this.draw();
  }

  end({ id }: Task): void {
    this.running.delete(id);
    this.draw();
  }

  /** Prints lines that stay, above this one. */
  above(write: () => void): void {
    this.line.above(write);
  }

  stop(): void {
    this.unsubscribe();
    this.counting.stop();
    this.timer?.cancel();
    this.line.draw('');
  }

  private draw(): void {
    this.timer?.cancel();
    this.line.draw(progressText([...this.running.values()], this.queued, this.clock.now()));
    this.timer = this.running.size > 0 ? this.clock.after(pace, () => this.draw()) : null;
  }

  private async count(): Promise<void> {
    try {
      this.queued = (await this.queue.getStream(this.stream)).counts.queued;
      this.draw();
    } catch {
      // It does not exist yet, or its owner is changing: the next event asks again.
    }
  }
}

/** @param now milliseconds since 1970 */
export function progressText(running: readonly Task[], queued: number, now: number): string {
  const behind = queued > 0 ? `${queued} queued` : '';
  if (running.length === 0) return behind === '' ? 'Waiting for tasks' : `Waiting; ${behind}`;
  const parts = running.map((task) => {
    const { progress, progress_message: message, started_at: from, suspended, checking } = task;
    const facts = [
      ...(suspended ? ['suspended'] : []),
      ...(checking ? ['checking'] : []),
      ...(progress === null ? [] : [`${progress}%`]),
      ...(from === null ? [] : [durations.brief(Math.max(0, now - fromInstant(from)))]),
    ].join(' ');
    const said = message ? `: ${oneLine(message)}` : '';
    return `${oneLine(nameOfTask(task))} (${facts})${said}`;
  });
  return printable([...parts, ...(behind === '' ? [] : [behind])].join('; '));
}
