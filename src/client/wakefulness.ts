/** Keeps the machine awake for the tasks of a queue: in the editor as a setting says, in the background as an option does. */

import { Coalescer } from '../core/coalescer';
import { messageOf } from '../core/errors';
import type { Log } from '../core/log';
import { everything } from '../core/paging';
import type { Queue } from '../core/queue';
import { isStuck } from '../core/waiting';
import type { Inhibitor } from '../system/inhibitor';

/** Milliseconds: events may come many times a second. */
const pace = { delay: 1_000 };
/** Milliseconds after which it is looked at again whether the machine is on its battery. */
const powerInterval = 30_000;

export const awakeChoices = [
  'never',
  'whileRunning',
  'whileWork',
  'whileRunningOnPower',
  'whileWorkOnPower',
] as const;
export type AwakeChoice = (typeof awakeChoices)[number];

export interface WakefulnessOptions {
  queue: Queue;
  choice: () => AwakeChoice;
  log: Log;
  /** Called when the machine is kept awake, and when it no longer is. */
  onChange?: (held: boolean) => void;
}

export class Wakefulness {
  private readonly looking = new Coalescer(() => this.look(), pace);
  private readonly unsubscribe: () => void;
  private readonly timer: NodeJS.Timeout;
  private inhibitor: Inhibitor | null = null;
  private held: AwakeChoice | null = null;
  /** It could not be held: not tried again before another choice is made. */
  private refused = false;
  private stopped = false;

  constructor(private readonly options: WakefulnessOptions) {
    const { queue, choice } = options;
    this.looking.request();
    this.unsubscribe = queue.subscribe(() => this.looking.request());
    this.timer = setInterval(() => choice().endsWith('OnPower') && this.looking.request(), powerInterval);
  }

  /** Another choice may have been made. */
  chosen(): void {
    this.refused = false;
    this.looking.request();
  }

  stop(): void {
    this.stopped = true;
    this.unsubscribe();
    clearInterval(this.timer);
    this.looking.stop();
    this.release();
  }

  private async look(): Promise<void> {
    try {
      const choice = this.options.choice();
      const wanted = !this.refused && (await this.isWanted(choice));
      if (this.stopped || wanted === (this.held === choice)) return;
      this.release();
      if (wanted) await this.hold(choice);
    } catch (error) {
      this.options.log.debug(`Whether to keep the machine awake is not known: ${messageOf(error)}`);
    }
  }

  private async isWanted(choice: AwakeChoice): Promise<boolean> {
    if (choice === 'never') return false;
    const { counts } = await this.options.queue.status();
    const work = counts.running > 0 || (choice.startsWith('whileWork') && (await this.hasMore()));
    if (!work || !choice.endsWith('OnPower')) return work;
    const { isOnPower } = await import('../system/inhibitor');
    return isOnPower();
  }

  /** Whether a stream that is worked on has queued tasks that no person keeps waiting. */
  private async hasMore(): Promise<boolean> {
    const { queue } = this.options;
    const streams = await everything((page) => queue.listStreams({ ...page, status: 'active' }));
    return streams.some(
      (stream) => stream.working && !stream.paused && stream.counts.queued > 0 && !isStuck(stream),
    );
  }

  private async hold(choice: AwakeChoice): Promise<void> {
    const { log, onChange } = this.options;
    const { Inhibitor } = await import('../system/inhibitor');
    const inhibitor = await Inhibitor.hold({
      why: 'Tasks are running',
      onPower: choice.endsWith('OnPower'),
      onLost: () => this.release(),
    });
    if (inhibitor === null) {
      this.refused = true;
      log.warn('This system cannot be kept awake: see the setting sparkq.keepAwake');
    } else if (this.stopped) inhibitor.release();
    else {
      this.inhibitor = inhibitor;
      this.held = choice;
      onChange?.(true);
    }
  }

  private release(): void {
    if (this.held === null) return;
    this.inhibitor?.release();
    this.inhibitor = null;
    this.held = null;
    this.options.onChange?.(false);
  }
}
