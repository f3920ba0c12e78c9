import assert from 'node:assert/strict';
import { existsSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import type { RunNote } from '../../../../../src/core/model';
import { gitIn } from '../../../../support/git';
import { Sandbox } from '../../sandbox';

interface Row {
  task: string;
  folder: string;
  state: string;
  bytes: number;
  files: number;
  merged: { commit: string } | null;
}

interface Try {
  git_ended: { changes: { files: { path: string }[] }; notes?: RunNote[] };
}

const enqueue = (tool: string) => ['enqueue', '--stream', 'lane', '--tool', tool, '--prompt', 'two'] as const;

describe('sparkq worktrees', () => {
  let box: Sandbox;
  const git = (...args: string[]) => gitIn(box.folder, ...args);

  beforeEach(async () => {
    box = new Sandbox();
    await box.makeQueue();
    box.write('.gitignore', '.sparkq\n*.log\n');
    box.write('shared.txt', 'one\n');
    box.write(
      'sparkq.yml',
      'tools:\n  work: {command: [bash, -c, "cat >> shared.txt; echo 2 > new.txt; cp new.txt a.log; pwd; false"], worktree: task, worktree_setup: [bash, -c, "echo $SPARKQ_WORKTREE >> setup.log"], max_attempts: 2, input: prompt-stdin}\n  share: {command: [bash, -c, "cat >> shared.txt"], worktree: stream, input: prompt-stdin}\nrunner: {backoff_ms: 0}\n',
    );
    git('init', '-q');
    git('config', 'user.name', 'Person');
    git('config', 'user.email', 'person@example.com');
    git('add', '.');
    git('commit', '-qm', 'one');
  });
  afterEach(() => box.remove());

  it('runs a task in its own worktree, again and again, then shows, merges, discards and restores that', async () => {
    const { id } = await box.json<{ id: string }>(...enqueue('work'));
    git('commit', '-q', '--allow-empty', '-m', 'later');
    box.write('mine.txt', 'not committed\n');
    await box.run(['watch', 'lane', '--once']);
    await box.run(['watch', 'lane', '--once']);
    assert.equal(git('status', '--porcelain'), '?? mine.txt');
    const [row] = await box.json<Row[]>('worktrees');
    assert.ok(row);
    assert.deepEqual([row.task, row.state, row.files, row.merged], [id, 'made', 2, null]);
    assert.equal(path.dirname(path.dirname(row.folder)), path.join(box.home, 'worktrees'));
    assert.equal((await box.ok('output', id)).trim(), row.folder);
    assert.equal(readFileSync(path.join(row.folder, 'setup.log'), 'utf8'), `${row.folder}\n`);
    assert.match(await box.ok('worktrees'), new RegExp(`^${id}  .*2 changed`));
    assert.match(await box.ok('worktrees', 'diff', id), /^\+two/m);
    assert.equal(git('show', `refs/sparkq/${id}/1:shared.txt`), 'one\ntwo');
    assert.equal(git('show', `refs/sparkq/${id}/2:shared.txt`), 'one\ntwotwo');
    const { tries } = await box.json<{ tries: Try[] }>('task', id);
    const unseen = { code: 'uncommitted', values: { files: 1, path: 'mine.txt' } };
    assert.deepEqual(
      tries.map(({ git_ended: { notes } }) => notes),
      [[unseen], [unseen]],
    );
    const files = tries.map(({ git_ended: { changes } }) => changes.files.map((file) => file.path));
    assert.deepEqual(files, [
      ['new.txt', 'shared.txt'],
      ['new.txt', 'shared.txt'],
    ]);

    await box.ok('worktrees', 'merge', id);
    assert.equal(git('show', 'HEAD:shared.txt'), 'one\ntwotwo');
    const refused = await box.run(['worktrees', 'discard', id]);
    assert.match(refused.stderr, /a\.log[\s\S]*--yes/);
    await box.ok('worktrees', 'discard', id, '--yes');
    assert.equal(existsSync(row.folder), false);
    assert.match(await box.ok('worktrees', 'restore', id), /^Restored: /);
    assert.equal(existsSync(path.join(row.folder, 'new.txt')), true);
    const pruned = await box.json<{ worktrees: string[]; refs: number }>('worktrees', 'prune');
    assert.deepEqual(pruned, { worktrees: [], refs: 0 });
  });

  it('undoes a run without a worktree, but for what somebody has changed since', async () => {
    box.write(
      'sparkq.yml',
      'tools:\n  agent: {command: [bash, -c, "echo 2 >> shared.txt; echo 2 > new.txt; rm gone.txt; echo 2 >> mine.txt"], task_class: LLM_HEAVY, input: prompt-stdin}\n',
    );
    for (const name of ['gone.txt', 'mine.txt']) box.write(name, 'one\n');
    box.write('large.bin', '');
    truncateSync(path.join(box.folder, 'large.bin'), 51 * 1024 * 1024);
    const { id } = await box.json<{ id: string }>(...enqueue('agent'));
    await box.run(['watch', 'lane', '--once']);
    box.write('mine.txt', 'changed again\n');
    const before = git('status', '--porcelain');
    const planned = await box.json<{ path: string; state: string }[]>('undo', id, '--dry-run');
    assert.deepEqual(
      planned.map(({ path: name, state }) => `${name} ${state}`),
      ['gone.txt ready', 'mine.txt changed', 'new.txt ready', 'shared.txt ready'],
    );
    assert.equal(git('status', '--porcelain'), before);
    assert.match(await box.ok('task', id), /^Too large to be kept \(files: 1, such as large\.bin\)\.$/m);
    assert.match(await box.ok('undo', id, 'shared.txt'), /^Undone: shared\.txt$/m);
    const { code, stdout } = await box.run(['undo', id]);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^Undone: gone\.txt\nUndone: new\.txt\nChanged since, and left as it is: mine\.txt$/m,
    );
    assert.equal(readFileSync(path.join(box.folder, 'gone.txt'), 'utf8'), 'one\n');
    assert.equal(readFileSync(path.join(box.folder, 'mine.txt'), 'utf8'), 'changed again\n');
    assert.equal(existsSync(path.join(box.folder, 'new.txt')), false);
    assert.equal(git('diff', '--name-only'), 'sparkq.yml');
  });

  it('shares a worktree in a stream, says which files both sides have changed, and merges the work of both tasks', async () => {
    const first = await box.json<{ id: string }>(...enqueue('share'));
    const { id, stream_id: stream } = await box.json<{ id: string; stream_id: string }>(...enqueue('share'));
    await box.run(['watch', 'lane', '--once']);
    await box.run(['watch', 'lane', '--once']);
    assert.equal(git('show', `refs/sparkq/${first.id}/1:shared.txt`), 'one\ntwo');
    assert.equal(git('show', `refs/sparkq/${id}/1:shared.txt`), 'one\ntwotwo');
    assert.equal(git('branch', '--list', '--format=%(refname:short)', 'sparkq/*'), `sparkq/${stream}`);
    box.write('shared.txt', 'other\n');
    git('commit', '-qam', 'other');
    const { code, stdout } = await box.run(['worktrees', 'merge', stream, '--json']);
    const { done, conflicts } = JSON.parse(stdout);
    assert.deepEqual([code, done, conflicts], [1, false, ['shared.txt']]);
    assert.equal(git('status', '--porcelain'), '');
    git('reset', '-q', '--hard', 'HEAD~');
    await box.ok('worktrees', 'merge', stream);
    assert.equal(git('show', 'HEAD:shared.txt'), 'one\ntwotwo');
  });

  it('starts no task that cannot have a worktree, and says why', async () => {
    gitIn(box.folder, 'checkout', '-q', '--orphan', 'empty');
    const { id } = await box.json<{ id: string }>(...enqueue('work'));
    await box.run(['watch', 'lane', '--once']);
    const [task] = await box.json<{ id: string; error: string }[]>('tasks');
    assert.equal(task?.id, id);
    assert.match(task?.error ?? '', /has no commit yet/);
  });
});
