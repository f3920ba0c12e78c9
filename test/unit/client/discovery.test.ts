import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  type Discovery,
  discoveryFile,
  listDiscoveries,
  readDiscovery,
  removeDiscovery,
  sweepDiscoveries,
  writeDiscovery,
} from '../../../src/client/discovery';
import { readEndpoint, writeEndpoint } from '../../../src/client/endpoint';
import { pidSpace } from '../../../src/system/processes';
import { deadPid } from '../../support/deadPid';
import { linkFolder, makeFolder, removeFolder, temporaryFolder } from '../../support/folders';

describe('the discovery file', () => {
  let home: string;
  let storage: string;
  let discovery: Discovery;

  beforeEach(() => {
    home = temporaryFolder();
    storage = makeFolder(home, 'storage');
    discovery = {
      protocol: 1,
      version: '1.0.0',
      pid: process.pid,
      startTime: null,
      host: os.hostname(),
      role: 'serve',
      url: 'http://127.0.0.1:1',
      port: 1,
      token: 't',
      workspaces: ['/w'],
      storage,
      generation: 3,
    };
  });
  afterEach(() => removeFolder(home));

  it('is named after the real path of the storage folder', function () {
    writeDiscovery(home, discovery);
    const name = createHash('sha256').update(storage).digest('hex');
    const file = path.join(home, 'owners', `${name}.json`);
    assert.equal(discoveryFile(home, storage), file);
    assert.deepEqual(readDiscovery(home, storage), discovery);
    assert.deepEqual(readdirSync(path.dirname(file)), [`${name}.json`]);
    const link = path.join(home, 'link');
    linkFolder(this, storage, link);
    assert.equal(discoveryFile(home, link), file);
  });

  it('is readable by its user alone', function () {
    if (process.platform === 'win32') this.skip();
    writeDiscovery(home, discovery);
    assert.equal(statSync(discoveryFile(home, storage)).mode & 0o777, 0o600);
  });

  it('is the same before and after the storage folder is created', () => {
    const later = path.join(home, 'a', 'later');
    const before = discoveryFile(home, later);
    makeFolder(later);
    assert.equal(discoveryFile(home, later), before);
  });

  it('is ignored while it is absent or invalid', () => {
    assert.equal(readDiscovery(home, storage), null);
    writeDiscovery(home, discovery);
    for (const text of ['', '{', '[]', 'null', '{"url": 1}']) {
      writeFileSync(discoveryFile(home, storage), text);
      assert.equal(readDiscovery(home, storage), null, text);
    }
  });

  it('is removed by the owner that wrote it, not by an earlier one', () => {
    writeDiscovery(home, { ...discovery, generation: 4 });
    removeDiscovery(home, discovery);
    assert.equal(readDiscovery(home, storage)?.generation, 4);
    removeDiscovery(home, { ...discovery, generation: 4 });
    assert.equal(readDiscovery(home, storage), null);
    removeDiscovery(home, discovery);
  });

  it('is swept only when its owner is provably dead', () => {
    const others = ['dead', 'elsewhere', 'garbled'].map((name) => makeFolder(home, name));
    const [dead = '', elsewhere = '', garbled = ''] = others;
    writeDiscovery(home, discovery);
    writeDiscovery(home, { ...discovery, storage: dead, pid: deadPid });
    writeDiscovery(home, { ...discovery, storage: elsewhere, pid: deadPid, host: 'another-machine' });
    writeFileSync(discoveryFile(home, garbled), 'garbled');
    // The machine had another name, which its boot and its pids outlive.
    const renamed = makeFolder(home, 'renamed');
    const { boot, namespace } = pidSpace();
    const space = { host: 'another-name', bootId: boot, pidNamespace: namespace };
    writeDiscovery(home, { ...discovery, storage: renamed, pid: deadPid, ...space });
    assert.equal(sweepDiscoveries(home), boot === null ? 1 : 2);
    removeDiscovery(home, { ...discovery, storage: renamed, pid: deadPid });
    assert.equal(readDiscovery(home, dead), null);
    assert.deepEqual(
      listDiscoveries(home)
        .map((one) => one.storage)
        .sort(),
      [elsewhere, storage].sort(),
    );
    assert.ok(existsSync(discoveryFile(home, garbled)));
  });

  it('keeps tokens and port for the next owner', () => {
    const first = readEndpoint(storage);
    assert.match(first.token, /^[0-9a-f]{64}$/);
    assert.equal(first.port, null);
    assert.notEqual(first.agentToken, first.token);
    assert.notEqual(readEndpoint(storage).token, first.token);
    writeEndpoint(storage, { ...first, port: 8420 });
    assert.deepEqual(readEndpoint(storage), { ...first, port: 8420 });
    if (process.platform !== 'win32') {
      assert.equal(statSync(path.join(storage, 'endpoint.json')).mode & 0o777, 0o600);
    }
  });
});
