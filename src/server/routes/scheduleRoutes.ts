/** Schedules: tasks that are enqueued at certain times, over and over. */

import { changedSchedule, manySchedules, message, oneSchedule, oneTask } from '../answerSchemas';
import { newSchedule, scheduleFilter, schedulePatch } from '../inputSchemas';
import type { Router } from '../router';
import { someField } from '../validation';
import { withPayload } from './payloads';

export function addScheduleRoutes(router: Router): void {
  const routes = router.group('schedules');
  routes.forward('listSchedules', 'List schedules, newest first', manySchedules, { input: scheduleFilter });
  routes.forward('createSchedule', 'Create a schedule', oneSchedule, {
    status: 201,
    input: newSchedule,
    prepare: ({ stream_id, ...input }, source) => ({ ...withPayload(input, source), stream: stream_id }),
  });
  routes.forward('getSchedule', 'Get a schedule', oneSchedule);
  routes.forward('updateSchedule', 'Change the times of a schedule, or its stream', oneSchedule, {
    input: schedulePatch,
    prepare: someField,
  });
  routes.forward('pauseSchedule', 'Pause a schedule', changedSchedule, { message: 'Schedule paused' });
  routes.forward('resumeSchedule', 'Resume a schedule', changedSchedule, { message: 'Schedule resumed' });
  routes.forward('runSchedule', 'Enqueue the task of a schedule now', oneTask);
  routes.forward('removeSchedule', 'Remove a schedule; its tasks stay', message, {
    message: 'Schedule removed',
  });
}
