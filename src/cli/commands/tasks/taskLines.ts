/** Tasks as lines of JSON: the fields of `POST /api/tasks/bulk`, one task a line. */

import { QueueError } from '../../../core/errors';
import { memberText } from '../../../core/exactJson';
import { afterPolicies, type Needs, worktreeKinds } from '../../../core/model';
import type { NewTaskOfMany } from '../../../core/queue';
import { invalid } from '../../../core/refusals';
import { checkChoice, checkNeeds, requireText } from '../../../core/validation';
import { instant, isObject } from '../../terminal/options';

type Fields = Readonly<Record<string, unknown>>;

/** @throws QueueError `invalid_field`, `missing_field`, which say the line */
export function tasksOfLines(text: string, file: string): NewTaskOfMany[] {
  const tasks = text
    .split('\n')
    .flatMap((line, at) => (line.trim() === '' ? [] : [inLine(at, () => taskOf(line))]));
  if (tasks.length === 0) throw invalid('from', file, 'It has no line with a task.');
  return tasks;
}

function inLine<T>(at: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!QueueError.is(error)) throw error;
    throw new QueueError(error.code, `${error.message} (line ${at + 1})`, error.hint, { line: at + 1 });
  }
}

function taskOf(line: string): NewTaskOfMany {
  const fields = objectOf(line);
  const afterPolicy = textIn(fields, 'after_policy');
  const worktree = textIn(fields, 'worktree');
  const notBefore = textIn(fields, 'not_before');
  return {
    key: textIn(fields, 'key'),
    tool_name: requireText('tool_name', textIn(fields, 'tool_name') ?? ''),
    task_class: textIn(fields, 'task_class'),
    timeout: numberIn(fields, 'timeout'),
    kill_after: numberIn(fields, 'kill_after'),
    // The text as it stands there: parsing would change its numbers.
    payload: isObject(fields.payload) ? memberText(line, 'payload') : textIn(fields, 'payload'),
    prompt: textIn(fields, 'prompt'),
    label: textIn(fields, 'label'),
    not_before: notBefore === undefined ? undefined : instant('not_before')(notBefore),
    after: textsIn(fields, 'after', 'ids or keys'),
    after_batch: textIn(fields, 'after_batch'),
    after_policy:
      afterPolicy === undefined ? undefined : checkChoice('after_policy', afterPolicy, afterPolicies),
    max_attempts: numberIn(fields, 'max_attempts'),
    needs: needsIn(fields),
    verify: textsIn(fields, 'verify', 'a program and its arguments'),
    worktree: worktree === undefined ? undefined : checkChoice('worktree', worktree, worktreeKinds),
  };
}

function objectOf(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Said below.
  }
  if (isObject(value)) return value;
  throw invalid(
    'line',
    line.slice(0, 80),
    'Each line is one JSON object: {"tool_name": "...", "payload": {...}}',
  );
}

/** Null is the same as nothing. */
function textIn(fields: Fields, name: string): string | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(name, value, 'It must be text.');
}

function numberIn(fields: Fields, name: string): number | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined || typeof value === 'number') return value;
  throw invalid(name, value, 'It must be a number.');
}

function needsIn({ needs }: Fields): Needs | undefined {
  if (needs === undefined || needs === null) return undefined;
  if (!isObject(needs)) throw invalid('needs', needs, 'It must be an object such as {"gpu": 1}.');
  return checkNeeds(needs as Needs) ?? undefined;
}

function textsIn(fields: Fields, name: string, what: string): string[] | undefined {
  const value = fields[name] ?? undefined;
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((text) => typeof text === 'string')) return value;
  throw invalid(name, value, `It must be a list of ${what}.`);
}
