/**
 * What hooks are told. That a task has ended, and that nothing is left to do, is written in the change by which it came
 * true, so that the next owner tells it where this one is killed. A row is removed before its hook is called: one that
 * was killed in between is not called again. Of a queue that hosts share, one of those that have the hook calls it.
 */

import { fromInstant, sleep } from '../../../core/clock';
import { type HookName, hookOf } from '../../../core/config';
import { QueueError } from '../../../core/errors';
import { isCalledOff, type TaskCounts, type TaskDetail } from '../../../core/model';
import type { Reader } from '../../engine/database';
import type { Change, Context } from '../../rows/change';
import { lastReady } from '../../rows/readyRule';
import type { TaskRow } from '../../rows/taskRow';
import { hooksOf, longestWait } from './hookTakers';

/** What a hook is told. */
export type HookEvent =
  | { hook: 'on_finish' | 'on_failure'; task: TaskDetail }
  | { hook: 'on_idle'; counts: TaskCounts };

/** Calls a hook. Must not reject. Resolves when it has ended. */
export type HookCaller = (event: HookEvent) => Promise<void>;

/** How long a queue that is being closed waits until its hooks have been called, milliseconds. */
const closingTime = 5_000;
/** For so long after an idle hook nothing wakes it again: it may have enqueued something itself. Milliseconds. */
const quiet = 60 * 1000;

/** To be called with each task that ends. */
export function noteEnd(change: Change, ended: TaskRow): void {
  const calledOff = isCalledOff(ended);
  const started = ended.attempts > 0;
  if (!calledOff || started) note(change, 'on_finish', ended.id);
  if (ended.status === 'failed' && !calledOff) note(change, 'on_failure', ended.id);
  if (!change.idleAsked && isWanted(change.context, 'on_idle')) {
    change.idleAsked = true;
    change.beforeEnd(() => noteIdle(change));
  }
}

function note(change: Change, hook: HookName, task: string | null): void {
  if (!isWanted(change.context, hook)) return;
  change.tx.run('INSERT INTO hook_events (hook, task_id, at) VALUES (?, ?, ?)', hook, task, change.now);
  change.toTell();
}

/** Whether a hook is there to be told, here or at another place. */
function isWanted(context: Context, hook: HookName): boolean {
  const here = context.hooks !== undefined && hookOf(context.config.current(), hook) !== null;
  return here || context.takers?.wants(hook) === true;
}

function noteIdle(change: Change): void {
  const { tx, ms } = change;
  if (!isIdle(tx)) return;
  const last = tx.get("SELECT told_at FROM hook_events WHERE hook = 'on_idle' ORDER BY seq DESC LIMIT 1");
  if (last !== undefined) {
    const { told_at: told } = last;
    if (typeof told !== 'string' || Math.abs(ms - fromInstant(told)) < quiet) return;
  }
  tx.run("DELETE FROM hook_events WHERE hook = 'on_idle'");
  note(change, 'on_idle', null);
}

/** Whether nothing is running or ready in any active stream. */
function isIdle(reader: Reader): boolean {
  const active = "FROM streams JOIN stream_counts ON stream_id = id WHERE status = 'active'";
  if (reader.get(`SELECT 1 ${active} AND running > 0 LIMIT 1`) !== undefined) return false;
  const waiting = `SELECT id ${active} AND paused = 0 AND queued > 0`;
  return reader.values(waiting).every(([id]) => lastReady(reader, String(id)) === null);
}

/** Calls the hooks, one after the other, in the process that owns the files and stays. */
export class Hooks {
  private working = false;
  private requested = false;
  private stopped = false;
  private work: Promise<void> = Promise.resolve();

  /** @param read what a hook is told besides its name */
  constructor(
    private readonly context: Context,
    private readonly call: HookCaller,
    private readonly read: { task(id: string): Promise<TaskDetail>; counts(): Promise<TaskCounts> },
  ) {}

  /** There may be something to tell. */
  wake(): void {
    this.requested = true;
    if (!this.working && !this.stopped) this.work = this.callAll();
  }

  /** Calls what is left to call, unless that takes long: the next owner calls the rest. */
  async finish(): Promise<void> {
    const patience = new AbortController();
    await Promise.race([this.work, sleep(closingTime, this.context.clock, patience.signal)]);
    patience.abort();
  }

  /** Calls no other hook; one that was called goes on. */
  stop(): void {
    this.stopped = true;
  }

  private async callAll(): Promise<void> {
    this.working = true;
    try {
      while (this.requested && !this.stopped) {
        this.requested = false;
        while (!this.stopped && (await this.next()));
      }
    } catch (error) {
      // A queue that was taken over or closed meanwhile: the next owner goes on.
      if (!QueueError.is(error)) this.context.log.error('The hooks could not be called', error);
    }
    this.working = false;
  }

  /** Calls the hook of the oldest event. Returns whether there was one. */
  private async next(): Promise<boolean> {
    const own = hooksOf(this.context);
    const { place } = this.context;
    if (place !== undefined && own.length === 0) return false;
    const taken = await this.context.change((change) => take(change, place === undefined ? undefined : own));
    if (taken === null) return false;
    const { hook, task, late } = taken;
    if (late) {
      this.context.log.info(`Nobody was there in time to call the hook ${hook}${task ? ` of ${task}` : ''}.`);
      return true;
    }
    const event = await this.eventOf(hook, task);
    if (event === null) return true;
    await this.call(event);
    // What it has enqueued is often there only now.
    if (hook === 'on_idle') await this.context.change(told);
    return true;
  }

  private async eventOf(hook: HookName, task: string | null): Promise<HookEvent | null> {
    if (hook === 'on_idle') return { hook, counts: await this.read.counts() };
    try {
      return { hook, task: await this.read.task(String(task)) };
    } catch (error) {
      // Deleted since.
      if (QueueError.is(error, 'not_found')) return null;
      throw error;
    }
  }
}

/**
 * Removes the oldest event; of on_idle it says that its hook is told.
 * @param hooks undefined for any
 */
function take(
  change: Change,
  hooks: readonly HookName[] | undefined,
): { hook: HookName; task: string | null; late: boolean } | null {
  const { tx, ms } = change;
  const untold = 'SELECT seq, hook, task_id, at FROM hook_events WHERE told_at IS NULL';
  const row =
    hooks === undefined
      ? tx.get(`${untold} ORDER BY seq LIMIT 1`)
      : tx.get(
          `${untold} AND hook IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT 1`,
          JSON.stringify(hooks),
        );
  if (row === undefined) return null;
  const hook = row.hook as HookName;
  if (hook === 'on_idle') told(change);
  else tx.run('DELETE FROM hook_events WHERE seq = ?', row.seq ?? null);
  const late = Math.abs(ms - fromInstant(String(row.at))) > longestWait;
  return { hook, task: row.task_id === null ? null : String(row.task_id), late };
}

function told(change: Change): void {
  change.tx.run("UPDATE hook_events SET told_at = ? WHERE hook = 'on_idle'", change.now);
}
