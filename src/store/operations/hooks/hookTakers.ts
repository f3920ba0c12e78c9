/**
 * Who calls hooks, where a queue has several places: what happens at one of them is told by whichever place has that hook
 * and takes it first. Each says which hooks it has, and knows of which there are elsewhere: so nothing is written that
 * nobody would tell.
 */

import { toInstant } from '../../../core/clock';
import { type HookName, hookNames, hookOf } from '../../../core/config';
import type { Reader } from '../../engine/database';
import type { Change, Context } from '../../rows/change';

/** Where the next owner comes later than this, a hook is not called any more; milliseconds. */
export const longestWait = 60 * 60 * 1000;
/** A place that was not there for so long has no hooks any more, milliseconds. */
const longestAway = 7 * 24 * 60 * 60 * 1000;

export class HookTakers {
  private elsewhere: ReadonlySet<string> = new Set();

  /** @param calls whether hooks are called here at all */
  constructor(
    private readonly context: Context,
    private readonly place: string,
    private readonly calls: boolean,
  ) {}

  /** Whether another place has such a hook. */
  wants(hook: HookName): boolean {
    return this.elsewhere.has(hook);
  }

  /** Says which hooks this place has, and learns of the others; at least once a day. */
  async say(): Promise<void> {
    const own = this.calls ? hooksOf(this.context) : [];
    await this.context.change((change) => this.keep(change, own));
    await this.learn();
  }

  /** Others have said something else than before. */
  async learn(): Promise<void> {
    this.elsewhere = await this.context.db.read((reader) => takenElsewhere(reader, this.place));
  }

  private keep(change: Change, own: readonly HookName[]): void {
    const { tx, ms, now } = change;
    const said = JSON.stringify(own);
    const before = tx.get('SELECT hooks FROM hook_takers WHERE place = ?', this.place);
    tx.run('DELETE FROM hook_events WHERE told_at IS NULL AND at < ?', toInstant(ms - longestWait));
    const gone = tx.run('DELETE FROM hook_takers WHERE at < ?', toInstant(ms - longestAway));
    if (own.length > 0 || before !== undefined) {
      tx.run(
        `INSERT INTO hook_takers (place, hooks, at) VALUES (?, ?, ?)
         ON CONFLICT (place) DO UPDATE SET hooks = excluded.hooks, at = excluded.at`,
        this.place,
        said,
        now,
      );
    }
    if (gone > 0 || (before?.hooks ?? '[]') !== said) change.takersChanged();
  }
}

/** The hooks of the configuration that may be called. */
export function hooksOf({ config }: Context): HookName[] {
  return hookNames.filter((name) => hookOf(config.current(), name) !== null);
}

function takenElsewhere(reader: Reader, place: string): Set<string> {
  const rows = reader.values('SELECT hooks FROM hook_takers WHERE place <> ?', place);
  return new Set(rows.flatMap(([hooks]) => JSON.parse(String(hooks)) as string[]));
}
