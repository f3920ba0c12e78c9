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

async function addTasks(lane: string, labels: readonly [string, string, string?]) {
  const queue = await openQueue();
  const { stream } = await makeLane(queue, lane);
  const add = async (label = 'none') =>
    (await queue.enqueue({ stream: stream.id, tool_name: 'llm-sonnet', label, prompt: label })).task.id;
  return { queue, first: await add(labels[0]), second: await add(labels[1]), third: await add(labels[2]) };
}

async function open(taskId: string | undefined): Promise<void> {
  await vscode.commands.executeCommand(commands.openTask, { taskId, preserveFocus: true });
}

describe('The page of a task', () => {
  afterEach(async () => {
    await vscode.window.tabGroups.close(pages());
  });

  it('shows one task after the other in one panel, until it is kept open', async () => {
    const { first, second, third } = await addTasks('pages', ['First page', 'Second page', 'Third page']);

    await open(first);
    await titled('First page');
    await open(second);
    await titled('Second page');
    await vscode.commands.executeCommand(commands.keepTaskOpen);
    await open(third);
    await titled('Second page', 'Third page');
    await inFront('Third page');

    await open(second);
    await inFront('Second page');
    await open(first);
    await titled('First page', 'Second page');
  });

  it('follows the name of the task that it shows, and no other', async () => {
    const { queue, first, second } = await addTasks('names', ['Old name', 'Shown instead']);
    await open(first);
    await open(second);
    await titled('Shown instead');
    await queue.editTask(first, { label: 'Not shown' });
    await queue.editTask(second, { label: 'New name' });
    await titled('New name');
  });

  it('comes in place of an answer to a question that was answered before', async () => {
    const { queue, first } = await addTasks('asks', ['Asks twice', 'Asks nothing']);
    const ask = async (text: string) => {
      const { lease } = await queue.claimTask(first);
      await queue.ask(first, { lease, text });
      return (await queue.getTask(first)).question?.asked_at;
    };
    const askedAt = await ask('Which?');
    await queue.answer(first, { text: 'this' });
    await ask('Drop the old table?');
    void vscode.commands.executeCommand(commands.answer, { taskId: first, askedAt }, 'this');
    await inFront('Asks twice');
    assert.equal((await queue.getTask(first)).question?.text, 'Drop the old table?');
  });

  it('is a new one after it was closed', async () => {
    const { first, second } = await addTasks('closed', ['Closed', 'Opened next']);
    await open(first);
    await titled('Closed');
    await vscode.window.tabGroups.close(pages());
    await open(second);
    await titled('Opened next');
  });

  it('is opened for each of several rows', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'several pages');
    const rows = [];
    for (const label of ['One', 'Two', 'Two more']) {
      const { task } = await queue.enqueue({ stream: stream.id, tool_name: 'llm-sonnet', label });
      rows.push({ taskId: task.id });
    }
    await open(rows[0]?.taskId);
    await vscode.commands.executeCommand(commands.openTask, rows[0], rows);
    await titled('One', 'Two', 'Two more');
    await open((await queue.enqueue({ stream: stream.id, tool_name: 'llm-sonnet', label: 'More' })).task.id);
    await titled('More', 'One', 'Two', 'Two more');
  });
});
