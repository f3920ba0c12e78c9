import assert from 'node:assert/strict';
import path from 'node:path';
import { mergeVariables, variableOf, withoutVariables } from '../../../src/system/environment';
import { isNetworkFolder, isTooLongToStartIn, pathInside, samePath } from '../../../src/system/paths';
import { onPlatform } from '../../support/windowsFiles';

describe('environment variables', () => {
  const env = { Path: 'a', OTHER: 'b', Node_Options: 'c' };

  it('are found, merged and left out without case on Windows', () =>
    onPlatform('win32', () => {
      assert.equal(variableOf(env, 'PATH'), 'a');
      assert.deepEqual(mergeVariables(env, { PATH: 'd', other: undefined }), {
        PATH: 'd',
        OTHER: 'b',
        Node_Options: 'c',
      });
      assert.deepEqual(withoutVariables(env, ['NODE_OPTIONS']), { Path: 'a', OTHER: 'b' });
    }));

  it('differ in case elsewhere', () =>
    onPlatform('linux', () => {
      assert.equal(variableOf(env, 'PATH'), undefined);
      assert.deepEqual(mergeVariables(env, { PATH: 'd' }), { ...env, PATH: 'd' });
      assert.deepEqual(withoutVariables(env, ['NODE_OPTIONS']), env);
    }));
});

describe('paths', () => {
  it('are the same whatever their case on Windows and macOS, and whatever the form of accents', async () => {
    for (const platform of ['win32', 'darwin', 'linux'] as const) {
      const same = platform !== 'linux';
      await onPlatform(platform, () => {
        assert.equal(samePath('c:\\Work', 'C:\\work'), same);
        assert.equal(samePath('/Büro', '/bu\u0308ro'), same);
        assert.equal(samePath('/a', '/b'), false);
      });
    }
  });

  it('are inside a folder or not', () => {
    const folder = path.resolve('/a/b');
    assert.equal(pathInside(folder, folder), '');
    assert.equal(pathInside(folder, path.join(folder, '..c')), '..c');
    assert.equal(pathInside(folder, path.join(folder, 'c', 'd')), path.join('c', 'd'));
    assert.equal(pathInside(folder, path.resolve('/a/bc')), null);
    assert.equal(pathInside(folder, path.resolve('/a')), null);
  });

  it('are inside a folder of macOS in whatever case and form they are written', () =>
    onPlatform('darwin', () => {
      const script = path.join('Scripts', 'a.sh');
      assert.equal(pathInside('/Users/me/Büro', '/users/ME/bu\u0308ro/Scripts/a.sh'), script);
      assert.equal(pathInside('/Users/me/Büro/', '/Users/me/bu\u0308ro'), '');
      assert.equal(pathInside('/Users/me/Büro', '/users/me/bu\u0308ros/a.sh'), null);
      assert.equal(pathInside('/', '/Users'), 'Users');
    }));

  it('of Windows may be on another machine, or too long to start a program in', async () => {
    const network = [
      '\\\\server\\share',
      '//server/share',
      '\\\\wsl$\\Ubuntu\\home',
      '\\\\wsl.localhost\\x\\y',
      '\\\\?\\UNC\\s\\t',
    ];
    const own = ['C:\\', 'c:\\work', 'C:', '\\\\?\\C:\\work', '\\work', '\\\\.\\C:\\work'];
    const long = `C:\\${'a'.repeat(256)}`;
    await onPlatform('win32', () => {
      assert.deepEqual(network.filter(isNetworkFolder), network);
      assert.deepEqual(own.filter(isNetworkFolder), []);
      assert.equal(isTooLongToStartIn(long), true);
      assert.equal(isTooLongToStartIn(long.slice(1)), false);
    });
    await onPlatform('linux', () => {
      assert.deepEqual(network.filter(isNetworkFolder), []);
      assert.equal(isTooLongToStartIn(long), false);
    });
  });
});
