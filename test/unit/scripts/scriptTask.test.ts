import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { QueueError } from '../../../src/core/errors';
import { readScript, type Script } from '../../../src/scripts/scriptFile';
import { taskForScript } from '../../../src/scripts/scriptTask';
import { withFolder } from '../../support/folders';

const script: Script = {
  path: 'scripts/x.sh',
  name: 'X',
  description: null,
  inputs: null,
  outputs: null,
  tags: [],
  timeout: null,
  kill_after: null,
  task_class: null,
  tool: 'run-bash',
  needs: null,
  verify: null,
  cwd: null,
};

describe('taskForScript', () => {
  it('leaves class and timeout to the tool if the header has none', () => {
    assert.deepEqual(taskForScript(script, ['a b']), {
      tool_name: 'run-bash',
      payload: { script_path: 'scripts/x.sh', args: ['a b'] },
      label: "X 'a b'",
    });
  });

  it('uses the values of the header', () => {
    assert.deepEqual(taskForScript({ ...script, timeout: 5, task_class: 'OWN', cwd: 'api' }), {
      tool_name: 'run-bash',
      task_class: 'OWN',
      timeout: 5,
      payload: { script_path: 'scripts/x.sh', args: [], cwd: 'api' },
      label: 'X',
    });
  });

  it("requires a tool if nothing determines it, and accepts the caller's", () => {
    const unknown = { ...script, path: 'scripts/x.rb', tool: null };
    assert.throws(
      () => taskForScript(unknown),
      (error) => QueueError.is(error, 'missing_field') && /scripts\/x\.rb/.test(error.message),
    );
    assert.equal(taskForScript(unknown, [], 'run-ruby').tool_name, 'run-ruby');
    assert.equal(taskForScript(script, [], 'other').tool_name, 'other');
  });
});

describe('readScript', () => {
  it('reads a file that the catalogue does not list', () =>
    withFolder(async (folder) => {
      await mkdir(path.join(folder, 'build'));
      await writeFile(path.join(folder, 'build/x.py'), '# timeout: 9\n');
      await writeFile(path.join(folder, 'notes.txt'), 'text');
      for (const name of ['build/x.py', './build/../build/x.py', path.join(folder, 'build', 'x.py')]) {
        const { path: file, name: title, tool, timeout } = await readScript(folder, name);
        assert.deepEqual([file, title, tool, timeout], ['build/x.py', 'x', 'run-python', 9]);
      }
      assert.equal((await readScript(folder, 'notes.txt')).tool, null);
    }));

  it('rejects what is missing, not a file, or outside the workspace', () =>
    withFolder(async (folder) => {
      const workspace = path.join(folder, 'workspace');
      await mkdir(path.join(workspace, 'sub'), { recursive: true });
      await writeFile(path.join(folder, 'secret.sh'), '');
      await symlink(path.join(folder, 'secret.sh'), path.join(workspace, 'link.sh'));
      const refused = (name: string, code: 'not_found' | 'invalid_field') =>
        assert.rejects(
          () => readScript(workspace, name),
          (error) => QueueError.is(error, code),
        );
      await refused('none.sh', 'not_found');
      await refused('sub', 'invalid_field');
      await refused('../secret.sh', 'invalid_field');
      await refused(path.join(folder, 'secret.sh'), 'invalid_field');
      await refused('link.sh', 'invalid_field');
    }));
});
