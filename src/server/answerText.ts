/** The JSON text of answers and events. */

import type { Task } from '../core/model';

/**
 * Like JSON.stringify, but in `task`, `tasks`, `schedule` and `schedules` each `payload_json` has its numbers digit for
 * digit, on one line.
 */
export function answerText(body: object): string {
  if (Array.isArray(body)) return JSON.stringify(body);
  const members = Object.entries(body)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}:${memberTextOf(name, value)}`);
  return `{${members.join(',')}}`;
}

function memberTextOf(name: string, value: unknown): string {
  if (name === 'task' || name === 'schedule') return rowText(value);
  if ((name === 'tasks' || name === 'schedules') && Array.isArray(value))
    return `[${value.map(rowText).join(',')}]`;
  return JSON.stringify(value);
}

function rowText(value: unknown): string {
  if (!hasPayload(value)) return JSON.stringify(value);
  const { payload_json, ...rest } = value;
  // Line breaks of JSON text can only be between its parts.
  const payload = payload_json === null ? 'null' : value.payload.replaceAll(/[\r\n]+/g, ' ');
  return `${JSON.stringify(rest).slice(0, -1)},"payload_json":${payload}}`;
}

function hasPayload(value: unknown): value is Pick<Task, 'payload' | 'payload_json'> {
  return typeof value === 'object' && value !== null && 'payload_json' in value && 'payload' in value;
}
