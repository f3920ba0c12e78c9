/** Refusals as stderr shows them, and the exit codes that follow from them. */

import { type ErrorCode, messageOf, QueueError } from '../../core/errors';
import { indented } from '../../core/plainText';
import { isErrno } from '../../system/errno';

export const exitCodes = {
  done: 0,
  refused: 1,
  usage: 2,
  /** No queue here, or its owner cannot be reached. */
  unreachable: 3,
  /** Another worker has the task: already claimed, or the lease is superseded. */
  taken: 4,
  /** By Ctrl+C. */
  interrupted: 130,
  terminated: 143,
} as const;

const codesOfRefusals: Partial<Record<ErrorCode, number>> = {
  already_claimed: exitCodes.taken,
  lease_superseded: exitCodes.taken,
  unavailable: exitCodes.unreachable,
  upgrade_required: exitCodes.unreachable,
};

/** Node's own error for a current folder that was deleted names neither. */
function noFolder(): QueueError {
  return new QueueError(
    'unavailable',
    'The current folder no longer exists',
    'Change to another folder, and name that of the queue with --workspace',
  );
}

/** The lines for stderr, and the exit code, of anything that was thrown. */
export function describeError(error: unknown): { lines: string[]; exitCode: number } {
  if (isErrno(error) && error.syscall === 'uv_cwd') return describeError(noFolder());
  if (!QueueError.is(error)) return { lines: [line('Error', messageOf(error))], exitCode: exitCodes.refused };
  const { code, message, hint, details } = error;
  const ofDatabase = code === 'storage_failed';
  const lines = [line('Error', `${ofDatabase ? 'Database error: ' : ''}${message}`)];
  const suggestion = hint ?? (ofDatabase ? 'Check database file and permissions' : '');
  // Where valid options are listed, the hint lists them once more.
  if (Array.isArray(details?.valid_options)) lines.push(`Valid options: ${details.valid_options.join(', ')}`);
  else if (suggestion !== '') lines.push(line('Suggestion', suggestion));
  return { lines, exitCode: codesOfRefusals[code] ?? exitCodes.refused };
}

/** Messages quote names and values of others, which may have several lines. */
function line(title: string, text: string): string {
  return `${title}: ${indented(text, 2)}`;
}
