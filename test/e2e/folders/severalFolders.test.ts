import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Task } from '../../../src/core/model';
import { gitIn } from '../../support/git';
import type { TemporaryPlace } from '../../vscode/sampleWorkspace';
import { useStage } from '../support/stage';
import { until } from '../support/until';

const workspaceFile = 'two.code-workspace';
const bothFolders = JSON.stringify({ folders: [{ path: 'workspace' }, { path: 'service' }] });
const service = (place: TemporaryPlace) => path.join(place.root, 'service');

/** A window with a folder of one script and, second, a repository of its own with two things to run. */
async function twoFolders(place: TemporaryPlace): Promise<void> {
  await fs.rm(place.workspace, { recursive: true });
  const files = {
    'workspace/hello.sh': '# name: Hello\necho hello\n',
    'service/scripts/where.sh': '# name: Where am I\npwd\necho here > where.txt\n',
    'service/package.json': '{"scripts": {"lint": "pwd"}}',
    [workspaceFile]: bothFolders,
  };
  for (const [name, text] of Object.entries(files)) {
    await fs.mkdir(path.dirname(path.join(place.root, name)), { recursive: true });
    await fs.writeFile(path.join(place.root, name), text);
  }
  gitIn(service(place), 'init', '-q');
  gitIn(service(place), 'add', '.');
  gitIn(service(place), 'commit', '-q', '-m', 'service');
}

describe('A window with several folders', () => {
  const stage = useStage({
    story: true,
    settings: { 'sparkq.startWorker': 'onEnqueue' },
    prepare: twoFolders,
    workspaceFile,
  });

  /** Resolves with the task of this name once it has finished. */
  async function finished(name: string | RegExp): Promise<{ task: Task; commit: string | undefined }> {
    const queue = await stage().queue();
    const task = await until(`${name} has finished`, async () => {
      const { items } = await queue.listTasks();
      return items.find((one) => one.label?.match(name) && one.finished_at !== null);
    });
    const [attempt] = await queue.listAttempts(task.id);
    await queue.close();
    assert.equal(task.status, 'succeeded', task.error ?? '');
    return { task, commit: attempt?.git?.commit };
  }

  it('lists what can be run by folder', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const scripts = workbench.view('Scripts');
    for (const row of [/^workspace/, /^Hello/, /^service/, /^Where am I/, /^lint/]) await scripts.see(row);
    await workbench.screenshot('several-folders');
  });

  it('runs a script of the second one there, with its state of git', async () => {
    const { workbench, place } = stage();
    await workbench.view('Scripts').inlineAction(/^Where am I/, 'Enqueue Script');
    const { task, commit } = await finished('Where am I');
    assert.equal(task.result_summary, service(place));
    assert.equal(await fs.readFile(path.join(service(place), 'where.txt'), 'utf8'), 'here\n');
    assert.equal(commit, gitIn(service(place), 'rev-parse', 'HEAD'));
    await workbench.view('Review').open(/^Where am I/, workbench.tab(/Where am I/));
    await workbench.webview.getByText('where.txt').first().waitFor();
    await workbench.screenshot('several-folders-task');
  });

  it('runs what a file of the second one names there, under the name of its folder', async () => {
    const { workbench, place } = stage();
    await workbench.view('Scripts').inlineAction(/^lint/, 'Enqueue Script');
    const { task } = await finished(/lint/);
    assert.match(task.label ?? '', /^service: npm run lint/);
    assert.match(task.result_summary ?? '', new RegExp(`${service(place)}$`));
  });

  it('forgets the scripts of a folder that is removed, and finds those of one that is added', async () => {
    const { workbench, place } = stage();
    await workbench.openContainer('Explorer');
    // The last of its rows: from then on none moves from below the pointer.
    await workbench.explorer.see('where.txt');
    await workbench.explorer.menu('service', 'Remove Folder from Workspace');
    await workbench.openContainer('SparkQ');
    const scripts = workbench.view('Scripts');
    await scripts.row(/^Where am I/).waitFor({ state: 'detached' });
    await scripts.see(/^Hello/);
    await scripts.row(/^workspace/).waitFor({ state: 'detached' });
    await workbench.screenshot('several-folders-removed');
    await fs.writeFile(path.join(place.root, workspaceFile), bothFolders);
    await scripts.see(/^Where am I/);
  });
});
