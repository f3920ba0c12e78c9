import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { contextKeys } from '../../../src/contributions';
import { defaultConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import type { OutputDocuments } from '../../../src/editor/documents/outputDocuments';
import type { CommandRegistry } from '../../../src/editor/shared/commandRegistry';
import type { ChangeComments } from '../../../src/editor/taskPage/changeComments';
import { TaskPage } from '../../../src/editor/taskPage/taskPage';
import { QueueDragAndDrop } from '../../../src/editor/views/queue/queueDragAndDrop';
import { QueueTree } from '../../../src/editor/views/queue/queueTree';
import type { EditorContext } from '../../../src/editor/workspace/editorContext';
import type { OpenWorkspace } from '../../../src/editor/workspace/openWorkspace';
import { QueueAccess } from '../../../src/editor/workspace/queueAccess';
import { type Counts, QueueCounts } from '../../../src/editor/workspace/queueCounts';
import type { WorkspaceOpener } from '../../../src/editor/workspace/workspaceOpener';
import { aStream, aTask } from '../../support/sampleRows';

/** An open queue with as many queued tasks, which can be asked for its counts and listened to. */
function aWorkspace(queued: number) {
  const listeners = new Set<() => void>();
  const queue = {
    status: async () => ({ counts: { queued } }),
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const workspace = { queue, close: async () => {} } as unknown as OpenWorkspace;
  return { workspace, queue, listeners };
}

describe('What follows the open workspace', () => {
  let access: QueueAccess;
  let next: OpenWorkspace;

  beforeEach(() => {
    const opener = { hasQueue: () => true, open: async () => next };
    access = new QueueAccess(QueueAccess.firstFolder(), opener as unknown as WorkspaceOpener);
  });
  afterEach(() => access.close());
  // Of the window, whose own queue is open.
  after(() => vscode.commands.executeCommand('setContext', contextKeys.state, 'open'));

  it('begins with each one, once, and ends before the next one begins', async () => {
    const steps: string[] = [];
    const names = new Map<OpenWorkspace, string>();
    const open = async (name: string) => {
      next = aWorkspace(0).workspace;
      names.set(next, name);
      await access.reopen();
    };
    const follow = () =>
      access.whileOpen((workspace) => {
        steps.push(`begin ${names.get(workspace)}`);
        return new vscode.Disposable(() => steps.push(`end ${names.get(workspace)}`));
      });
    const early = follow();
    await open('a');
    await open('b');
    early.dispose();
    const late = follow();
    await open('c');
    late.dispose();
    await open('d');
    assert.deepEqual(steps, ['begin a', 'end a', 'begin b', 'end b', 'begin b', 'end b', 'begin c', 'end c']);
  });

  it('is waited for by the Queue view, whose first rows say nothing of the opening', async () => {
    let fail = (_: Error) => {};
    const opener = { open: () => new Promise((_, reject) => (fail = reject)) };
    const access = new QueueAccess(QueueAccess.firstFolder(), opener as unknown as WorkspaceOpener);
    const tree = new QueueTree(access, new QueueDragAndDrop(access, {} as CommandRegistry), silentLog);
    const opening = access.open();
    const rows = tree.getChildren();
    fail(new Error('The disk is full'));
    await assert.rejects(opening, /disk is full/);
    assert.deepEqual(
      (await rows).map((row) => row.kind === 'message' && [row.tone, row.detail]),
      [['failure', 'The disk is full']],
    );
    await access.close();
  });

  it('is closed for work on its files, and open again when that is done or has failed', async () => {
    const steps: string[] = [];
    next = { ...aWorkspace(0).workspace, close: async () => void steps.push('closed') };
    await access.open();
    const work = async () => {
      steps.push(`work while ${access.state}`);
      // Who asks meanwhile gets the next one.
      void access.open().then(() => steps.push('asked'));
    };
    assert.equal(await access.reopen(work), next);
    await assert.rejects(
      access.reopen(async () => {
        throw new Error('no room');
      }),
      /no room/,
    );
    assert.equal(access.state, 'open');
    assert.deepEqual(steps, ['closed', 'work while opening', 'asked', 'closed']);
  });

  it('is opened where it is, once another process has moved it', async () => {
    let elsewhere = false;
    const opener = { open: async () => next, isElsewhere: () => elsewhere } as unknown as WorkspaceOpener;
    const following = new QueueAccess(QueueAccess.firstFolder(), opener);
    next = aWorkspace(0).workspace;
    await following.open();
    const before = next;
    next = aWorkspace(1).workspace;
    await following.follow();
    assert.equal(following.workspace, before);
    elsewhere = true;
    await following.follow();
    assert.equal(following.workspace, next);
    await following.close();
  });

  it('counts the tasks of the one that is open, and of none once it is closed', async () => {
    const counts = new QueueCounts(access, silentLog);
    const seen: (number | undefined)[] = [];
    let waiting = () => {};
    counts.onDidChange((now: Counts | undefined) => {
      seen.push(now?.queued);
      waiting();
    });
    const change = () => new Promise<void>((resolve) => (waiting = resolve));
    const registered = counts.register();
    const [first, second] = [aWorkspace(1), aWorkspace(2)];

    next = first.workspace;
    const counted = change();
    await access.open();
    await counted;

    // Its answer comes when the second one is open.
    let answer = (_: unknown) => {};
    const asked = new Promise<void>((resolve) => {
      first.queue.status = () => {
        resolve();
        return new Promise((done) => (answer = done as typeof answer));
      };
    });
    for (const listener of first.listeners) listener();
    await asked;
    next = second.workspace;
    await access.reopen();
    answer({ counts: { queued: 1 } });
    await change();
    assert.deepEqual(seen, [1, undefined, 2]);
    assert.deepEqual([first.listeners.size, second.listeners.size], [0, 1]);

    registered.dispose();
    assert.deepEqual([seen.at(-1), second.listeners.size], [undefined, 0]);
  });

  it('gives a task page the output of the new one, also if the page was reading the old one', async () => {
    const extension = vscode.extensions.getExtension('sparkq.sparkq');
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(extension && folder);
    const task = aTask({ status: 'succeeded', attempts: 1 });
    const outputs: string[] = [];
    let outputRead = () => {};
    const reading = new Promise<void>((resolve) => (outputRead = resolve));
    const workspaceOf = (name: string, listAttempts: () => Promise<[]>) =>
      ({
        folder,
        storage: `${folder.uri.fsPath}/${name}`,
        config: { current: () => defaultConfig },
        runner: { gitFacts: async () => null, folderOf: () => folder.uri.fsPath },
        watchOutput: () => ({ watchNew() {}, dispose() {} }),
        queue: {
          subscribe: () => () => {},
          getTask: async () => task,
          getStream: async () => aStream(),
          listAttempts,
          listRuns: async () => ({ runs: [], more: false }),
          listStreamWorkers: async () => [],
          listTasks: async () => ({ items: [], total: 0, limit: 0, offset: 0 }),
          readOutput: async () => {
            outputs.push(name);
            outputRead();
            return { text: '', size: 0, next_offset: 0, dropped: null };
          },
        },
        close: async () => {},
      }) as unknown as OpenWorkspace;
    let answer = (_: []) => {};
    let ask = () => {};
    const asked = new Promise<void>((resolve) => (ask = resolve));
    next = workspaceOf('old', () => {
      ask();
      return new Promise((resolve) => (answer = resolve));
    });
    await access.open();

    let send = async (_: unknown) => {};
    const webview = {
      cspSource: '',
      asWebviewUri: (uri: vscode.Uri) => uri,
      postMessage: async () => true,
      onDidReceiveMessage: (listener: typeof send) => {
        send = listener;
        return { dispose: () => {} };
      },
    };
    const never = () => ({ dispose: () => {} });
    const panel = { webview, visible: true, onDidChangeViewState: never, onDidDispose: never };
    const editor = {
      context: { extensionUri: extension.extensionUri },
      log: silentLog,
      commands: { run: (_name: string, work: () => Promise<void>) => work() },
      access,
    } as unknown as EditorContext;
    const page = new TaskPage(
      editor,
      {} as OutputDocuments,
      { onDidChange: never } as unknown as ChangeComments,
      panel as unknown as vscode.WebviewPanel,
      task.id,
      { closed: () => {}, activated: () => {} },
    );
    await send({ page: task.id, message: { type: 'ready', attempt: null, raw: false } });
    await asked;
    next = workspaceOf('new', async () => []);
    await access.reopen();
    answer([]);
    await reading;
    page.dispose();
    assert.deepEqual([...new Set(outputs)], ['new']);
  });
});
