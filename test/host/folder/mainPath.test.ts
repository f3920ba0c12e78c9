import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import type { Task } from '../../../src/core/model';
import { endOf, makeLane, nextEditor, openQueue, takingFirst } from '../editor';

const hello = { scriptPath: 'scripts/hello.sh' };

describe('A script in the queue', () => {
  it('is found, enqueued, claimed and run, succeeds with its stdout, and is requeued', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'main path');

    const file = await fileOf(hello.scriptPath);
    const lenses = await lensesOf(file);
    assert.deepEqual(lenses, ['$(play) Run', '$(add) Enqueue']);

    const [queued] = await takingFirst<Task[]>(commands.enqueueScript, hello);
    assert.ok(queued);
    assert.equal(queued.status, 'queued');
    assert.equal(queued.stream_id, stream.id);
    assert.deepEqual(queued.payload_json, { script_path: hello.scriptPath, args: [] });

    const running = await vscode.commands.executeCommand<Task>(commands.runTask, { taskId: queued.id });
    assert.equal(running.id, queued.id);
    assert.equal(running.attempts, 1);

    const ended = await endOf(queue, queued.id);
    assert.equal(ended.status, 'succeeded');
    assert.equal(ended.exit_code, 0);
    assert.equal(ended.result_summary, 'Hello, world!');
    assert.equal(ended.stdout, 'Hello, world!\n');

    const copies = await vscode.commands.executeCommand<Task[]>(commands.requeue, { taskId: queued.id });
    assert.deepEqual(
      copies.map(({ status, retry_of, stream_id }) => ({ status, retry_of, stream_id })),
      [{ status: 'queued', retry_of: queued.id, stream_id: stream.id }],
    );
  });

  it('is not offered to run if nothing here can run it', async () => {
    const queue = await openQueue();
    const file = await fileOf('scripts/outside.sh');
    await vscode.workspace.fs.writeFile(file, Buffer.from('# name: Outside\n# tool: llm-sonnet\n'));
    await vscode.commands.executeCommand(commands.refresh);
    assert.deepEqual(await lensesOf(file), ['$(add) Enqueue']);
    const before = await queue.listTasks({ limit: 1 });
    await vscode.commands.executeCommand(commands.runScript, { scriptPath: 'scripts/outside.sh' });
    assert.equal((await queue.listTasks({ limit: 1 })).total, before.total);
    await vscode.workspace.fs.delete(file);
    await vscode.commands.executeCommand(commands.refresh);
  });

  it('is claimed by hand and completed with a result', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'by hand');
    const { task } = await queue.enqueue({
      stream: stream.id,
      tool_name: 'llm-sonnet',
      prompt: 'Write a haiku',
    });

    const claimed = await vscode.commands.executeCommand<Task>(commands.claim, { taskId: task.id });
    assert.equal(claimed.status, 'running');
    await queue.complete(task.id, { result_summary: 'Seventeen syllables' });
    assert.equal((await queue.getTask(task.id)).result_summary, 'Seventeen syllables');
  });

  it('shows its output as a read-only document', async () => {
    const queue = await openQueue();
    await makeLane(queue, 'output');
    const [task] = await vscode.commands.executeCommand<Task[]>(commands.runScript, hello);
    assert.ok(task);
    await endOf(queue, task.id);

    const shown = nextEditor(({ uri }) => uri.path.includes(task.id));
    await vscode.commands.executeCommand(commands.showOutput, { taskId: task.id });
    const document = await shown;
    assert.match(document.getText(), /Hello, world!/);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), 'changed');
    assert.equal(await vscode.workspace.applyEdit(edit).then((done) => done && document.isDirty), false);
  });

  it('shows its output while it runs', async () => {
    const queue = await openQueue();
    await makeLane(queue, 'printing');
    const script = await fileOf('scripts/printing.sh');
    const lines =
      'echo one; until [ -e go ]; do sleep 0.1; done; echo two; until [ -e end ]; do sleep 0.1; done';
    await vscode.workspace.fs.writeFile(script, Buffer.from(`${lines}\n`));
    const [task] = await vscode.commands.executeCommand<Task[]>(commands.runScript, script);
    assert.ok(task);
    const shown = nextEditor(({ uri }) => uri.path.includes(task.id));
    await vscode.commands.executeCommand(commands.showOutput, { taskId: task.id });
    const document = await shown;
    await untilItSays(document, /^one$/m);
    await vscode.workspace.fs.writeFile(await fileOf('go'), Buffer.from(''));
    await untilItSays(document, /^two$/m);
    assert.equal((await queue.getTask(task.id)).status, 'running');
    await vscode.workspace.fs.writeFile(await fileOf('end'), Buffer.from(''));
    await endOf(queue, task.id);
  });

  it('fails with its exit code and the last line of stderr', async () => {
    const queue = await openQueue();
    await makeLane(queue, 'failing');
    const [task] = await vscode.commands.executeCommand<Task[]>(commands.runScript, {
      scriptPath: 'scripts/failing.sh',
    });
    assert.ok(task);
    const ended = await endOf(queue, task.id);
    assert.equal(ended.status, 'failed');
    assert.equal(ended.failure_kind, 'error');
    assert.equal(ended.exit_code, 3);
    assert.match(ended.error ?? '', /no configuration for the target 'production'/);
  });

  it('is run in order by the worker of its stream', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'worker');
    const scripts = ['scripts/hello.sh', 'scripts/count_lines.py', 'scripts/inspect-payload.js'];
    const tools = ['run-bash', 'run-python', 'run-node'];
    const ids: string[] = [];
    for (const [index, script_path] of scripts.entries()) {
      const { task } = await queue.enqueue({
        stream: stream.id,
        tool_name: tools[index] ?? '',
        payload: { script_path, args: ['reader'] },
      });
      ids.push(task.id);
    }

    await vscode.commands.executeCommand(commands.startWorker, { streamId: stream.id });
    const ended = [];
    for (const id of ids) ended.push(await endOf(queue, id));
    await vscode.commands.executeCommand(commands.stopWorker, { streamId: stream.id });

    assert.deepEqual(
      ended.map(({ status }) => status),
      ['succeeded', 'succeeded', 'succeeded'],
    );
    assert.equal(ended[0]?.stdout, 'Hello, reader!\n');
    assert.match(ended[1]?.result_summary ?? '', /^\d+ lines in total$/);
    assert.equal(ended[2]?.result_summary, `task ${ids[2]}`);
    const starts = ended.map(({ started_at }) => started_at ?? '');
    assert.deepEqual(starts, [...starts].sort());
    assert.equal((await queue.getStream(stream.id)).working, false);
  });

  it('ends with its whole process tree when it is cancelled', async () => {
    const queue = await openQueue();
    await makeLane(queue, 'cancelled');
    const [task] = await vscode.commands.executeCommand<Task[]>(commands.runScript, {
      scriptPath: 'scripts/slow-build.sh',
    });
    assert.ok(task);
    await vscode.commands.executeCommand(commands.cancel, { taskId: task.id });
    const ended = await endOf(queue, task.id);
    assert.equal(ended.status, 'failed');
    assert.equal(ended.failure_kind, 'cancelled');
  });
});

async function fileOf(relative: string): Promise<vscode.Uri> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return vscode.Uri.joinPath(folder.uri, relative);
}

async function lensesOf(file: vscode.Uri): Promise<string[]> {
  await vscode.window.showTextDocument(file);
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    file,
    10,
  );
  return lenses.map((lens) => lens.command?.title ?? '');
}

function untilItSays(document: vscode.TextDocument, text: RegExp): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!text.test(document.getText())) return;
      listening.dispose();
      resolve();
    };
    const listening = vscode.workspace.onDidChangeTextDocument(look);
    look();
  });
}
