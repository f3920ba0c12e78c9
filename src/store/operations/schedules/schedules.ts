/** Schedules: made, listed, changed and removed. What happens at their times is in firing.ts. */

import { QueueError } from '../../../core/errors';
import { newId } from '../../../core/ids';
import {
  missedPolicies,
  overlapPolicies,
  type Page,
  type Schedule,
  type ScheduleAnswer,
  type TaskAnswer,
} from '../../../core/model';
import type { Mutation, NewSchedule, PageRequest, SchedulePatch } from '../../../core/queue';
import { checkChoice, checkPage, requireText } from '../../../core/validation';
import type { Context } from '../../rows/change';
import { mutate, repeatNothing } from '../../rows/idempotency';
import {
  changeSchedule,
  isCurrent,
  needSchedule,
  removeSchedule,
  repeatSchedule,
  type ScheduleRow,
  scheduleOf,
  selectSchedules,
} from '../../rows/scheduleTable';
import { insertRow } from '../../rows/statements';
import { needStream, refuseEnded } from '../../rows/streamTable';
import { repeatTask } from '../../rows/taskTable';
import type { Enqueueing } from '../enqueueing';
import { noteSaid } from './sharedFiles';
import { enqueueFor, plan, type Timetable } from './steps';
import type { UnkeptReader } from './unkept';

export class Schedules {
  constructor(
    private readonly context: Context,
    private readonly enqueueing: Enqueueing,
    private readonly unkept: UnkeptReader,
  ) {}

  /** @param file of one that is in sparkq.yml: it replaces the row that was made for that name before */
  async create(
    input: NewSchedule,
    mutation?: Mutation,
    file?: { name: string; pin: string },
  ): Promise<ScheduleAnswer> {
    const { cron: givenCron, zone: givenZone, missed, overlap, ...request } = input;
    const task = this.enqueueing.check(request);
    const cron = requireText('cron', givenCron);
    const zone = requireText('zone', givenZone, 'Give the name of a time zone such as Europe/Berlin or UTC.');
    const policies = checkPolicies({ missed: missed ?? 'skip', overlap: overlap ?? 'skip' });
    const timetable = await this.timetable();
    timetable.checkTimes(cron, zone, this.context.clock.now());
    const operation = `create schedule on ${task.stream}`;
    return mutate(this.context, operation, mutation, repeatSchedule, (change) => {
      const stream = change.needStream(task.stream);
      refuseEnded(stream, 'Schedule');
      this.enqueueing.refuseUnknown(change, task);
      const id = newId('schedule');
      if (file !== undefined) {
        const { place } = this.context;
        if (place !== undefined) noteSaid(change, place, file.name, file.pin);
        const [old] = selectSchedules(change.tx, 'WHERE name = ?', file.name);
        // Another place has the same file, and was quicker.
        if (old?.pin === file.pin) return this.answerOf(old);
        if (old !== undefined) removeSchedule(change, old);
      }
      insertRow(change.tx, 'schedules', {
        id,
        stream_id: stream.id,
        cron,
        zone,
        ...policies,
        tool_name: task.tool_name,
        // What is not given follows the configuration at the time of each task.
        task_class: request.task_class === undefined ? null : task.task_class,
        payload: task.payload,
        label: task.label,
        timeout: request.timeout ?? null,
        kill_after: request.kill_after ?? null,
        max_attempts: request.max_attempts ?? null,
        front: task.front ? 1 : 0,
        ...plan(change, { cron, zone }, timetable),
        created_at: change.now,
        updated_at: change.now,
        name: file?.name ?? null,
        pin: file?.pin ?? null,
      });
      const schedule = this.answerOf(needSchedule(change.tx, id));
      change.emitSchedule('schedule.created', schedule);
      return schedule;
    });
  }

  get(id: string): Promise<Schedule> {
    return this.context.db.read((reader) => this.answerOf(needSchedule(reader, id)));
  }

