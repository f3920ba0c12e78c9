/** Checks what was sent against a schema, and says in one sentence what is wrong with it. */

import type { z } from 'zod';
import { cutText } from '../core/cutText';
import { QueueError } from '../core/errors';

type Issue = z.core.$ZodIssue;

/** A body that matches its schema. @throws QueueError `missing_field`, `invalid_field` */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  if (body === undefined && !schema.safeParse({}).success) {
    throw new QueueError('missing_field', 'Missing field body', 'Send a JSON object as the body');
  }
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw bodyError(parsed.error.issues[0], body);
}

/** The query's parameters that the schema names; an empty one counts as absent. @throws QueueError `invalid_filter` */
export function parseQuery<S extends z.ZodType>(schema: S, search: URLSearchParams): z.output<S> {
  const given: Record<string, string> = {};
  for (const [name, value] of search) if (value !== '' && !Object.hasOwn(given, name)) given[name] = value;
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw queryError(parsed.error.issues[0], given);
}

/** A patch that changes something. @throws QueueError `missing_field` */
export function someField<T extends object>(patch: T): T {
  if (Object.values(patch).some((value) => value !== undefined)) return patch;
  const names = Object.keys(patch).join(', ');
  throw new QueueError(
    'missing_field',
    'Missing field: nothing to change was given',
    names === '' ? undefined : `Send one of ${names}`,
  );
}

function bodyError(issue: Issue | undefined, body: unknown): QueueError {
  const name = issue?.path.join('.') ?? '';
  if (issue === undefined || name === '') {
    return new QueueError('invalid_field', 'Invalid body: not a JSON object', 'Send one JSON object');
  }
  const value = valueAt(body, issue.path);
  if (issue.code === 'invalid_type' && value === undefined) {
    return new QueueError('missing_field', `Missing field ${name}`, `Send \`${name}\` in the JSON body`);
  }
  return new QueueError('invalid_field', `Invalid ${name}: ${withValue(value, sentenceOf(issue))}`);
}

/** What is wrong, after the invalid value where that is short. */
function withValue(value: unknown, sentence: string): string {
  if (typeof value === 'object' || value === undefined) return sentence;
  return `${cutText(String(value), 80)}. ${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}

function queryError(issue: Issue | undefined, given: Readonly<Record<string, string>>): QueueError {
  const name = String(issue?.path[0] ?? 'query');
  const value = given[name];
  if (issue === undefined || value === undefined) {
    return new QueueError('invalid_filter', `Missing ${name} filter`, `Add \`?${name}=\` to the address`);
  }
  return new QueueError(
    'invalid_filter',
    `Invalid ${name} filter: ${cutText(value, 200)}. ${sentenceOf(issue)}`,
  );
}

function sentenceOf(issue: Issue): string {
  if (issue.code === 'invalid_value') return `Valid options: ${issue.values.map(String).sort().join(', ')}`;
  return issue.message;
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    body,
  );
}
