/** What `sparkq add` says of many tasks at once, before and after they are queued. */

import { textOf } from '../../../client/enqueueBatch';
import { sleep } from '../../../core/clock';
import { QueueError } from '../../../core/errors';
import { type Batch, isBatchOver } from '../../../core/model';
import type { NewTaskOfMany, Queue } from '../../../core/queue';
import { commandText, shellWord } from '../../../system/shellWords';
import type { CommandContext } from '../../context';
import { exitCodes } from '../../terminal/errors';
import { batchLine } from '../../terminal/tables';

/** Says of a failure in the middle what has been queued, and how to complete it. */
export function cutOff(error: unknown, batch: string, key: string): unknown {
  if (!QueueError.is(error)) return error;
  return new QueueError(
    error.code,
    `${error.message} (batch ${batch} is not complete)`,
    `${error.hint ? `${error.hint.replace(/[^.!?]$/, '$&.')} ` : ''}To queue what is missing, repeat the command with --key ${shellWord(key)}`,
    error.details,
  );
}

/**
 * Resolves when nothing of a batch is left to do, or nothing more starts because it stopped.
 * @param timeout seconds
 * @throws QueueError `wrong_state` when the time is over
 */
export async function batchEnded(
  queue: Queue,
  id: string,
  timeout = Number.POSITIVE_INFINITY,
): Promise<Batch> {
  const end = performance.now() + timeout * 1000;
  let changed = new AbortController();
  const unsubscribe = queue.subscribe(({ type, task, batch_id }) => {
    if (type === 'reset' || task?.batch_id === id || batch_id === id) changed.abort();
  });
  try {
    for (;;) {
      changed = new AbortController();
      const batch = await queue.getBatch(id);
      if (isBatchOver(batch) || (batch.stopped_at !== null && batch.counts.running === 0)) return batch;
      const left = end - performance.now();
      if (left <= 0) throw stillOpen(`Batch ${id} has`, timeout, `sparkq batch ${id}`);
      await sleep(left, undefined, changed.signal);
    }
  } finally {
    unsubscribe();
  }
}

/** @param what it is, with its verb; @param timeout seconds; @param command shows it */
export function stillOpen(what: string, timeout: number, command: string): QueueError {
  return new QueueError('wrong_state', `${what} not finished within ${timeout} s`, `See: ${command}`);
}

/** Prints what has become of a batch; failures make the exit code 1. */
export function reportEnd(context: CommandContext, batch: Batch): void {
  const { queued, failed, cancelled } = batch.counts;
  if (queued + failed + cancelled > 0) context.exitCode = exitCodes.refused;
  context.answer(batch, batchLine(batch));
}

/** What would be queued, one line a task. */
export function dryLines(tasks: readonly NewTaskOfMany[]): string[] {
  return tasks.map(({ payload, label, tool_name: tool, prompt }) => {
    const { argv, line } = typeof payload === 'object' ? payload : {};
    if (Array.isArray(argv)) return commandText(argv);
    if (typeof line === 'string') return line;
    return [tool, label ?? prompt ?? textOf(payload) ?? ''].join(' ').trimEnd();
  });
}
