/** The hosts that share a queue: each says every ten seconds that it is there. */

import { isDeepStrictEqual } from 'node:util';
import { type Timer, toInstant } from '../../../core/clock';
import { messageOf, QueueError } from '../../../core/errors';
import type { Host } from '../../../core/model';
import { isShared } from '../../engine/database';
import type { Context } from '../../rows/change';
import { type HostFacts, selectHosts, stateOf } from '../../rows/hostTable';
import { requeueLost } from './silentHosts';

/** Milliseconds. */
const beatInterval = 10_000;
/** A host that has been gone for so long is forgotten, milliseconds. */
const forgottenAfter = 90 * 86_400_000;

export class Hosts {
  private timer: Timer | undefined;
  private beating: Promise<void> = Promise.resolve();
  private stopped = false;

  /**
   * @param facts what this host says of itself, which may change; undefined where nobody knows who it is
   * @param onChange what this host says of itself has changed, and with it what it may run
   */
  constructor(
    private readonly context: Context,
    private readonly facts: (() => HostFacts) | undefined,
    private readonly version: string,
    private readonly onChange: () => void,
  ) {}

  /** Says that this host is here, and goes on saying so. */
  async start(): Promise<void> {
    if (this.facts === undefined || !isShared(this.context.db)) return;
    await this.beat();
    this.next();
  }

  list(): Promise<Host[]> {
    const { db, clock, host } = this.context;
    return db.read((reader) => {
      const running = new Map(reader.values(countByHost).map(([id, count]) => [id, Number(count)]));
      return selectHosts(reader).map((row) => {
        const { left_at: _, ...facts } = row;
        const state = stateOf(row, clock.now());
        return { ...facts, state, here: row.id === host?.id, running: running.get(row.id) ?? 0 };
      });
    });
  }

  /** Says no more that this host is here. */
  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  /** Says that this host goes; for a queue that can still be reached. */
  async leave(): Promise<void> {
    this.stop();
    await this.beating;
    const { host, db, log } = this.context;
    if (host === undefined) return;
    try {
      await db.write((tx) =>
        tx.run('UPDATE hosts SET left_at = ? WHERE id = ?', toInstant(this.context.clock.now()), host.id),
      );
    } catch (error) {
      log.debug(`The other hosts were not told that this one goes: ${messageOf(error)}`);
    }
  }

  private next(): void {
    if (this.stopped) return;
    this.timer = this.context.clock.after(beatInterval, () => {
      this.beating = this.beat()
        .catch((error) => this.onError(error))
        .finally(() => this.next());
    });
  }

  private async beat(): Promise<void> {
    const { context, facts, version } = this;
    if (facts === undefined) return;
    const host: HostFacts = { ...facts(), person: context.db.person };
    const changed = !isDeepStrictEqual(context.host, host);
    context.host = host;
    if (changed) this.onChange();
    await context.db.write((tx) => {
      const now = context.clock.now();
      tx.run(
        `INSERT INTO hosts (id, name, person, labels, version, platform, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, person = excluded.person, labels = excluded.labels, version = excluded.version,
           platform = excluded.platform, seen_at = excluded.seen_at, left_at = NULL`,
        host.id,
        host.name,
        host.person ?? null,
        JSON.stringify(host.labels),
        version,
        process.platform,
        toInstant(now),
      );
      tx.run('DELETE FROM hosts WHERE seen_at < ?', toInstant(now - forgottenAfter));
    });
    await requeueLost(context);
  }

  private onError(error: unknown): void {
    const { log } = this.context;
    if (QueueError.is(error)) log.debug(`The other hosts do not hear of this one: ${error.message}`);
    else log.error('The other hosts do not hear of this one', error);
  }
}

const countByHost = `SELECT host_id, count(*) FROM tasks
  JOIN attempts ON attempts.task_id = tasks.id AND attempts.number = tasks.attempts
  WHERE status = 'running' GROUP BY host_id`;
