import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import { ScriptCatalogue } from '../../../src/scripts/catalogue';
import { ScriptFolders } from '../../../src/scripts/scriptFolders';
import { taskForScript } from '../../../src/scripts/scriptTask';
import { idOfNamed } from '../../../src/scripts/sources/namedCommand';
import { tasksForNamedCommand } from '../../../src/scripts/sources/namedCommandTask';
import { useFolder } from '../../support/folders';

describe('the scripts of several folders', () => {
  const folder = useFolder('a', 'b', 'b/inner');
  const at = (...names: string[]) => path.join(folder(), ...names);
  /** As paths of other folders are written. */
  const named = (...names: string[]) => at(...names).replaceAll(path.sep, '/');
  let all: ScriptFolders;
  let heard: number;

  const search = async (workspace: string) => {
    const catalogue = new ScriptCatalogue({ workspace, config: fixedConfig(), log: silentLog });
    await catalogue.refresh();
    return catalogue;
  };

  beforeEach(async () => {
    const files = {
      'a/scripts/one.sh': 'true\n',
      'b/scripts/two.sh': '# cwd: inner\ntrue\n',
      'b/loose.sh': 'true\n',
      'b/inner/package.json': '{"scripts": {"build": "x"}}',
      'b/.vscode/tasks.json':
        '{"tasks": [{"label": "One", "type": "process", "command": "x", "options": {"cwd": "inner"}},' +
        '{"label": "Two", "type": "process", "command": "y", "dependsOn": "One"}]}',
    };
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(at(name)), { recursive: true });
      fs.writeFileSync(at(name), text);
    }
    all = new ScriptFolders(at('a'), await search(at('a')), silentLog);
    heard = 0;
    all.onChange(() => {
      heard += 1;
    });
    all.add(at('b'), await search(at('b')));
  });

  it('are named relative to the first folder, or else by absolute paths', () => {
    assert.deepEqual(
      all.list().map((script) => script.path),
      ['scripts/one.sh', named('b/scripts/two.sh')],
    );
    const [first, second] = all.all();
    assert.deepEqual(
      [first?.shortened('scripts/one.sh'), second?.shortened(named('b/scripts/two.sh'))],
      ['scripts/one.sh', 'scripts/two.sh'],
    );
    assert.equal(all.absolutePath('scripts/one.sh'), at('a/scripts/one.sh'));
    assert.equal(all.absolutePath(named('b/loose.sh')), at('b/loose.sh'));
  });

  it('run where they come from', async () => {
    const two = all.get(at('b/scripts/two.sh'));
    assert.ok(two);
    const { payload } = taskForScript(two);
    assert.deepEqual([payload.script_path, payload.cwd], [named('b/scripts/two.sh'), named('b/inner')]);
    const loose = await all.read(at('b/loose.sh'));
    assert.deepEqual([loose.path, loose.cwd], [named('b/loose.sh'), named('b')]);
    const one = await all.read(at('a/scripts/one.sh'));
    assert.deepEqual([one.path, one.cwd], ['scripts/one.sh', null]);
    await assert.rejects(all.read(at('loose.sh')), /outside the workspace/);
  });

  it('are read in the innermost folder', async () => {
    all.add(at('b/inner'), await search(at('b/inner')));
    assert.equal(all.folderOf(at('b/inner/x.sh')).path, at('b/inner'));
    assert.equal(all.folderOf(at('b/x.sh')).path, at('b'));
    assert.equal(all.folderOf('x.sh').path, at('a'));
  });

  it('stand beside what other files name, which runs in the folder of its file', () => {
    const build = all.namedCommand(`npm:${named('b/inner/package.json')}:build`);
    assert.ok(build);
    const setting = { workspace: at('b'), shell: 'sh', env: {}, shownFolder: path.basename };
    const [task] = tasksForNamedCommand(build, new Map(), setting);
    assert.deepEqual([task?.payload.cwd, task?.label], [named('b/inner'), 'inner: npm run build']);
    const chain = all.namedCommand(`vscode:${named('b/.vscode/tasks.json')}:Two`);
    assert.ok(chain);
    assert.deepEqual(
      tasksForNamedCommand(chain, new Map(), setting).map(({ payload }) => payload.cwd),
      [named('b/inner'), named('b')],
    );
  });

  it('come and go with their folder', async () => {
    assert.equal(heard, 1);
    fs.writeFileSync(at('b/scripts/three.sh'), 'true\n');
    await all.refresh();
    assert.equal(all.list().length, 3);
    assert.equal(heard, 2);
    all.remove(at('b'));
    assert.equal(heard, 3);
    assert.deepEqual(
      all.list().map(({ path: file }) => file),
      ['scripts/one.sh'],
    );
    assert.deepEqual(all.namedCommands().map(idOfNamed), []);
    all.remove(at('b'));
    assert.equal(heard, 3);
  });
});
