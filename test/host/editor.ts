/** What host tests share: the extension's API, and ways to wait for what a command sets off. */

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { QueueEvent } from '../../src/core/events';
import type { Session, Stream } from '../../src/core/model';
import type { Queue } from '../../src/core/queue';
import type { SparkQApi } from '../../src/extension';

/** The extension's API, once it is active. */
export async function activate(): Promise<SparkQApi> {
  const extension = vscode.extensions.getExtension<SparkQApi>('sparkq.sparkq');
  assert.ok(extension, 'the extension is installed');
  return extension.activate();
}

export async function openQueue(): Promise<Queue> {
  return (await activate()).queue();
}

/** A session and a stream for one test. */
export async function makeLane(queue: Queue, name: string): Promise<{ session: Session; stream: Stream }> {
  const session = await queue.createSession({ name: `session of ${name}` });
  return { session, stream: await queue.createStream({ session: session.id, name }) };
}

/** The next event that fits. Ask before doing what sets it off. */
export function nextEvent(queue: Queue, fits: (event: QueueEvent) => boolean): Promise<QueueEvent> {
  return new Promise((resolve) => {
    const unsubscribe = queue.subscribe((event) => {
      if (!fits(event)) return;
      unsubscribe();
      resolve(event);
    });
  });
}

/** The end of a task, one that has ended already included. */
export async function endOf(queue: Queue, taskId: string) {
  const ended = nextEvent(
    queue,
    (event) => event.task_id === taskId && (event.type === 'task.succeeded' || event.type === 'task.failed'),
  );
  const now = await queue.getTask(taskId);
  if (now.status === 'queued' || now.status === 'running') await ended;
  return queue.getTask(taskId);
}

/** Runs a command that asks by pickers, and takes the row that each offers first. */
export async function takingFirst<T>(command: string, ...given: unknown[]): Promise<T> {
  let answered = false;
  const result = Promise.resolve(vscode.commands.executeCommand<T>(command, ...given)).finally(() => {
    answered = true;
  });
  // An extension is not told when a picker is on the screen, so Enter is pressed until the command has its answer.
  while (!answered) await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
  return result;
}

/** The next document that comes to the front of the editors and fits. */
export function nextEditor(fits: (document: vscode.TextDocument) => boolean): Promise<vscode.TextDocument> {
  return new Promise((resolve) => {
    const look = (editor: vscode.TextEditor | undefined) => {
      if (!editor || !fits(editor.document)) return;
      listening.dispose();
      resolve(editor.document);
    };
    const listening = vscode.window.onDidChangeActiveTextEditor(look);
    look(vscode.window.activeTextEditor);
  });
}
