/** The header in which a program says who calls through it. */

import { z } from 'zod';
import { QueueError } from '../core/errors';
import { isId } from '../core/ids';
import { callerKinds, type Origin } from '../core/model';
import { callerHeader, mostCallerText } from '../core/protocol';

const text = z.string().min(1).max(mostCallerText);
const callerShape = z.object({
  kind: z.enum(callerKinds),
  via: text.optional(),
  conversation: text.optional(),
  task: text.refine((id) => isId(id, 'task')).optional(),
});

/** A person, unless the header says otherwise. @throws QueueError `invalid_field` */
export function parseCaller(given: string | string[] | undefined): Origin {
  if (given === undefined) return { kind: 'person' };
  const parsed = callerShape.safeParse(jsonOf(String(given)));
  if (parsed.success) return parsed.data;
  throw new QueueError(
    'invalid_field',
    `Invalid header ${callerHeader}`,
    `Send JSON such as {"kind":"agent","via":"claude"}: a kind of ${callerKinds.join(', ')}, and via, conversation and task if they are known, of at most ${mostCallerText} characters`,
  );
}

/** Undefined where it is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
