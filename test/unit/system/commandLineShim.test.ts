import assert from 'node:assert/strict';
import { isOnPath, shimMark, userFoldersOnPath, windowsShim } from '../../../src/system/commandLineShim';

describe('the sparkq shim for Windows', () => {
  const text = windowsShim({
    extension: 'C:\\Users\\Jürgen\\.vscode\\extensions\\sparkq.sparkq-0.1.0',
    editor: 'D:\\100% Code\\Code.exe',
    home: 'C:\\Users\\Jürgen',
  });

  it('has one command per line, and the mark of a shim', () => {
    assert.ok(text.includes(shimMark));
    assert.deepEqual(text.match(/(?<!\r)\n/g), null);
  });

  it('writes the home folder as a variable, and escapes percent signs', () => {
    assert.match(text, /set "extensions=%USERPROFILE%\\\.vscode\\extensions"/);
    assert.match(text, /set "editor=D:\\100%% Code\\Code\.exe"/);
    assert.doesNotMatch(text, /ü/);
  });
});

describe('folders on PATH', () => {
  it('include those in the home folder, each once', () => {
    const list = '/home/me/bin/:/usr/bin:/home/me/bin:/home/mean/bin:/home/me/.local/bin';
    assert.deepEqual(userFoldersOnPath(list, '/home/me', 'linux'), ['/home/me/bin', '/home/me/.local/bin']);
  });

  it('are found by another spelling', () => {
    assert.ok(isOnPath('/home/me/bin', '/usr/bin:/home/me/x/../bin/', 'linux'));
    assert.ok(!isOnPath('/home/me/bin', '/usr/bin::/home/me', 'linux'));
    assert.ok(isOnPath('C:\\Me\\bin', 'C:\\Windows;c:\\me\\BIN\\', 'win32'));
  });
});
