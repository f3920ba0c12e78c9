import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { isId } from '../../../src/core/ids';
import { hostId } from '../../../src/system/hostId';
import { withFolder } from '../../support/folders';

describe('The id of a host', () => {
  it('is made once for each user folder, and stays', () =>
    withFolder(async (folder) => {
      const [here, there] = ['here', 'there'].map((name) => path.join(folder, name)) as [string, string];
      const id = hostId(here);
      assert.ok(isId(id, 'host'));
      assert.equal(hostId(here), id);
      assert.notEqual(hostId(there), id);
    }));

  it('is made again where the file has none', () =>
    withFolder(async (folder) => {
      fs.writeFileSync(path.join(folder, 'host'), '?');
      const id = hostId(folder);
      assert.ok(isId(id, 'host'));
      assert.equal(hostId(folder), id);
    }));
});
