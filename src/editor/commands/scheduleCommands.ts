import * as vscode from 'vscode';
import { fromInstant } from '../../core/clock';
import { isOfFile, type Schedule, type Stream } from '../../core/model';
import { presentSchedule, presentTask } from '../../core/refusals';
import { nameOfTask } from '../../core/taskName';
import { someSchedules } from '../pickers/schedulePicker';
import { localText, pickTimes } from '../pickers/timesPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { confirm, notify } from '../shared/notify';
import type { QueueAccess } from '../workspace/queueAccess';
import type { EnqueueCommands } from './enqueueCommands';
import type { NewTasks } from './newTasks';

/** Commands that make schedules, and change them. Those of sparkq.yml are made and removed there. */
export class ScheduleCommands {
  constructor(
    private readonly access: QueueAccess,
    private readonly newTasks: Pick<NewTasks, 'afterwards' | 'knownStream' | 'askForStream'>,
    private readonly enqueueing: Pick<EnqueueCommands, 'askForWork'>,
  ) {}

  readonly handlers = {
    addSchedule: (...given) => this.add(given),
    pauseSchedule: (...given) => this.pause(given),
    resumeSchedule: (...given) => this.resume(given),
    runSchedule: (...given) => this.run(given),
    removeSchedule: (...given) => this.remove(given),
  } satisfies CommandHandlers;

  /** Asks what, when and where. */
  private async add(given: readonly unknown[]): Promise<Schedule> {
    const title = vscode.l10n.t('Add Schedule');
    const known = await this.newTasks.knownStream(given[0]);
    const work = await this.enqueueing.askForWork(known, title);
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const cron = await pickTimes(title, zone);
    const chosen = known ?? (await this.newTasks.askForStream(title));
    const { queue } = await this.access.open();
    const stream = await chosen.in(queue);
    const schedule = presentSchedule(await queue.createSchedule({ ...work, stream: stream.id, cron, zone }));
    void notify('information', addedText(schedule, stream));
    return schedule;
  }

  private async pause(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Pause Schedule');
    const ids = await someSchedules(queue, given, { title, fits: ({ paused }) => !paused });
    for (const id of ids) await queue.pauseSchedule(id);
  }

  private async resume(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Resume Schedule');
    const ids = await someSchedules(queue, given, { title, fits: ({ paused }) => paused });
    for (const id of ids) await queue.resumeSchedule(id);
  }

  private async run(given: readonly unknown[]): Promise<void> {
    const workspace = await this.access.demand();
    const { queue } = workspace;
    const ids = await someSchedules(queue, given, { title: vscode.l10n.t('Run Schedule') });
    for (const id of ids) {
      const task = presentTask(await queue.runSchedule(id));
      this.newTasks.afterwards(workspace, await queue.getStream(task.stream_id), [task]);
    }
  }

  private async remove(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Remove Schedule');
    const ids = await someSchedules(queue, given, { title, fits: (schedule) => !isOfFile(schedule) });
    const schedules = await Promise.all(ids.map((id) => queue.getSchedule(id)));
    await confirm(
      vscode.l10n.t('Remove {0}?', schedules.map(nameOfTask).join(', ')),
      vscode.l10n.t('Nothing is queued at these times any more. Tasks that were queued stay.'),
      vscode.l10n.t('Remove'),
    );
    for (const id of ids) await queue.removeSchedule(id);
  }
}

function addedText(schedule: Schedule, stream: Stream): string {
  const { l10n } = vscode;
  const next = schedule.next_at === null ? '' : localText(fromInstant(schedule.next_at));
  const name = nameOfTask(schedule);
  return stream.working
    ? l10n.t('{0} is queued in {1} next at {2}.', name, stream.name, next)
    : l10n.t('{0} is queued in {1} next at {2}. The stream has no worker yet.', name, stream.name, next);
}
