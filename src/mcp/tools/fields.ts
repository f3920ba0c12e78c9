/** Fields that several tools have. */

import { z } from 'zod';

/** A field that may be left out. */
export const taskId = z.string().describe('Id such as tsk_0a1b2c3d4e5f');
export const stream = z.string().optional().describe('Name or id; default: main');
/** The longest wait of a call, seconds. */
export const longestWait = 45;
export const waitSeconds = z
  .number()
  .min(0)
  .max(longestWait)
  .describe(`Seconds to wait, up to ${longestWait}`);
