/** Tasks as a model is told of them: what it acts on, and no more. */

import type { Task, TaskAnswer } from '../core/model';
import { goneText } from '../core/refusals';
import { nameOfTask } from '../core/taskName';
import { commandText } from '../system/shellWords';

/** A field that says nothing is left out. */
type Facts = Readonly<Record<string, unknown>>;

export function factsOf(task: TaskAnswer): Facts {
  if (task.status === undefined) return { task_id: task.id, gone: goneText(task.id) };
  return said({
    task_id: task.id,
    name: nameOfTask(task),
    status: task.status,
    failure_kind: task.failure_kind,
    tool: task.tool_name,
    stream_id: task.stream_id,
    batch_id: task.batch_id,
    attempts: task.attempts,
    approval: task.approval === 'given' ? null : task.approval,
    waiting: task.waiting,
    // That it waits for an outside worker is said by `waiting`: here that is what is meant.
    warnings: task.warnings.filter(({ code }) => code !== 'outside_worker').map(({ message }) => message),
    progress: task.progress,
    message: task.progress_message,
    checking: task.checking || null,
    cancel_requested: task.cancel_requested,
    summary: task.result_summary,
    error: task.error,
    after: task.after,
    not_before: task.not_before,
    finished_at: task.finished_at,
    note: task.note,
    question: task.question?.text,
  });
}

/** What is to be done: the prompt, or the whole payload where there is more in it, and what checks it. */
export function workOf({ payload, payload_json: parsed, verify }: Task): Facts {
  const members = typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  const { prompt, ...rest }: Record<string, unknown> = members;
  const isPrompt = typeof prompt === 'string';
  return said({
    prompt: isPrompt ? prompt : null,
    payload: isPrompt && Object.keys(rest).length === 0 ? null : payload,
    verify: verify && commandText(verify),
  });
}

/** Without what is null, false or empty. */
export function said(facts: Facts): Facts {
  return Object.fromEntries(
    Object.entries(facts).filter(
      ([, value]) =>
        value !== null &&
        value !== undefined &&
        value !== false &&
        !(Array.isArray(value) && value.length === 0),
    ),
  );
}
