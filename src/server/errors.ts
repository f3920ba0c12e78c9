/** Errors as they are sent: one JSON shape for all of them. */

import { type ErrorCode, messageOf, QueueError } from '../core/errors';
import type { Log } from '../core/log';
import { type ErrorBody, errorPrefix } from '../core/protocol';

/** What to do next, where the error itself does not say. */
const defaultHints: Readonly<Record<ErrorCode, string>> = {
  missing_field: 'Send the field in the JSON body',
  invalid_field: 'See /openapi.json for the valid values of the field',
  invalid_filter: 'See /openapi.json for the valid values of the filter',
  unauthorized: 'Send `Authorization: Bearer <token>` with the token of the discovery file',
  forbidden: 'Ask the person whose queue it is to do it',
  forbidden_host: 'Address the server as 127.0.0.1 with its port',
  forbidden_origin: 'Call the API from a program, not from a page of another site',
  not_found: 'See /openapi.json for the routes, and list what exists',
  method_not_allowed: 'Use one of the methods of the Allow header',
  wrong_state: 'Read the current state first',
  already_claimed: 'Claim another task',
  not_ready: 'Try again when the task is ready',
  changed: 'Look again at what would start, and approve that',
  lease_superseded: 'Stop working on this task: another worker holds it',
  stream_ended: 'Use another stream',
  session_ended: 'Use another session',
  name_taken: 'Choose another name',
  conflict: 'Read the current state first',
  gone: 'It was purged',
  too_large: 'Send a smaller body',
  unsupported_type: 'Send `Content-Type: application/json`',
  upgrade_required: 'Update SparkQ and try again',
  internal: "See the owner's log",
  storage_failed: 'Check the disk that holds the queue, then try again',
  outcome_unknown: 'Repeat the request with the same Idempotency-Key',
  unavailable: 'Try again',
};

/** The body that an error is sent as. */
export function errorBody(error: QueueError): ErrorBody {
  return {
    error: `${errorPrefix}${error.message}`,
    status: error.status,
    code: error.code,
    hint: error.hint ?? defaultHints[error.code],
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

/** What was thrown, as a QueueError. Anything unexpected is logged, and the caller is told only that. */
export function toQueueError(thrown: unknown, log: Log): QueueError {
  if (thrown instanceof QueueError) return thrown;
  log.error(`A request failed: ${messageOf(thrown)}`, thrown);
  return new QueueError('internal', 'Internal server error');
}
