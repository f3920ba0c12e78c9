import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands, settings } from '../../../src/contributions';
import type { Queue } from '../../../src/core/queue';
import { endOf, makeLane, nextEvent, openQueue } from '../editor';

/** The next terminal of a stream. */
function nextTerminal(stream: string): Promise<vscode.Terminal> {
  return new Promise((resolve) => {
    const listening = vscode.window.onDidOpenTerminal((terminal) => {
      if (terminal.name !== `SparkQ: ${stream}`) return;
      listening.dispose();
      resolve(terminal);
    });
  });
}

async function run(queue: Queue, stream: string, line: string) {
  const { task } = await queue.enqueue({ stream, tool_name: 'run-shell', payload: { line } });
  await vscode.commands.executeCommand(commands.runTask, { taskId: task.id });
  return task.id;
}

const named = (stream: string) =>
  vscode.window.terminals.filter(({ name }) => name === `SparkQ: ${stream}`).length;

describe('Terminals of runs', () => {
  const change = (choice: string | undefined) =>
    vscode.workspace.getConfiguration().update(settings.terminal, choice, vscode.ConfigurationTarget.Global);
  let before: string | undefined;
  beforeEach(() => {
    before = vscode.workspace.getConfiguration().inspect<string>(settings.terminal)?.globalValue;
  });
  afterEach(() => change(before));

  it('open for failed runs only where that is wanted', async () => {
    const queue = await openQueue();
    await change('onFailure');
    await makeLane(queue, 'failing terminals');
    const opened = nextTerminal('failing terminals');
    await endOf(queue, await run(queue, 'failing terminals', 'echo well'));
    assert.equal(named('failing terminals'), 0);
    const failed = await endOf(queue, await run(queue, 'failing terminals', 'echo badly; exit 3'));
    assert.equal(failed.exit_code, 3);
    const terminal = await opened;
    assert.equal(named('failing terminals'), 1);
    terminal.dispose();
  });

  it('are shown from the row of a run, whatever the setting', async () => {
    const queue = await openQueue();
    await change('never');
    await makeLane(queue, 'shown terminal');
    const started = nextEvent(queue, ({ type, task }) => type === 'task.claimed' && task?.label === 'cat');
    const { task } = await queue.enqueue({
      stream: 'shown terminal',
      tool_name: 'run-shell',
      payload: { line: 'sleep 100' },
      label: 'cat',
    });
    await vscode.commands.executeCommand(commands.runTask, { taskId: task.id });
    await started;
    assert.equal(named('shown terminal'), 0);
    const opened = nextTerminal('shown terminal');
    await vscode.commands.executeCommand(commands.showTerminal, { taskId: task.id });
    const terminal = await opened;
    // A second time it is the same one.
    await vscode.commands.executeCommand(commands.showTerminal, { taskId: task.id });
    assert.equal(named('shown terminal'), 1);
    await queue.cancel(task.id);
    await endOf(queue, task.id);
    terminal.dispose();
  });
});
