/** The JSON text of answers and events. */

import type { Task } from '../core/model';

/**
 * Like JSON.stringify, but in `task` and `tasks` each `payload_json` has its numbers digit for digit, on one line.
 */
export function answerText(body: object): string {
  if (Array.isArray(body)) return JSON.stringify(body);
  const members = Object.entries(body)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}:${memberTextOf(name, value)}`);
  return `{${members.join(',')}}`;
}

function memberTextOf(name: string, value: unknown): string {
  if (name === 'task') return taskText(value);
  if (name === 'tasks' && Array.isArray(value)) return `[${value.map(taskText).join(',')}]`;
  return JSON.stringify(value);
}

function taskText(value: unknown): string {
  if (!isTask(value)) return JSON.stringify(value);
  const { payload_json, ...rest } = value;
  // Line breaks of JSON text can only be between its parts.
  const payload = payload_json === null ? 'null' : value.payload.replaceAll(/[\r\n]+/g, ' ');
  return `${JSON.stringify(rest).slice(0, -1)},"payload_json":${payload}}`;
}

function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && 'payload_json' in value && 'payload' in value;
}
