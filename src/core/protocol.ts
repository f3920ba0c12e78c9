/** What both sides of the HTTP connection share. Imports no library, because the thin client loads it, too. */

import type { Origin, OwnerRole } from './model';

/** Incremented when older programs can no longer work with the queue's owner. */
export const protocolVersion = 1;

/** The caller's protocol version; sent by SparkQ's own programs only. */
export const protocolHeader = 'x-sparkq-protocol';

/** Who calls, as JSON of an `Origin`: a header's text has ASCII only. */
export const callerHeader = 'x-sparkq-caller';
/** Characters of each text in it. */
export const mostCallerText = 200;

/** The value of that header. */
export function callerText(caller: Origin): string {
  return JSON.stringify(caller).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Makes a mutation safe to repeat. */
export const idempotencyHeader = 'idempotency-key';
export const keyPattern = /^[\x21-\x7e]{1,200}$/;
export const keyRule = 'must be 1-200 printable characters without blanks';

/** The maximum size of a request's body in bytes. */
export const bodyLimit = 10 * 1024 * 1024;

/** Milliseconds between two pings on an event stream. */
export const pingInterval = 5_000;

/** The body of every error. */
export interface ErrorBody {
  /** `Error: ` and a sentence. */
  error: string;
  status: number;
  code: string;
  hint: string;
  details?: Readonly<Record<string, unknown>>;
}

export const errorPrefix = 'Error: ';

/** Whether version `a` (of the form 1.2.3) comes after `b`. */
export function isNewer(a: string, b: string): boolean {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const at = left.findIndex((part, index) => part !== right[index]);
  return at >= 0 && (left[at] ?? 0) > (right[at] ?? 0);
}

/** What decides which of two programs owns a queue. */
export interface Rank {
  version: string;
  role: OwnerRole;
}

/** Whether a program that stays takes the queue over: a newer one does, and a server from a command of its version. */
export function takesOver(next: Rank, owner: Rank): boolean {
  if (isNewer(next.version, owner.version)) return true;
  return next.role === 'serve' && !servesForGood(owner.role) && !isNewer(owner.version, next.version);
}

/** Whether serving is what the process is there for; a command such as watch serves only while it lasts. */
export function servesForGood(role: OwnerRole): boolean {
  return role === 'serve' || role === 'editor' || role === 'up';
}

function numbersOf(version: string): number[] {
  const [major = 0, minor = 0, patch = 0] = version
    .split(/[.+-]/)
    .map((part) => Number.parseInt(part, 10) || 0);
  return [major, minor, patch];
}
