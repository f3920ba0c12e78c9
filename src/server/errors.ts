/** Refusals as they are answered: one JSON shape for all of them. */

import { type ErrorCode, messageOf, QueueError } from '../core/errors';
import type { Log } from '../core/log';
import { type ErrorBody, errorPrefix } from '../core/protocol';

/** What to do next, where the refusal itself does not say. */
const defaultHints: Readonly<Record<ErrorCode, string>> = {
  missing_field: 'Send the field in the JSON body',
  invalid_field: 'See /openapi.json for what the field may hold',
  invalid_filter: 'See /openapi.json for what the filter may hold',
  unauthorized: 'Send `Authorization: Bearer <token>` with the token of the discovery file',
  forbidden_host: 'Address the server as 127.0.0.1 with its port',
  forbidden_origin: 'Call the API from a program, not from a page of another site',
  not_found: 'Look at /openapi.json for the routes, and list what there is',
  method_not_allowed: 'Use one of the methods of the Allow header',
  wrong_state: 'Read the present state first',
  already_claimed: 'Claim another task',
  not_ready: 'Try again when what it waits for is over',
  lease_superseded: 'Stop working on this task: somebody else holds it',
  stream_ended: 'Use another stream',
  session_ended: 'Use another session',
  name_taken: 'Choose another name',
  conflict: 'Read the present state first',
  gone: 'It was purged',
  too_large: 'Send less',
  unsupported_type: 'Send `Content-Type: application/json`',
  upgrade_required: 'Update SparkQ and try again',
  internal: "See the owner's log",
  storage_failed: 'Check the disk that holds the queue, then try again',
  outcome_unknown: 'Repeat the request with the same Idempotency-Key',
  unavailable: 'Try again',
};

/** The body that a refusal is answered with. */
export function errorBody(error: QueueError): ErrorBody {
  return {
    error: `${errorPrefix}${error.message}`,
    status: error.status,
    code: error.code,
    hint: error.hint ?? defaultHints[error.code],
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

/** What was thrown as a refusal. Anything unexpected goes to the log, and the caller learns no more than that. */
export function toQueueError(thrown: unknown, log: Log): QueueError {
  if (thrown instanceof QueueError) return thrown;
  log.error(`A request failed: ${messageOf(thrown)}`, thrown);
  return new QueueError('internal', 'Internal server error');
}
