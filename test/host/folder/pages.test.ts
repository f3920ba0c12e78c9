import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commands } from '../../../src/contributions';
import type { Queue } from '../../../src/core/queue';
import { DashboardPage } from '../../../src/editor/dashboard/dashboardPage';
import { NamedFiles } from '../../../src/editor/documents/namedFiles';
import { openChange } from '../../../src/editor/taskPage/openChange';
import type { EditorContext } from '../../../src/editor/workspace/editorContext';
import { gitIn } from '../../support/git';
import { makeLane, nextEvent, openQueue } from '../editor';

/** A question to the queue that waits until it is let go; `asked` resolves when the next one waits. */
function hold<K extends 'getTask' | 'listRuns'>(queue: Queue, name: K) {
  const own = queue[name].bind(queue) as (...given: unknown[]) => Promise<unknown>;
  let ask = () => {};
  const asked = new Promise<void>((resolve) => (ask = resolve));
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const held = async (...given: unknown[]) => {
    ask();
    await gate;
    return own(...given);
  };
  Object.assign(queue, { [name]: held });
  return {
    asked,
    letGo: () => {
      letGo();
      Object.assign(queue, { [name]: own });
    },
  };
}

/** Resolves with the next call of this question. */
function called(queue: Queue, name: 'listAttempts' | 'listSessions'): Promise<void> {
  const own = queue[name].bind(queue) as (...given: unknown[]) => Promise<unknown>;
  return new Promise((resolve) => {
    const answer = (...given: unknown[]) => {
      Object.assign(queue, { [name]: own });
      resolve();
      return own(...given);
    };
    Object.assign(queue, { [name]: answer });
  });
}

function inWorkspace(name: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return vscode.Uri.joinPath(folder.uri, name);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('A page that is closed while it loads', () => {
  it('logs no error for a task', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'closed early');
    const { task } = await queue.enqueue({
      stream: stream.id,
      tool_name: 'llm-sonnet',
      label: 'Closed early',
    });
    const drawn = called(queue, 'listAttempts');
    await vscode.commands.executeCommand(commands.openTask, { taskId: task.id });
    await drawn;
    const errors: unknown[] = [];
    const note = (error: unknown) => errors.push(error);
    process.on('unhandledRejection', note);
    const reading = hold(queue, 'getTask');
    await queue.editTask(task.id, { label: 'Closed now' });
    await reading.asked;
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    reading.letGo();
    for (let turns = 0; turns < 20; turns++) await turn();
    process.off('unhandledRejection', note);
    assert.deepEqual(errors.map(String), []);
  });

  it('logs no error for the dashboard', async () => {
    const queue = await openQueue();
    const extension = vscode.extensions.getExtension('sparkq.sparkq');
    assert.ok(extension);
    const { storage } = await queue.status();
    const done: Promise<unknown>[] = [];
    const nothing = { dispose: () => {} };
    const editor = {
      context: { extensionUri: extension.extensionUri },
      access: {
        state: 'open',
        workspace: { queue, storage, runner: { resources: null } },
        onDidChange: () => nothing,
        whileOpen: () => nothing,
      },
      log: { warn: assert.fail, error: (_message: string, error: unknown) => assert.fail(String(error)) },
      commands: { run: (_name: string, work: () => Promise<void>) => void done.push(work()) },
    } as unknown as EditorContext;
    const reading = hold(queue, 'listRuns');
    const panel = vscode.window.createWebviewPanel('sparkq.dashboard', 'Dashboard', vscode.ViewColumn.Active);
    const page = new DashboardPage(editor, panel);
    panel.onDidDispose(() => page.dispose());
    await reading.asked;
    panel.dispose();
    reading.letGo();
    await Promise.all(done);
  });
});

const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs.map(({ label }) => label));

