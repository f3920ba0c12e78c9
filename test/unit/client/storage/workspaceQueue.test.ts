import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Registry } from '../../../../src/client/registry';
import { storageInFolder } from '../../../../src/client/storage/movedQueue';
import {
  newStorageIn,
  unknownQueueIn,
  unknownQueueNear,
} from '../../../../src/client/storage/workspaceQueue';
import { noteMoved } from '../../../../src/store/ownership/movedTo';
import { makeFolder, useFolder } from '../../../support/folders';
import { refused } from '../../../support/localQueue';

/** A folder that looks like one with a queue. */
function aQueue(storage: string): string {
  mkdirSync(storage, { recursive: true });
  writeFileSync(path.join(storage, 'snapshot-1-0.db'), '');
  return storage;
}

describe('A queue in its workspace', () => {
  const folder = useFolder('home', 'work');
  const registry = () => new Registry(path.join(folder(), 'home'));
  const workspace = () => path.join(folder(), 'work');

  it('is in a folder that git ignores, under a name of its own', () => {
    const [one, other] = [newStorageIn(workspace()), newStorageIn(workspace())];
    assert.match(path.relative(workspace(), one), /^\.sparkq[\\/]queue-[0-9a-f]{16}$/);
    assert.notEqual(one, other);
    assert.match(readFileSync(path.join(workspace(), '.sparkq', '.gitignore'), 'utf8'), /^\*$/m);
  });

  it('is not known until it is registered', async () => {
    assert.equal(unknownQueueIn(workspace(), registry()), undefined);
    const storage = aQueue(newStorageIn(workspace()));
    assert.equal(unknownQueueIn(workspace(), registry()), storage);
    const below = makeFolder(workspace(), 'src', 'deep');
    assert.deepEqual(unknownQueueNear(below, registry()), { workspace: workspace(), storage });
    await registry().attach(workspace(), storage);
    assert.equal(unknownQueueIn(workspace(), registry()), undefined);
  });

  it('is nothing else that is there', () => {
    const files = path.join(workspace(), '.sparkq');
    // As the user folder of somebody whose home is a workspace.
    aQueue(path.join(files, 'queues', 'shop-0123456789abcdef'));
    aQueue(path.join(files, 'queue-short'));
    makeFolder(files, 'queue-0123456789abcdef');
    if (process.platform !== 'win32')
      symlinkSync(aQueue(path.join(folder(), 'else')), path.join(files, 'queue-aaaaaaaaaaaaaaaa'));
    assert.equal(unknownQueueIn(workspace(), registry()), undefined);
    rmSync(files, { recursive: true });
    writeFileSync(files, '');
    assert.equal(unknownQueueIn(workspace(), registry()), undefined);
  });

  it('is found by its former folder, whoever knows that', async () => {
    const former = aQueue(path.join(folder(), 'former'));
    await registry().attach(workspace(), former);
    const storage = aQueue(newStorageIn(workspace()));
    noteMoved(former, storage);
    assert.equal(registry().find(workspace())?.storage, storage);
    assert.equal(registry().ofStorage(former)?.workspace, workspace());
    assert.equal(await registry().storageFor(workspace(), '/another'), storage);
    await registry().moved(former, storage);
    rmSync(former, { recursive: true });
    assert.equal(registry().find(workspace())?.storage, storage);
  });

  it('gets its place from the folder that a person names', async () => {
    const inWorkspace = /[\\/]work[\\/]\.sparkq[\\/]queue-/;
    assert.match(storageInFolder(workspace(), workspace()), inWorkspace);
    assert.match(storageInFolder(workspace(), path.join(workspace(), '.sparkq')), inWorkspace);
    const elsewhere = path.join(folder(), 'volume');
    assert.match(path.relative(elsewhere, storageInFolder(workspace(), elsewhere)), /^work-[0-9a-f]{16}$/);
    assert.equal(storageInFolder(workspace(), elsewhere), storageInFolder(workspace(), elsewhere));
    await refused(
      (async () => storageInFolder(workspace(), path.join(workspace(), 'data')))(),
      'conflict',
      /in \.sparkq only/,
    );
  });
});
