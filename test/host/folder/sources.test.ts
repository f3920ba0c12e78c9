import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import type { QueueEvent } from '../../../src/core/events';
import type { Task } from '../../../src/core/model';
import type { Queue } from '../../../src/core/queue';
import { endOf, makeLane, nextEvent, openQueue } from '../editor';

const files: Record<string, string> = {
  'app/package.json': '{"packageManager": "pnpm@9.0.0", "scripts": {"build": "vite build"}}',
  '.vscode/tasks.json':
    '{ // Only here\n"tasks": [{"label": "Name", "type": "shell", "command": "echo ${workspaceFolderBasename}"},' +
    '{"label": "One", "type": "shell", "command": "echo 1", "hide": true},' +
    '{"label": "All", "dependsOn": ["One", "Name"], "dependsOrder": "sequence"}]}',
};

async function inWorkspace(
  use: (folder: vscode.WorkspaceFolder, queue: Queue) => Promise<void>,
): Promise<void> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  const queue = await openQueue();
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder.uri.fsPath, name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, text);
  }
  try {
    await vscode.commands.executeCommand(commands.refresh);
    await use(folder, queue);
  } finally {
    await fs.rm(path.join(folder.uri.fsPath, 'app'), { recursive: true });
    await fs.rm(path.join(folder.uri.fsPath, '.vscode/tasks.json'));
  }
}

function assertBuilds({ payload_json: payload }: Task): void {
  const { argv, cwd } = payload as { argv: string[]; cwd: string };
  assert.deepEqual({ argv, cwd }, { argv: ['pnpm', 'run', 'build'], cwd: 'app' });
}

describe('What other files name', () => {
  it('is queued in its folder, and runs', () =>
    inWorkspace(async (folder, queue) => {
      const { stream } = await makeLane(queue, 'from other files');
      const add = async (namedCommand: string) => {
        const lane = { streamId: stream.id };
        const [task] = await vscode.commands.executeCommand<Task[]>(
          commands.enqueueScript,
          { namedCommand },
          undefined,
          lane,
        );
        assert.ok(task);
        return task;
      };
      const script = await add('npm:app/package.json:build');
      assert.equal(script.label, 'app: pnpm run build');
      assertBuilds(script);
      const { id } = await add('vscode:.vscode/tasks.json:Name');
      await vscode.commands.executeCommand(commands.runTask, { taskId: id });
      assert.equal((await endOf(queue, id)).result_summary, path.basename(folder.uri.fsPath));
    }));

  it('is queued with what it depends on, as a batch whose tasks wait for each other', () =>
    inWorkspace(async (_folder, queue) => {
      const { stream } = await makeLane(queue, 'from tasks that depend');
      const namedCommand = 'vscode:.vscode/tasks.json:All';
      const lane = { streamId: stream.id };
      const tasks = await vscode.commands.executeCommand<Task[]>(
        commands.enqueueScript,
        { namedCommand },
        undefined,
        lane,
      );
      const [one, name] = tasks;
      assert.deepEqual(
        tasks.map(({ label }) => label),
        ['One', 'Name'],
      );
      assert.deepEqual([one?.after, name?.after], [[], [one?.id]]);
      const batch = await queue.getBatch(name?.batch_id ?? '');
      assert.deepEqual([batch.label, batch.counts.queued, one?.batch_id], ['All', 2, batch.id]);
      assert.equal(name?.waiting_reason?.code, 'after');
    }));

  it('is offered by Run Task, which queues it', () =>
    inWorkspace(async (_folder, queue) => {
      await makeLane(queue, 'from run task');
      const offered = await vscode.tasks.fetchTasks({ type: 'sparkq' });
      const names = offered.map(({ name }) => name);
      assert.ok(names.includes('enqueue scripts/hello.sh'), names.join());
      const build = offered.find(({ definition }) => definition.enqueue === 'npm:app/package.json:build');
      assert.ok(build);
      let created: QueueEvent | undefined;
      const queued = nextEvent(queue, ({ type }) => type === 'task.created').then((event) => {
        created = event;
      });
      await vscode.tasks.executeTask(build);
      // It asks for a stream.
      while (!created) await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      await queued;
      const task = await queue.getTask(created.task_id ?? '');
      assertBuilds(task);
    }));
});
