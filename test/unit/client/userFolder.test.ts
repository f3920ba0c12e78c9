import assert from 'node:assert/strict';
import { chmodSync, statSync } from 'node:fs';
import path from 'node:path';
import { outsideProfileWarning, userFolder, userFolderPath } from '../../../src/client/userFolder';
import { makeFolder, removeFolder, temporaryFolder } from '../../support/folders';

describe('the user folder', () => {
  let folder: string;

  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => removeFolder(folder));

  it('is SPARKQ_HOME, else where the platform keeps state', () => {
    const at = (env: Record<string, string>, platform: NodeJS.Platform = 'linux') =>
      userFolderPath(env, platform, '/home/me');
    assert.equal(at({ SPARKQ_HOME: '/a', XDG_STATE_HOME: '/b' }), path.resolve('/a'));
    assert.equal(at({ XDG_STATE_HOME: '/b' }), path.join('/b', 'sparkq'));
    const usual = path.join('/home/me', '.sparkq');
    assert.equal(at({ XDG_STATE_HOME: 'relative' }), usual);
    assert.equal(at({ SPARKQ_HOME: '', XDG_STATE_HOME: '' }), usual);
    assert.equal(at({}, 'darwin'), usual);
    assert.equal(at({ LOCALAPPDATA: '/local' }, 'win32'), path.join('/local', 'sparkq'));
    assert.equal(at({}, 'win32'), path.join('/home/me', 'AppData', 'Local', 'sparkq'));
  });

  it('is warned of on Windows where it is outside the profile', () => {
    const profile = 'C:\\Users\\Ada';
    const warning = (folder: string, platform: NodeJS.Platform = 'win32') =>
      outsideProfileWarning(folder, platform, profile);
    for (const inside of ['C:\\Users\\Ada\\AppData\\Local\\sparkq', 'c:\\users\\ada', 'C:\\Users\\Ada\\..x'])
      assert.equal(warning(inside), null, inside);
    for (const outside of ['C:\\Users', 'C:\\Users\\Adam', 'D:\\sparkq', '\\\\server\\share\\q'])
      assert.ok(warning(outside)?.includes(outside) && warning(outside)?.includes(profile), outside);
    assert.equal(warning('D:\\sparkq', 'linux'), null);
  });

  it('is created for its user alone, and restricted when it was open to others', function () {
    if (process.platform === 'win32') this.skip();
    const fresh = userFolder({ SPARKQ_HOME: path.join(folder, 'a', 'b') });
    assert.equal(statSync(fresh).mode & 0o777, 0o700);
    const open = makeFolder(folder, 'open');
    chmodSync(open, 0o755);
    assert.equal(userFolder({ SPARKQ_HOME: open }), open);
    assert.equal(statSync(open).mode & 0o777, 0o700);
  });
});
