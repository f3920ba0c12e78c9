import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { Attempt, Task } from '../../../src/core/model';
import { isRepositoryVariable } from '../../../src/runner/git/repositoryVariables';
import { makeFolder } from '../../support/folders';
import { gitIn } from '../../support/git';
import { makeHostileRepository } from '../../support/hostileRepository';
import { makeQueue } from '../../support/makeQueue';
import { Sandbox, token } from './sandbox';

function commitIn(folder: string, file: string): string {
  gitIn(folder, 'init', '-q', '-b', 'main');
  fs.writeFileSync(path.join(folder, file), '');
  gitIn(folder, 'add', file);
  gitIn(folder, 'commit', '-q', '-m', file);
  return gitIn(folder, 'rev-parse', 'HEAD');
}

describe('sparkq with a git environment', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox();
  });
  afterEach(() => box.remove());

  it('knows the variables that git calls its own', () => {
    const names = gitIn(box.folder, 'rev-parse', '--local-env-vars').split(/\s+/);
    assert.deepEqual(
      names.filter((name) => !isRepositoryVariable(name)),
      [],
    );
    for (const name of ['GIT_SSH_COMMAND', 'GIT_ASKPASS', 'GIT_AUTHOR_NAME', 'GIT_CONFIG_GLOBAL'])
      assert.equal(isRepositoryVariable(name), false, name);
  });

  it('records the repository of the queue, whose git its scripts see, too', async () => {
    await box.makeQueue();
    const commit = commitIn(box.folder, 'mine');
    const other = makeFolder(box.root, 'other');
    commitIn(other, 'theirs');
    fs.writeFileSync(
      path.join(box.folder, 'show.sh'),
      'git rev-parse HEAD; env | grep -E "^(GIT_DIR|GIT_WORK_TREE|GIT_INDEX|GIT_CONFIG_|GIT_SSH_C|SPARKQ_TOKEN)"',
    );
    const env = {
      GIT_DIR: path.join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: path.join(other, '.git', 'index'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.bare',
      GIT_CONFIG_VALUE_0: 'true',
      GIT_SSH_COMMAND: 'ssh -v',
      SPARKQ_TOKEN: token,
    };
    const queued = await box.run(['enqueue', '-s', 'lane', '--script', 'show.sh', '--json'], { env });
    assert.equal(queued.code, 0, queued.stderr);
    const { id, git } = JSON.parse(queued.stdout) as Task;
    assert.deepEqual(git, { commit, branch: 'main', dirty: false });
    const watched = await box.run(['watch', 'lane', '--once'], { env });
    assert.equal(watched.code, 0, watched.stderr);
    assert.equal(await box.ok('output', id), `${commit}\nGIT_SSH_COMMAND=ssh -v\n`);
  });

  it('starts no program of a hostile repository when it enqueues, and when it records what changed', async () => {
    const hostile = makeHostileRepository(box.root);
    await makeQueue(hostile.folder, box.home);
    fs.writeFileSync(path.join(hostile.folder, 'file.process'), 'other');
    const queued = await box.run(
      ['enqueue', '-s', 'lane', '-t', 'llm-haiku', '--prompt', 'Do it', '--json'],
      {
        cwd: hostile.folder,
      },
    );
    assert.equal(queued.code, 0, queued.stderr);
    const { id, git } = JSON.parse(queued.stdout) as Task;
    assert.deepEqual(git, { commit: hostile.commit, branch: 'main', dirty: null });
    const shown = await box.run(['task', id], { cwd: hostile.folder });
    assert.match(shown.stdout, new RegExp(`${hostile.commit.slice(0, 7)} \\(changes unknown\\)`));
    const at = { cwd: hostile.folder };
    assert.equal((await box.run(['claim', '-s', 'lane'], at)).code, 0);
    const others = Array.from({ length: 20 }, (_, index) => `other${index}`);
    // The clock of files may be a little behind that of the claim.
    const later = Date.now() / 1_000 + 60;
    for (const name of ['file.txt', 'new', ...others]) {
      fs.writeFileSync(path.join(hostile.folder, name), 'other');
      fs.utimesSync(path.join(hostile.folder, name), later, later);
    }
    assert.equal((await box.run(['complete', id, '-r', 'done'], at)).code, 0);
    const { tries } = JSON.parse((await box.run(['task', id, '--json'], at)).stdout) as { tries: Attempt[] };
    const { files, since } = tries[0]?.git_ended?.changes ?? {};
    assert.equal(since, 'claim');
    assert.deepEqual(
      files?.slice(0, 3).map(({ path: name, status }) => `${status} ${name}`),
      ['modified file.process', 'modified file.txt', 'untracked new'],
    );
    const told = (await box.run(['task', id], at)).stdout;
    const list = told.split('Changed files, since the claim:\n')[1]?.split('\n') ?? [];
    assert.deepEqual(
      [list[0], list[2], list[20], list[21]],
      ['  modified  file.process', '  untracked new', '  and 3 more', ''],
    );
    assert.deepEqual(hostile.marks(), []);
  });
});
