/**
 * Announces, once in the life of a queue (of a shared one: at each place) and a day ahead, that the automatic purge takes tasks that nobody has reviewed.
 * A file keeps when that was; if it is lost, the tasks stay a day longer.
 */

import path from 'node:path';
import { fromInstant, type Instant, toInstant } from '../../core/clock';
import type { UnreviewedPurge } from '../../core/model';
import { localText } from '../../core/times';
import { readJson, replaceFile } from '../../system/wholeFiles';
import type { Context } from '../rows/change';

const day = 24 * 60 * 60 * 1000;

interface Announced {
  announced_at: Instant;
  /** How many tasks it would take then. */
  tasks: number;
}

export class UnreviewedNotice {
  private readonly file: string;
  private announced: Announced | null;

  constructor(private readonly context: Pick<Context, 'storage' | 'clock' | 'log' | 'hub'>) {
    this.file = path.join(context.storage, 'unreviewed-purge.json');
    const known = readJson<Partial<Announced>>(this.file);
    const { announced_at = '', tasks = 0 } = known ?? {};
    this.announced = Number.isNaN(fromInstant(announced_at)) ? null : { announced_at, tasks };
  }

  /** What has been announced and not been done yet. */
  pending(): UnreviewedPurge | null {
    if (this.announced === null || this.isOver(this.announced)) return null;
    const { announced_at, tasks } = this.announced;
    return { at: toInstant(fromInstant(announced_at) + day), tasks };
  }

  /**
   * Whether unreviewed tasks may be purged now.
   * @param soon how many will be old enough within a day
   */
  async allows(soon: () => Promise<number>): Promise<boolean> {
    if (this.announced !== null) return this.isOver(this.announced);
    const tasks = await soon();
    if (tasks > 0) this.announce(tasks);
    return false;
  }

  private announce(tasks: number): void {
    const { clock, hub, log } = this.context;
    const now = toInstant(clock.now());
    const announced = { announced_at: now, tasks };
    replaceFile(this.file, JSON.stringify(announced), true);
    this.announced = announced;
    const at = localText(toInstant(fromInstant(now) + day));
    log.warn(
      `From ${at} on, finished tasks that nobody has reviewed go to the history as well, and their output is deleted:` +
        ` ${tasks === 1 ? 'there is 1' : `there are ${tasks}`}. To keep them, set purge.unreviewed_after_days to null` +
        ' in sparkq.yml, or review them.',
    );
    hub.say('purge.announced', now);
  }

  private isOver({ announced_at }: Announced): boolean {
    return this.context.clock.now() >= fromInstant(announced_at) + day;
  }
}
