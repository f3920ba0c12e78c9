/** The end of what a failed run printed. Pure. */

import { shortened } from '../../core/cutText';
import type { TaskDetail } from '../../core/model';
import { plainText } from '../../core/plainText';

/** Longer lines are cut. */
const longestLine = 400;

/**
 * The last lines of stderr, or of stdout if there is nothing: tests mostly print there; of what its check wrote, where
 * that failed. Null if that says no more than the error itself, and for a task that has not failed by itself.
 */
export function lastErrorLines(
  task: Pick<TaskDetail, 'status' | 'failure_kind' | 'error' | 'stdout' | 'stderr' | 'check'>,
  most: number,
): string | null {
  const { status, failure_kind: kind, error, stdout, stderr, check } = task;
  if (status !== 'failed' || kind === 'cancelled' || kind === 'dependency') return null;
  const outputs = kind === 'verify' ? [check] : [stderr, stdout];
  const last = (outputs.map(linesOf).find((lines) => lines.length > 0) ?? []).slice(-most);
  if (last.length === 0 || (last.length === 1 && error?.includes(last[0]?.trim() ?? ''))) return null;
  return last.map((line) => shortened(line, longestLine)).join('\n');
}

function linesOf(output: string | null): string[] {
  return plainText(output ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '');
}
