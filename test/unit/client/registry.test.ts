import assert from 'node:assert/strict';
import { renameSync, rmdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { canonicalStorage, defaultStorage, hasQueue, Registry } from '../../../src/client/registry';
import { QueueError } from '../../../src/core/errors';
import { linkFolder, makeFolder, removeFolder, temporaryFolder } from '../../support/folders';

describe('the registry of workspaces', () => {
  let folder: string;
  let registry: Registry;

  beforeEach(() => {
    folder = temporaryFolder();
    registry = new Registry(makeFolder(folder, 'home'));
  });
  afterEach(() => removeFolder(folder));

  it('keeps the storage folder that was registered first', async () => {
    const workspace = makeFolder(folder, 'project');
    assert.equal(registry.find(workspace), undefined);
    assert.equal(await registry.storageFor(workspace, '/first'), '/first');
    assert.equal(await registry.storageFor(workspace, '/second'), '/first');
    assert.equal(registry.find(workspace)?.storage, '/first');
  });

  it('knows a workspace by its real path', async function () {
    const workspace = makeFolder(folder, 'project');
    const link = path.join(folder, 'link');
    linkFolder(this, workspace, link);
    await registry.storageFor(link, '/storage');
    assert.equal(registry.find(workspace)?.workspace, workspace);
    assert.equal(registry.find(`${workspace}/`)?.storage, '/storage');
  });

  it('keeps the folders that tasks of a workspace may come from besides, as far as they exist', async () => {
    const workspace = makeFolder(folder, 'project');
    const second = makeFolder(folder, 'second');
    await registry.addFolders(workspace, [second]);
    assert.deepEqual(registry.otherFolders(workspace), []);
    await registry.storageFor(workspace, '/storage');
    await registry.addFolders(workspace, [second]);
    await registry.addFolders(workspace, [second, path.join(folder, 'gone')]);
    assert.deepEqual(registry.otherFolders(workspace), [second]);
    assert.deepEqual(registry.otherFolders(second), []);
    const file = path.join(registry.home, 'registry.json');
    const text = JSON.stringify({
      version: 1,
      workspaces: [{ workspace, storage: '/s', folders: ['second', 3] }],
    });
    writeFileSync(file, text);
    assert.deepEqual(registry.otherFolders(workspace), []);
  });

  it('finds the nearest workspace above a folder', async () => {
    const workspace = makeFolder(folder, 'project');
    const inner = makeFolder(workspace, 'packages', 'inner');
    const deep = makeFolder(inner, 'src');
    await registry.storageFor(workspace, '/outer');
    assert.equal(registry.nearest(deep)?.storage, '/outer');
    await registry.storageFor(inner, '/inner');
    assert.equal(registry.nearest(deep)?.storage, '/inner');
    assert.equal(registry.nearest(folder), undefined);
  });

  it('recognizes a folder that was moved, and attaches its queue on request', async () => {
    const before = makeFolder(folder, 'before');
    const after = path.join(folder, 'after');
    const storage = makeFolder(folder, 'storage');
    writeFileSync(path.join(storage, 'owner.1'), '');
    await registry.storageFor(before, storage);
    assert.equal(registry.findMoved(before), undefined);
    renameSync(before, after);
    assert.equal(registry.find(after), undefined);
    assert.equal(registry.findMoved(after)?.storage, storage);
    assert.deepEqual(
      registry.gone().map(({ workspace }) => workspace),
      [before],
    );
    await registry.attach(after, storage);
    assert.equal(registry.find(after)?.storage, storage);
    assert.deepEqual(
      registry.list().map(({ workspace }) => workspace),
      [after],
    );
  });

  it('attaches a queue whose folder is named by a link, as /tmp is one of macOS', async function () {
    const [before, after] = [makeFolder(folder, 'before'), makeFolder(folder, 'after')];
    const storage = makeFolder(folder, 'storage');
    await registry.storageFor(before, storage);
    rmdirSync(before);
    const link = path.join(folder, 'link');
    linkFolder(this, folder, link);
    await registry.attach(path.join(link, 'after'), path.join(link, 'storage'));
    assert.deepEqual(
      registry.list().map(({ workspace }) => workspace),
      [after],
    );
    assert.equal(registry.ofStorage(storage)?.workspace, after);
    assert.equal(registry.nearest(path.join(link, 'after'))?.workspace, after);
  });

  it('distinguishes a folder with the files of a queue from any other', () => {
    const storage = makeFolder(folder, 'storage');
    assert.ok(!hasQueue(storage));
    assert.ok(!hasQueue(path.join(storage, 'missing')));
    writeFileSync(path.join(storage, 'snapshot-1'), '');
    assert.ok(hasQueue(storage));
  });

  it('loses no entry when many programs change it at once', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `project-${at}`);
    await Promise.all(
      names.map((name) => new Registry(registry.home).storageFor(makeFolder(folder, name), `/${name}`)),
    );
    assert.deepEqual(
      registry
        .list()
        .map(({ storage }) => storage)
        .sort(),
      names.map((name) => `/${name}`).sort(),
    );
  });

  it('gives two programs that ask for one workspace at once the same answer', async () => {
    const workspace = makeFolder(folder, 'project');
    const answers = await Promise.all(
      ['/a', '/b', '/c'].map((storage) => new Registry(registry.home).storageFor(workspace, storage)),
    );
    assert.equal(new Set(answers).size, 1);
  });

  it('recovers after a process has died while changing it', async () => {
    const lock = path.join(registry.home, 'registry.json.lock');
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 30, startTime: null }));
    utimesSync(lock, 0, 0);
    assert.equal(await registry.storageFor(makeFolder(folder, 'a'), '/a'), '/a');
    writeFileSync(lock, 'garbled');
    utimesSync(lock, 0, 0);
    assert.equal(await registry.storageFor(makeFolder(folder, 'b'), '/b'), '/b');
  });

  it('refuses to overwrite a file that it cannot read', async () => {
    writeFileSync(path.join(registry.home, 'registry.json'), '{"workspaces": [');
    const workspace = makeFolder(folder, 'project');
    await assert.rejects(registry.storageFor(workspace, '/a'), (error: unknown) =>
      QueueError.is(error, 'conflict'),
    );
  });
});

describe('the storage folder', () => {
  it('of a second window on a remote host is that of the first', () => {
    const at = (id: string) => path.normalize(`/d/User/workspaceStorage/${id}/sparkq.sparkq`);
    assert.equal(canonicalStorage(at('-591d30f4-1')), at('-591d30f4'));
    assert.equal(canonicalStorage(at('64bcd6a8-9')), at('64bcd6a8'));
    for (const kept of ['-591d30f4', '64bcd6a8', '-5', '64bcd6a8-10', 'ext-dev', '1700000000000']) {
      assert.equal(canonicalStorage(at(kept)), at(kept));
    }
    assert.equal(canonicalStorage('/elsewhere/abc-1/sparkq.sparkq'), '/elsewhere/abc-1/sparkq.sparkq');
  });

  it('of a workspace without an editor has a name of its own', () => {
    const one = defaultStorage('/home', '/x/my project');
    assert.equal(path.dirname(one), path.join('/home', 'queues'));
    assert.match(path.basename(one), /^my-project-[0-9a-f]{16}$/);
    assert.notEqual(one, defaultStorage('/home', '/y/my project'));
    assert.equal(one, defaultStorage('/home', '/x/my project/'));
  });
});
