import assert from 'node:assert/strict';
import path from 'node:path';
import { AccountFile } from '../../../src/accounts/accountFile';
import { useFolder } from '../../support/folders';
import { Program } from '../../support/program';

describe('The file of accounts', () => {
  const folder = useFolder();

  it('loses nothing that was kept while two processes write it, and one of them is killed in the middle', async () => {
    const start = (name: string) => Program.start(path.join(__dirname, 'accountWriter.js'), folder(), name);
    const [killed, other] = [start('killed'), start('other')];
    await killed.hearsMany('started', 20);
    await killed.kill();
    const before = other.said.length;
    // A lock that the killed one may have left holds up nobody.
    await other.hearsMany('started', before + 20);
    await other.kill();

    const { used } = new AccountFile(folder()).read();
    for (const [name, { said }] of Object.entries({ killed, other })) {
      const kept = used[name]?.tasks ?? 0;
      // The last one may have been kept and not said.
      assert.ok(kept === said.length || kept === said.length + 1, `${name}: ${kept} of ${said.length}`);
    }
  });
});
