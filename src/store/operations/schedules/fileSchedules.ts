/**
 * Schedules of the configuration: each that is confirmed has a row like any other, which goes with it. A row keeps what it
 * was made from. While the file says something else, or nobody has confirmed what it says, its times pass.
 */

import { workOf } from '../../../config/plainCommand';
import { fromInstant } from '../../../core/clock';
import { confirmedSchedule, type ScheduleConfig } from '../../../core/config';
import { messageWithHint, QueueError } from '../../../core/errors';
import type { Stream } from '../../../core/model';
import type { NewSchedule, Queue } from '../../../core/queue';
import { readScript } from '../../../scripts/scriptFile';
import { taskForScript } from '../../../scripts/scriptTask';
import { mainStream, streamInDefault } from '../../mainStream';
import type { Change, Context } from '../../rows/change';
import {
  changeSchedule,
  isCurrent,
  pinText,
  removeSchedule,
  type ScheduleRow,
  selectSchedules,
} from '../../rows/scheduleTable';
import type { Schedules } from './schedules';
import { namesSaid, noteSaid, verdictOn } from './sharedFiles';
import { plan, type Timetable } from './steps';

export class FileSchedules {
  private working: Promise<void> = Promise.resolve();
  private stopped = false;

  /** @param workspace null where the queue has no folder here */
  constructor(
    private readonly context: Context,
    private readonly schedules: Schedules,
    private readonly queue: Queue,
    private readonly workspace: string | null,
  ) {}

  /** Has the rows follow the configuration, one change of it after the other. */
  follow(): Promise<void> {
    this.working = this.working.then(() => this.update());
    return this.working;
  }

  stop(): void {
    this.stopped = true;
  }

  private async update(): Promise<void> {
    try {
      const { place } = this.context;
      const config = this.context.config.current();
      const known = await this.context.db.read((reader) => [
        ...rowsOfFile(reader),
        ...(place === undefined ? [] : namesSaid(reader, place)),
      ]);
      if (this.stopped || (known.length === 0 && Object.keys(config.schedules).length === 0)) return;
      const timetable = await import('../../../config/timetable');
      const missing = await this.context.change((change) => {
        const names = place === undefined ? settle(change) : settleShared(change, place);
        planCurrent(change, timetable);
        return names;
      });
      for (const name of missing) {
        const schedule = confirmedSchedule(config, name);
        if (schedule !== undefined) await this.make(name, schedule);
      }
    } catch (error) {
      // A queue that was closed meanwhile: the next owner goes on.
      if (!QueueError.is(error))
        this.context.log.error('The schedules of sparkq.yml could not be read', error);
    }
  }

  private async make(name: string, schedule: ScheduleConfig): Promise<void> {
    try {
      const stream = await this.streamOf(schedule);
      const { cron, tz, missed, overlap } = schedule;
      const zone = tz ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
      const work = await this.workOf(schedule);
      const input = { ...work, label: name, stream: stream.id, cron, zone, missed, overlap };
      await this.schedules.create(input, undefined, { name, pin: pinText(schedule) });
    } catch (error) {
      if (!QueueError.is(error) || QueueError.is(error, 'unavailable')) throw error;
      this.context.log.warn(`The schedule ${name} of sparkq.yml cannot be used: ${messageWithHint(error)}`);
    }
  }

  private async streamOf({ stream: name }: ScheduleConfig): Promise<Stream> {
    if (name === null) return mainStream(this.queue);
    try {
      return await this.queue.getStream(name);
    } catch (error) {
      if (!QueueError.is(error, 'not_found')) throw error;
      return (await streamInDefault(this.queue, name)) ?? this.queue.getStream(name);
    }
  }

  private async workOf(
    schedule: ScheduleConfig,
  ): Promise<Pick<NewSchedule, 'tool_name' | 'payload' | 'prompt'>> {
    const { command, script, args, prompt, tool } = schedule;
    if (prompt !== null) return { tool_name: tool ?? '', prompt };
    if (script === null) return workOf(typeof command === 'string' ? [command] : (command ?? []), undefined);
    if (this.workspace === null) throw new QueueError('not_found', 'The queue has no folder on this machine');
    const found = await readScript(this.workspace, script);
    return taskForScript(found, args, tool ?? found.tool);
  }
}

function rowsOfFile(reader: Parameters<typeof selectSchedules>[0]): ScheduleRow[] {
  return selectSchedules(reader, 'WHERE name IS NOT NULL');
}

/**
 * Removes what is no longer in the file, and lets the times pass of what has changed.
 * @returns the names of which the row is missing, or was made from something else
 */
function settle(change: Change): string[] {
  const config = change.context.config.current();
  const rows = rowsOfFile(change.tx);
  for (const row of rows) {
    const known = row.name !== null && Object.hasOwn(config.schedules, row.name);
    if (!known) removeSchedule(change, row);
    else if (!isCurrent(row, config) && row.next_at !== null) changeSchedule(change, row, { next_at: null });
  }
  return Object.keys(config.schedules).filter((name) => {
    const row = rows.find((one) => one.name === name);
    return row === undefined || !isCurrent(row, config);
  });
}

/** The same where the file is one of several: see sharedFiles.ts. What is not confirmed here says nothing yet. */
function settleShared(change: Change, place: string): string[] {
  const config = change.context.config.current();
  const rows = new Map(rowsOfFile(change.tx).map((row) => [String(row.name), row]));
  const missing: string[] = [];
  for (const name of new Set([
    ...Object.keys(config.schedules),
    ...rows.keys(),
    ...namesSaid(change.tx, place),
  ])) {
    const schedule = confirmedSchedule(config, name);
    if (schedule === undefined && Object.hasOwn(config.schedules, name)) continue;
    const said = schedule === undefined ? null : pinText(schedule);
    const row = rows.get(name);
    const verdict = verdictOn(change, place, name, said, row);
    if (verdict === 'make') {
      missing.push(name);
      continue;
    }
    if (verdict === 'remove' && row !== undefined) removeSchedule(change, row);
    noteSaid(change, place, name, said);
  }
  return missing;
}

/** Plans what is confirmed again, and waits here for the times of what was planned elsewhere. */
function planCurrent(change: Change, timetable: Timetable): void {
  const { context, tx } = change;
  for (const row of rowsOfFile(tx)) {
    if (row.paused === 1 || !isCurrent(row, context.config.current())) continue;
    if (row.next_at === null) changeSchedule(change, row, plan(change, row, timetable));
    else tx.onDurable(() => context.due(fromInstant(String(row.next_at))));
  }
}
