import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { isHeldAlive } from '../../../src/system/aliveFile';
import { isAlive } from '../../../src/system/processes';
import { useFolder } from '../../support/folders';
import { onPlatform, refusing } from '../../support/windowsFiles';

describe('a process on Windows', () => {
  const folder = useFolder();
  const file = () => path.join(folder(), 'sparkq-4711-0123456789abcdef.alive');

  it('is alive as long as it holds its file', async () => {
    const { pid } = process;
    await onPlatform('win32', async () => {
      // Removed with its process, or left behind when the machine went down.
      assert.equal(isAlive(pid, file()), false);
      fs.writeFileSync(file(), '');
      assert.equal(isAlive(pid, file()), false);
      for (const code of ['EBUSY', 'EPERM', 'EACCES']) {
        await refusing({ name: 'openSync', code }, () => {
          assert.equal(isAlive(pid, file()), true);
          assert.equal(isAlive(2 ** 30, file()), false);
        });
      }
    });
  });

  it('is one that runs where it has no such file', () =>
    onPlatform('win32', () => {
      for (const other of ['638000000000000000', folder(), path.join(folder(), 'other.alive')]) {
        assert.equal(isHeldAlive(other), null);
        assert.equal(isAlive(process.pid, other), true);
      }
      assert.equal(isAlive(process.pid, null), true);
    }));
});