  async list(filter: PageRequest & { stream?: string } = {}): Promise<Page<Schedule>> {
    const { limit, offset } = checkPage(filter);
    return this.context.db.read((reader) => {
      const stream = filter.stream === undefined ? null : needStream(reader, filter.stream).id;
      const where = 'WHERE (? IS NULL OR stream_id = ?)';
      const rows = selectSchedules(
        reader,
        `${where} ORDER BY seq DESC LIMIT ? OFFSET ?`,
        stream,
        stream,
        limit,
        offset,
      );
      const total = Number(reader.get(`SELECT count(*) AS n FROM schedules ${where}`, stream, stream)?.n);
      return { items: rows.map((row) => this.answerOf(row)), total, limit, offset };
    });
  }

  async update(id: string, patch: SchedulePatch, mutation?: Mutation): Promise<ScheduleAnswer> {
    const { stream: reference } = patch;
    const given: Partial<ScheduleRow> = checkPolicies(patch);
    if (patch.cron !== undefined) given.cron = requireText('cron', patch.cron);
    if (patch.zone !== undefined) given.zone = requireText('zone', patch.zone);
    const timetable = await this.timetable();
    return mutate(this.context, `update schedule ${id}`, mutation, repeatSchedule, (change) => {
      const before = needSchedule(change.tx, id);
      refuseOfFile(before);
      const changes = { ...given };
      if (reference !== undefined) {
        const stream = change.needStream(reference);
        refuseEnded(stream, 'Schedule');
        changes.stream_id = stream.id;
      }
      if (given.cron !== undefined || given.zone !== undefined) {
        const { cron, zone } = { ...before, ...changes };
        timetable.checkTimes(cron, zone, change.ms);
        if (before.paused === 0) Object.assign(changes, plan(change, { cron, zone }, timetable));
      }
      return changeSchedule(change, before, changes);
    });
  }

  async setPaused(id: string, paused: boolean, mutation?: Mutation): Promise<ScheduleAnswer> {
    const operation = `${paused ? 'pause' : 'resume'} schedule ${id}`;
    const timetable = await this.timetable();
    return mutate(this.context, operation, mutation, repeatSchedule, (change) => {
      const before = needSchedule(change.tx, id);
      if ((before.paused === 1) === paused) return this.answerOf(before);
      return changeSchedule(change, before, {
        paused: paused ? 1 : 0,
        // One that is not confirmed is planned once it is.
        ...(paused || this.answerOf(before).unconfirmed
          ? { next_at: null }
          : plan(change, before, timetable)),
      });
    });
  }

  async run(id: string, mutation?: Mutation): Promise<TaskAnswer> {
    const [row] = await this.context.db.read((reader) => selectSchedules(reader, 'WHERE id = ?', id.trim()));
    const unkept = row === undefined ? {} : await this.unkept.of(row);
    return mutate(this.context, `run schedule ${id}`, mutation, repeatTask, (change) => {
      const before = needSchedule(change.tx, id);
      const { task, changes } = enqueueFor(change, this.enqueueing, before, unkept, newId('task'));
      changeSchedule(change, before, changes);
      return task;
    });
  }

  remove(id: string, mutation?: Mutation): Promise<void> {
    return mutate(this.context, `remove schedule ${id}`, mutation, repeatNothing, (change) => {
      const row = needSchedule(change.tx, id);
      const { place, config } = this.context;
      // Of places that are gone, nobody could remove it otherwise.
      if (place === undefined || isCurrent(row, config.current())) refuseOfFile(row);
      removeSchedule(change, row);
    });
  }

  private answerOf(row: ScheduleRow): Schedule {
    return scheduleOf(row, this.context.config.current());
  }

  private timetable(): Promise<Timetable> {
    return import('../../../config/timetable');
  }
}

/** What is in the file would come back. */
function refuseOfFile({ id, name }: ScheduleRow): void {
  if (name === null) return;
  throw new QueueError(
    'conflict',
    `Schedule ${id} comes from sparkq.yml`,
    `Change or remove it there, as schedules.${name}; sparkq schedule pause lets its times pass.`,
  );
}

function checkPolicies({ missed, overlap }: Pick<SchedulePatch, 'missed' | 'overlap'>) {
  return {
    ...(missed !== undefined && { missed: checkChoice('missed', missed, missedPolicies) }),
    ...(overlap !== undefined && { overlap: checkChoice('overlap', overlap, overlapPolicies) }),
  };
}
