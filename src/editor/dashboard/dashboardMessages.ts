/** Validates the messages of the dashboard. Pure. */

import * as z from 'zod';
import { isId } from '../../core/ids';
import type { FromDashboard } from '../../pages/dashboard/dashboardProtocol';

const id = z.int().min(0);
/** The range of a Date. */
const moment = z.number().min(-8.64e15).max(8.64e15);

const message = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('load'), id, since: moment }),
  z.strictObject({ type: z.literal('overview'), id }),
  z.strictObject({ type: z.literal('openTask'), taskId: z.string().refine((task) => isId(task, 'task')) }),
]);

/** The message; undefined if it is invalid. */
export function readDashboardMessage(value: unknown): FromDashboard | undefined {
  return message.safeParse(value).data;
}
