import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { gitIn } from '../../support/git';
import { problemsIn } from '../support/accessibility';
import { useStage } from '../support/stage';
import { TaskPageObject } from '../support/taskPageObject';
import { until } from '../support/until';

/** At the end of the sample's file. Each writes a file of its own; the last two change the same line. */
const tool = `  fake:
    command: [bash, -c, 'read n; echo "$n" > "part-$n.txt"; case $n in three|four) echo "by $n" > shared.txt;; esac']
    task_class: LLM_HEAVY
    input: prompt-stdin
    worktree: task
`;

describe('Four agents on one repository', () => {
  const stage = useStage({
    story: true,
    settings: { 'sparkq.terminal': 'never', 'git.enabled': true },
    prepare: async ({ workspace }) => {
      await fs.appendFile(path.join(workspace, 'sparkq.yml'), tool);
      await fs.writeFile(path.join(workspace, 'shared.txt'), 'first\n');
      gitIn(workspace, 'init', '-q', '-b', 'main');
      gitIn(workspace, 'config', 'user.name', 'Ann');
      gitIn(workspace, 'config', 'user.email', 'ann@example.com');
      gitIn(workspace, 'add', '.');
      gitIn(workspace, 'commit', '-q', '-m', 'first');
    },
  });
  const git = (...args: string[]) => gitIn(stage().place.workspace, ...args);
  const page = () => new TaskPageObject(stage().workbench);
  const button = (name: string) => stage().workbench.webview.getByRole('button', { name, exact: true });

  async function openMerge(name: string): Promise<void> {
    const { workbench } = stage();
    await workbench.view('Review').open(new RegExp(`^${name}`), page().state('succeeded'));
    await workbench.webview.getByRole('heading', { name, exact: true }).waitFor();
    await button('Merge...').click();
    await workbench.quickInput.option('Commit to the current branch').click();
  }

  const shared = () => fs.readFile(path.join(stage().place.workspace, 'shared.txt'), 'utf8');
  const result = () => stage().workbench.page.locator('.merge-editor .result .view-lines');

  it('work at the same time, each in a worktree of its own', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const queue = await stage().queue();
    await queue.createSession({ name: 'night' });
    const stream = await queue.createStream({ session: 'night', name: 'agents', parallelism: 4 });
    for (const name of ['one', 'two', 'three', 'four'])
      await queue.enqueue({ stream: stream.id, tool_name: 'fake', label: name, payload: { prompt: name } });
    await queue.updateStream(stream.id, { working: true });
    await until('all have succeeded', async () => {
      const { items } = await queue.listTasks({ stream: stream.id, status: 'succeeded' });
      return items.length === 4;
    });
    await queue.close();
    assert.equal(git('status', '--porcelain'), '');
    await workbench.view('Review').open(/^one/, page().state('succeeded'));
    await workbench.webview.getByText('part-one.txt').waitFor();
    await button('Merge...').scrollIntoViewIfNeeded();
    await workbench.screenshot('worktree-changes');
    assert.deepEqual(await problemsIn(await workbench.webviewFrame()), []);
  });

  it('are merged, each as one commit', async () => {
    const { workbench } = stage();
    for (const name of ['one', 'two', 'three']) {
      await openMerge(name);
      await workbench.notification(`${name} was merged.`).waitFor();
    }
    assert.match(git('log', '--format=%s'), /^Merge three /);
    assert.equal(git('status', '--porcelain'), '');
  });

  it('stop at a conflict, which is settled in the merge editor', async () => {
    const { workbench } = stage();
    await openMerge('four');
    const question = workbench.dialog('Both sides have changed the same lines');
    await question.getByText('shared.txt').waitFor();
    await workbench.screenshot('worktree-conflict');
    assert.equal(git('status', '--porcelain'), '');
    await question.getByRole('button', { name: 'Settle Conflicts' }).click();
    await workbench.tab(/^Merging: shared\.txt/).waitFor();
    await result().getByText('first').waitFor();
    // In a browser, VS Code saves what it has put in place of the conflicts.
    await until('the editor has saved', async () => (await shared()) === 'first\n');
    await workbench.screenshot('worktree-merge');
    assert.match(git('diff', '--name-only', '--diff-filter=U'), /shared\.txt/);
    await workbench.page.getByText('Accept four', { exact: true }).click();
    await until('the result is saved', async () => (await shared()) === 'by four\n');
    git('commit', '-q', '-a', '--no-edit');
    assert.equal(git('ls-files', 'part-*').split('\n').length, 4);
  });

  it('leave nothing behind once they are discarded, and come back', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    await workbench.view('Review').open(/^one/, page().state('succeeded'));
    await button('Discard...').click();
    await workbench.dialog('Discard the worktree of one?').getByRole('button', { name: 'Discard' }).click();
    await button('Restore Worktree').waitFor();
    assert.equal(git('worktree', 'list').split('\n').length, 4);
    await button('Restore Worktree').click();
    await button('Merge...').waitFor();
    assert.equal(git('worktree', 'list').split('\n').length, 5);
  });
});
