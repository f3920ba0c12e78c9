import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import type { Queue } from '../../../src/core/queue';
import { endOf, makeLane, openQueue } from '../editor';

/** Resolves when the Problems panel has these messages for a file, and no others. */
async function shows(file: vscode.Uri, messages: readonly string[]): Promise<vscode.Diagnostic[]> {
  const now = () => vscode.languages.getDiagnostics(file);
  const fits = () => JSON.stringify(now().map(({ message }) => message)) === JSON.stringify(messages);
  await new Promise<void>((resolve) => {
    const follow = vscode.languages.onDidChangeDiagnostics(() => check());
    const check = () => {
      if (!fits()) return;
      follow.dispose();
      resolve();
    };
    check();
  });
  return now();
}

describe('The problems of a run', () => {
  const line = "echo 'src/a.c:3:7: error: odd'; echo 'noise'; echo 'src/a.c:5: warning: old' >&2; exit 1";
  let queue: Queue;
  let file: vscode.Uri;

  /** Queues the command and runs it to its end. */
  async function run(id: string): Promise<void> {
    await vscode.commands.executeCommand(commands.runTask, { taskId: id });
    assert.equal((await endOf(queue, id)).failure_kind, 'error');
  }

  before(async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    file = vscode.Uri.file(path.join(folder.uri.fsPath, 'scripts', 'src', 'a.c'));
    queue = await openQueue();
  });

  it('stand in the Problems panel until it is queued again, run again or deleted', async () => {
    const { stream } = await makeLane(queue, 'with problems');
    const payload = { line, shell: '/bin/sh', cwd: 'scripts', problem_matcher: '$gcc' };
    const { task } = await queue.enqueue({ stream: stream.id, tool_name: 'run-shell', payload });
    assert.ok(task.status !== undefined);
    await run(task.id);
    const [first, second] = await shows(file, ['odd', 'old']);
    assert.equal(first?.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(first?.source, 'gcc');
    assert.deepEqual(first?.range.start, new vscode.Position(2, 6));
    assert.equal(second?.severity, vscode.DiagnosticSeverity.Warning);
    assert.equal(second?.range.start.line, 4);

    const copy = await queue.requeue(task.id);
    await shows(file, []);
    await run(copy.id);
    await shows(file, ['odd', 'old']);
    await queue.deleteTask(copy.id);
    await shows(file, []);
  });
});
