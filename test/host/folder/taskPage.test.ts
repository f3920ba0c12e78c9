import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import { makeLane, openQueue } from '../editor';

/** Pages of tasks that are open, by the titles of their tabs. */
function pages(): vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('sparkq.task'));
}

/** Resolves when the pages that are open have these titles. */
function titled(...titles: string[]): Promise<void> {
  return whenTabs(
    () =>
      JSON.stringify(
        pages()
          .map(({ label }) => label)
          .sort(),
      ) === JSON.stringify(titles),
  );
}

/** Resolves when the page with this title is the one that is seen. */
function inFront(title: string): Promise<void> {
  return whenTabs(() => pages().some(({ isActive, label }) => isActive && label === title));
}

function whenTabs(isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!isSo()) return;
      listening.dispose();
      resolve();
    };
    const listening = vscode.window.tabGroups.onDidChangeTabs(look);
    look();
  });
}

describe('The page of a task', () => {
  afterEach(async () => {
    await vscode.window.tabGroups.close(pages());
  });

  it('is one for each task, under its name, and in front when asked for again', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'pages');
    const add = async (label: string) =>
      (await queue.enqueue({ stream: stream.id, tool_name: 'llm-sonnet', label, prompt: label })).task.id;
    const first = await add('First page');
    const second = await add('Second page');

    await vscode.commands.executeCommand(commands.openTask, { taskId: first });
    await vscode.commands.executeCommand(commands.openTask, { taskId: second });
    await titled('First page', 'Second page');
    await inFront('Second page');
    await vscode.commands.executeCommand(commands.openTask, { taskId: first });
    await inFront('First page');
    assert.equal(pages().length, 2);

    await queue.editTask(first, { label: 'Another name' });
    await titled('Another name', 'Second page');
  });

  it('is opened for each of several rows', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'several pages');
    const rows = [];
    for (const label of ['One', 'Two', 'Two more']) {
      const { task } = await queue.enqueue({ stream: stream.id, tool_name: 'llm-sonnet', label });
      rows.push({ taskId: task.id });
    }
    await vscode.commands.executeCommand(commands.openTask, rows[0], rows);
    await titled('One', 'Two', 'Two more');
  });
});
