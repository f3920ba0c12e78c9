/** The end of what a failed run printed. Pure. */

import { shortened } from '../../core/cutText';
import type { TaskDetail } from '../../core/model';
import { plainText } from '../../core/plainText';

/** Longer lines are cut. */
const longestLine = 400;

/**
 * The last lines of stderr, or of stdout if there is nothing: tests mostly print there. Null if that says no more than
 * the error itself, and for a task that has not failed by itself.
 */
export function lastErrorLines(
  task: Pick<TaskDetail, 'status' | 'failure_kind' | 'error' | 'stdout' | 'stderr'>,
  most: number,
): string | null {
  const { status, failure_kind: kind, error, stdout, stderr } = task;
  if (status !== 'failed' || kind === 'cancelled' || kind === 'dependency') return null;
  const lines = linesOf(stderr);
  const last = (lines.length > 0 ? lines : linesOf(stdout)).slice(-most);
  if (last.length === 0 || (last.length === 1 && error?.includes(last[0]?.trim() ?? ''))) return null;
  return last.map((line) => shortened(line, longestLine)).join('\n');
}

function linesOf(output: string | null): string[] {
  return plainText(output ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '');
}
