/**
 * Texts of a queue on a PostgreSQL server, which keeps neither NUL nor half of a surrogate pair. A caller that gives one
 * is refused; what a worker reports must not be lost for that, and has U+FFFD in its place.
 */

import { shortened } from '../core/cutText';
import { type OperationName, operationNames } from '../core/operations';
import type { QueueOperations } from '../core/queue';
import { invalid } from '../core/refusals';

/** What no text on the server has. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this searches for a control character
const unkept = /\u0000|\p{Surrogate}/gu;
/** The same as JSON writes it: perhaps, as the other half may follow. */
const escaped = /\\u(?:0000|d[89a-f])/i;

/** Reports of work that has been done, or is under way. */
const reports: ReadonlySet<OperationName> = new Set([
  'claimNext',
  'claimTask',
  'heartbeat',
  'complete',
  'fail',
  'ask',
  'abandon',
  'returnForApproval',
]);
/** These are bytes in files. */
const outputs: ReadonlySet<string> = new Set(['stdout', 'stderr']);
/** A field whose text may be JSON, and is read as such later. */
const json = 'payload';

/** Has every operation of `queue` keep to the rule. */
export function keepServerTexts(queue: QueueOperations): void {
  for (const name of operationNames) {
    const operation = queue[name] as (...args: unknown[]) => Promise<unknown>;
    const allowed = reports.has(name)
      ? mended
      : (value: unknown) => {
          check(value, 'id');
          return value;
        };
    const keeping = async (...args: unknown[]) => operation.apply(queue, args.map(allowed));
    Object.defineProperty(queue, name, { value: keeping, writable: true, configurable: true });
  }
}

/** `text` with U+FFFD for whatever the server does not keep. */
export function keptText(text: string): string {
  return text.replace(unkept, '\ufffd');
}

/** Whether the server keeps the text of a field as it is. */
export function isKept(text: string, field: string): boolean {
  try {
    check(text, field);
    return true;
  } catch {
    return false;
  }
}

/** @throws QueueError `invalid_field` */
function check(value: unknown, field: string): void {
  if (typeof value === 'string') {
    if (value.search(unkept) >= 0) {
      throw invalid(
        field,
        JSON.stringify(shortened(value, 80)),
        'Remove NUL (U+0000) and unpaired surrogates: the queue is on a PostgreSQL server, which cannot keep them.',
      );
    }
    if (field === json && escaped.test(value)) check(parsed(value), field);
    return;
  }
  for (const [key, item] of membersOf(value)) {
    check(key, field);
    check(item, Array.isArray(value) || field === json ? field : key);
  }
}

function mended(value: unknown): unknown {
  if (typeof value === 'string') return keptText(value);
  if (Array.isArray(value)) return value.map(mended);
  const members = membersOf(value);
  if (members.length === 0) return value;
  return Object.fromEntries(members.map(([key, item]) => [key, outputs.has(key) ? item : mended(item)]));
}

/** Of a list or a plain object. */
function membersOf(value: unknown): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  return plain ? Object.entries(value) : [];
}

/** What is no JSON is refused later, or kept as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
