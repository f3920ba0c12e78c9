/** Options that find tasks, in the queue or in its history. */

import path from 'node:path';
import { type Instant, toInstant } from '../../core/clock';
import { invalid } from '../../core/refusals';
import { parseSince } from '../../core/times';

/** A path that is not below the current folder, relative to the workspace. */
export async function inWorkspace(
  script: string,
  context: { findWorkspace(): Promise<string> },
): Promise<string> {
  if (!path.isAbsolute(script) && !script.startsWith('..')) return script;
  const { relativePath } = await import('../../scripts/paths');
  return relativePath(await context.findWorkspace(), path.resolve(script)) ?? script;
}

/** A time in the past, as an instant. @throws QueueError `invalid_field` */
export function parseTimeAgo(text: string): Instant {
  const at = parseSince(text, Date.now(), 'local');
  if (at !== null) return toInstant(at);
  throw invalid(
    'since',
    text,
    'Provide a time such as 2026-01-31 or 2026-01-31T09:00, or an age such as 12h or 7d',
  );
}
