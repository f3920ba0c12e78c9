/**
 * What a queue refuses, and why. Every refusal has a code, a message that names the thing, and a hint that
 * says what to do next; the code determines the HTTP status and the exit code of the command line.
 */

/** The codes with their HTTP status. */
export const errorStatus = {
  missing_field: 400,
  invalid_field: 400,
  invalid_filter: 400,
  unauthorized: 401,
  forbidden: 403,
  forbidden_host: 403,
  forbidden_origin: 403,
  not_found: 404,
  method_not_allowed: 405,
  wrong_state: 409,
  already_claimed: 409,
  not_ready: 409,
  lease_superseded: 409,
  changed: 409,
  stream_ended: 409,
  session_ended: 400,
  name_taken: 400,
  conflict: 409,
  gone: 410,
  too_large: 413,
  unsupported_type: 415,
  upgrade_required: 426,
  internal: 500,
  storage_failed: 503,
  outcome_unknown: 503,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorStatus;

/** An expected refusal. Any other error is a bug or a failing machine. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  readonly status: number;

  /**
   * @param code its HTTP status and exit code follow from it
   * @param message one sentence that names the thing and says what happened
   * @param hint what to do next
   * @param details further facts for programs, such as who holds the lease
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint?: string,
    readonly details?: Readonly<Record<string, unknown>>,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = errorStatus[code];
  }

  /** Whether `error` is a refusal, with one of `codes` if any are given. */
  static is(error: unknown, ...codes: ErrorCode[]): error is QueueError {
    return error instanceof QueueError && (codes.length === 0 || codes.includes(error.code));
  }
}

/** The server of the queue, where an operation was refused because it cannot be reached; null for anything else. */
export function unreachableServer(error: unknown): string | null {
  const server = QueueError.is(error, 'unavailable') ? error.details?.unreachable : undefined;
  return typeof server === 'string' ? server : null;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What happened, then what to do next, if that is known. */
export function messageWithHint(error: unknown): string {
  if (!QueueError.is(error) || !error.hint) return messageOf(error);
  return `${error.message.replace(/[^.!?:]$/, '$&.')} ${error.hint}`;
}

/** The stack of anything thrown, including causes, for the log. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\nCaused by: ${stackOf(error.cause)}`;
}
