/**
 * Schedules of the configuration: each that is confirmed has a row like any other, which goes with it. A row keeps what it
 * was made from. While the file says something else, or nobody has confirmed what it says, its times pass.
 */

import { workOf } from '../../../config/plainCommand';
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
      const config = this.context.config.current();
      const rows = await this.context.db.read(rowsOfFile);
      const names = Object.keys(config.schedules);
      if (this.stopped || (rows.length === 0 && names.length === 0)) return;
      const timetable = await import('../../../config/timetable');
      await this.context.change((change) => settle(change, timetable));
      for (const name of names) {
        const schedule = confirmedSchedule(config, name);
        const row = rows.find((one) => one.name === name);
        if (schedule !== undefined && row?.pin !== pinText(schedule)) await this.make(name, schedule);
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

/** Removes what is no longer in the file, lets the times pass of what has changed, and plans what is confirmed again. */
function settle(change: Change, timetable: Timetable): void {
  const config = change.context.config.current();
  for (const row of rowsOfFile(change.tx)) {
    const known = row.name !== null && Object.hasOwn(config.schedules, row.name);
    if (!known) removeSchedule(change, row);
    else if (!isCurrent(row, config)) {
      if (row.next_at !== null) changeSchedule(change, row, { next_at: null });
    } else if (row.next_at === null && row.paused === 0)
      changeSchedule(change, row, plan(change, row, timetable));
  }
}