describe('Files that a page names', () => {
  it('are searched again when one is opened', async () => {
    const file = inWorkspace('report.txt');
    await vscode.workspace.fs.writeFile(file, Buffer.from('one\n'));
    const files = new NamedFiles([inWorkspace('').fsPath]);
    assert.deepEqual(await files.existing(['report.txt']), ['report.txt']);
    await vscode.workspace.fs.delete(file);
    assert.equal(await files.find('report.txt'), undefined);
  });

  it('need not be text', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const pixel =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    await vscode.workspace.fs.writeFile(inWorkspace('shot.png'), Buffer.from(pixel, 'base64'));
    const change = { path: 'shot.png', before: null, status: 'untracked', from: null, to: null } as const;
    await openChange(folder.uri, change, { commit: 'abc1234', live: true });
    assert.ok(tabs().includes('shot.png'), tabs().join());
  });

  it('are shown as they were at the end, as far as anybody knows', async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const git = (...args: string[]) => gitIn(folder.uri.fsPath, ...args);
    const write = (text: string) =>
      vscode.workspace.fs.writeFile(inWorkspace('of git.txt'), Buffer.from(text));
    git('init', '-q');
    await write('one\n');
    git('add', 'of git.txt');
    git('commit', '-q', '-m', 'one');
    const commit = git('rev-parse', 'HEAD');
    await write('two\n');
    const to = git('hash-object', 'of git.txt');
    const from = git('rev-parse', 'HEAD:of git.txt');
    const change = { path: 'of git.txt', before: null, status: 'modified', from, to } as const;
    const texts = async () => {
      const { input } = vscode.window.tabGroups.activeTabGroup.activeTab ?? {};
      assert.ok(input instanceof vscode.TabInputTextDiff);
      const documents = [input.original, input.modified].map((uri) => vscode.workspace.openTextDocument(uri));
      return [input.modified.scheme, ...(await Promise.all(documents)).map((document) => document.getText())];
    };
    try {
      await openChange(folder.uri, change, { commit, live: false });
      assert.deepEqual(await texts(), ['file', 'one\n', 'two\n']);
      // Changed by a later task, but committed.
      git('commit', '-qam', 'two');
      await write('three\n');
      await openChange(folder.uri, change, { commit, live: false });
      assert.deepEqual(await texts(), ['sparkq-git', 'one\n', 'two\n']);
      const lost = { ...change, to: 'f'.repeat(40) };
      await assert.rejects(
        openChange(folder.uri, lost, { commit, live: false }),
        /has changed since the end/,
      );
      await assert.rejects(
        openChange(folder.uri, { ...change, to: null }, { commit, live: false }),
        /at the end is not known/,
      );
      await openChange(folder.uri, { ...change, from: 'f'.repeat(40) }, { commit, live: true });
      assert.ok(
        tabs().includes(`of git.txt (${commit.slice(0, 7)}, with earlier changes ↔ now)`),
        tabs().join(),
      );
      assert.equal((await texts())[1], 'one\n');
      await openChange(folder.uri, { ...change, status: 'deleted', to: null }, { commit, live: false });
      assert.deepEqual((await texts()).slice(1), ['one\n', '']);
    } finally {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await vscode.workspace.fs.delete(inWorkspace('.git'), { recursive: true });
      await vscode.workspace.fs.delete(inWorkspace('of git.txt'));
    }
  });
});

describe('What is shown', () => {
  it('of a task that can be run by now says so: its page reads it when the configuration changes', async () => {
    const queue = await openQueue();
    const { stream } = await makeLane(queue, 'configured');
    const { task } = await queue.enqueue({ stream: stream.id, tool_name: 'llm-sonnet', label: 'Configured' });
    const drawn = called(queue, 'listAttempts');
    await vscode.commands.executeCommand(commands.openTask, { taskId: task.id });
    await drawn;
    const reloaded = nextEvent(queue, ({ type }) => type === 'config.reloaded');
    const drawnAgain = called(queue, 'listAttempts');
    const file = inWorkspace('sparkq.yml');
    const before = await vscode.workspace.fs.readFile(file);
    const command = '\n  by-hand:\n    command: [cat]\n';
    await vscode.workspace.fs.writeFile(file, Buffer.concat([before, Buffer.from(command)]));
    await reloaded;
    await drawnAgain;
    await vscode.workspace.fs.writeFile(file, before);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('after the queue could not be read is read when it is to be opened again', async () => {
    const queue = await openQueue();
    await vscode.commands.executeCommand('sparkq.queue.focus');
    const own = queue.listSessions.bind(queue);
    const failed = new Promise<void>((resolve) => {
      const fail = async () => {
        resolve();
        throw new Error('not now');
      };
      Object.assign(queue, { listSessions: fail });
    });
    await vscode.commands.executeCommand(commands.refresh);
    await failed;
    Object.assign(queue, { listSessions: own });
    const read = called(queue, 'listSessions');
    await vscode.commands.executeCommand(commands.openAgain);
    await read;
  });
});
