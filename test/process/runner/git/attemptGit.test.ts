import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { defaultConfig, fixedConfig } from '../../../../src/core/config';
import { silentLog } from '../../../../src/core/log';
import type { Attempt, Task } from '../../../../src/core/model';
import type { Queue } from '../../../../src/core/queue';
import { contentOf } from '../../../../src/runner/git/gitChanges';
import { runPaths } from '../../../../src/runner/runFiles';
import { Runner } from '../../../../src/runner/runner';
import { useFolder } from '../../../support/folders';
import { gitIn } from '../../../support/git';
import { openQueue } from '../openQueue';
import { fileThere, programs } from '../support';

describe('git at the end of an attempt', () => {
  const folder = useFolder('storage', 'work', 'other');
  const storage = () => path.join(folder(), 'storage');
  const workspace = () => path.join(folder(), 'work');
  const inWorkspace = (name: string) => path.join(workspace(), name);
  const git = (...args: string[]) => gitIn(workspace(), ...args);
  let queue: Queue;
  let runner: Runner;

  beforeEach(async () => {
    git('init', '-q');
    fs.writeFileSync(inWorkspace('shared.txt'), 'one\n');
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    queue = await openQueue(storage(), programs);
    await queue.createSession({ name: 'work' });
    await queue.createStream({ session: 'work', name: 'build' });
    runner = newRunner();
  });

  afterEach(async () => {
    runner.dispose();
    await queue.close();
  });

  function newRunner(): Runner {
    const options = { queue, storage: storage(), config: fixedConfig(defaultConfig), log: silentLog };
    const otherFolders = () => [path.join(folder(), 'other')];
    return new Runner({ ...options, workspace: workspace(), programs, otherFolders });
  }

  /** The script is outside of the repository's files. */
  async function claim(lines: string) {
    fs.writeFileSync(inWorkspace('.git/script.sh'), lines);
    const payload = { script_path: '.git/script.sh' };
    const { task } = await queue.enqueue({ stream: 'build', tool_name: 'run-bash', payload });
    const facts = { supervised: true, git: (await runner.gitFacts()) ?? undefined };
    return queue.claimTask(task.id, facts);
  }

  async function run(lines: string): Promise<Attempt> {
    return attemptOf(await runner.start(await claim(lines)).ended);
  }

  async function attemptOf(task: Task): Promise<Attempt> {
    assert.equal(task.status, 'succeeded', task.error ?? '');
    const [attempt] = await queue.listAttempts(task.id);
    assert.ok(attempt);
    return attempt;
  }

  const filesOf = ({ git_ended: ended }: Attempt) =>
    ended?.changes?.files.map(({ status, path: name }) => `${status} ${name}`);

  it('has the files of each run, not those of the runs before and after it', async () => {
    const first = await run('echo two > shared.txt; echo 1 > first.txt');
    const second = await run('echo three >> shared.txt; echo 2 > second.txt');
    const third = await run('true');
    assert.deepEqual(filesOf(first), ['untracked first.txt', 'modified shared.txt']);
    assert.deepEqual(filesOf(second), ['untracked second.txt', 'modified shared.txt']);
    assert.deepEqual(filesOf(third), []);
    const ids = [first, second].map((attempt) => attempt.git_ended?.changes?.files.at(-1));
    assert.equal(ids[0]?.to, ids[1]?.from);
    assert.equal(await contentOf(workspace(), ids[0]?.from ?? ''), 'one\n');
    assert.equal(second.git_ended?.changes?.since, 'start');
  });

  it('is read after the end, however short the run, and later than what a later claim is told', async () => {
    const first = await run(
      'echo 1 > new.txt; git add .; git -c user.name=a -c user.email=a@b commit -qm two',
    );
    const head = git('rev-parse', 'HEAD');
    assert.notEqual(first.git?.commit, head);
    assert.equal(first.git_ended?.commit, head);
    assert.deepEqual(filesOf(first), ['added new.txt']);
    const second = await run('true');
    assert.equal(second.git?.commit, head);
    assert.deepEqual(filesOf(second), []);
  });

  it('is the same if another process looks after the end of the run', async () => {
    fs.writeFileSync(inWorkspace('before.txt'), 'earlier');
    const started = await claim(
      'echo > .git/up; until [ -e .git/go ]; do sleep 0.01; done; echo 1 > own.txt',
    );
    runner.start(started);
    await fileThere(inWorkspace('.git/up'));
    const { git: record } = runPaths(storage(), started.task.id, 1);
    assert.ok(fs.existsSync(record));
    runner.dispose();
    runner = newRunner();
    const ended = new Promise<Task>((resolve) => {
      runner.onRun((handle) => resolve(handle.ended));
    });
    await runner.adopt();
    fs.writeFileSync(inWorkspace('.git/go'), '');
    const attempt = await attemptOf(await ended);
    assert.deepEqual(filesOf(attempt), ['untracked own.txt']);
    assert.equal(fs.existsSync(record), false);
  });

  it('is compared with the commit of the claim where nothing was recorded before the start', async () => {
    const { task, lease } = await claim('');
    fs.writeFileSync(inWorkspace('shared.txt'), 'by hand\n');
    const end = await runner.gitAtEnd(task);
    await queue.complete(task.id, { lease, result_summary: 'done', git: end ?? undefined });
    const attempt = await attemptOf(await queue.getTask(task.id));
    assert.deepEqual(filesOf(attempt), ['modified shared.txt']);
    assert.equal(attempt.git_ended?.changes?.since, 'claim');
  });

  it('is that of the folder that the task comes from', async () => {
    const other = path.join(folder(), 'other');
    gitIn(other, 'init', '-q');
    gitIn(other, 'commit', '-q', '--allow-empty', '-m', 'other');
    fs.writeFileSync(path.join(other, 'script.sh'), 'echo 1 > own.txt');
    const payload = { script_path: path.join(other, 'script.sh'), cwd: other };
    await queue.enqueue({ stream: 'build', tool_name: 'run-bash', payload });
    const git = (await runner.gitFacts()) ?? undefined;
    const facts = { supervised: true, git, git_elsewhere: await runner.gitElsewhere() };
    const claimed = await queue.claimNext('build', facts);
    assert.ok(claimed);
    const attempt = await attemptOf(await runner.start(claimed).ended);
    assert.equal(attempt.git?.commit, gitIn(other, 'rev-parse', 'HEAD'));
    assert.deepEqual(filesOf(attempt), ['untracked own.txt']);
  });

  it('is unknown outside of a repository, which does not hold up the run', async () => {
    fs.rmSync(inWorkspace('.git'), { recursive: true });
    fs.mkdirSync(inWorkspace('.git'));
    const attempt = await run('echo 1 > own.txt');
    assert.equal(attempt.git_ended, null);
  });
});
