import * as vscode from 'vscode';
import type { TaskAnswer } from '../../core/model';
import type { Queue } from '../../core/queue';
import { warningIn, warningsToShow } from '../../core/waiting';
import { notify } from './notify';
import { explain } from './refusal';

/** Says what is worth knowing about tasks that were queued just now: each thing once, and what can be done about it. */
export function showTaskWarnings(queue: Queue, tasks: readonly TaskAnswer[]): void {
  const present = tasks.filter((task) => task.status !== undefined);
  for (const warning of warningsToShow(present)) {
    const { stream } = warning.code === 'blocks_stream' ? warning.values : {};
    void showWarning(queue, warningIn(warning, vscode.l10n), stream);
  }
}

/** @param blocked name of the stream that can be told to pass over such tasks */
async function showWarning(queue: Queue, text: string, blocked: string | undefined): Promise<void> {
  const pass = vscode.l10n.t('Let Other Tasks Pass');
  if (blocked === undefined) return void notify('information', text);
  if ((await notify('warning', text, pass)) !== pass) return;
  try {
    await queue.updateStream(blocked, { skip_unrunnable: true });
  } catch (error) {
    await notify('error', explain(error));
  }
}
