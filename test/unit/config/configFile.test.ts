import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ConfigFile } from '../../../src/config/configFile';
import { defaultConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import { withFolder } from '../../support/folders';

describe('ConfigFile', () => {
  it('has the defaults and no problem without a file', () =>
    withFolder(async (folder) => {
      const file = await ConfigFile.open(folder, silentLog);
      assert.deepEqual(file.current(), defaultConfig);
      assert.deepEqual(file.problems(), []);
    }));

  it('reads UTF-16 with a byte order mark, and keeps the last good values where it is no text', () =>
    withFolder(async (folder) => {
      const name = path.join(folder, 'sparkq.yml');
      await writeFile(name, Buffer.from('\ufeffproject: {name: Grüße}\n', 'utf16le'));
      const file = await ConfigFile.open(folder, silentLog);
      assert.equal(file.current().project.name, 'Grüße');
      await writeFile(name, Buffer.from('project: {name: Grüße}\n', 'latin1'));
      await file.reload();
      assert.equal(file.current().project.name, 'Grüße');
      assert.match(
        file.problems()[0] ?? '',
        /^sparkq\.yml:1:1: The file is not UTF-8 text\. Save it as UTF-8/,
      );
    }));

  it('reads the file again, and reports only actual changes', () =>
    withFolder(async (folder) => {
      const name = path.join(folder, 'sparkq.yml');
      const file = await ConfigFile.open(folder, silentLog);
      let changes = 0;
      const unsubscribe = file.onChange(() => {
        changes += 1;
      });
      await file.reload();
      assert.equal(changes, 0);
      await writeFile(name, 'project: {name: one}\n');
      await file.reload();
      assert.equal(file.current().project.name, 'one');
      assert.equal(changes, 1);
      await writeFile(name, '# a remark\nproject:\n  name: one\n');
      await file.reload();
      assert.equal(changes, 1);
      unsubscribe();
      await rm(name);
      await file.reload();
      assert.deepEqual(file.current(), defaultConfig);
      assert.equal(changes, 1);
    }));

  it('keeps the last valid value of a key while it is wrong, reports it, and takes the others', () =>
    withFolder(async (folder) => {
      const name = path.join(folder, 'sparkq.yml');
      await writeFile(name, 'project: {name: good}\nserver: {port: 9000}\n');
      const file = await ConfigFile.open(folder, silentLog);
      await writeFile(name, 'project: {name: better}\nserver:\n  port: none\n');
      let changes = 0;
      file.onChange(() => {
        changes += 1;
      });
      await file.reload();
      assert.equal(file.current().project.name, 'better');
      assert.equal(file.current().server.port, 9000);
      assert.equal(changes, 1);
      const message = 'server.port must be a port from 1 to 65535. The last valid value stays in effect.';
      assert.deepEqual(file.problems(), [`sparkq.yml:3:9: ${message}`]);
      assert.deepEqual(file.diagnostics(), [
        { severity: 'warning', code: 'value', message, line: 3, column: 9, endLine: 3, endColumn: 13 },
      ]);
      await writeFile(name, 'project: [\n');
      await file.reload();
      await writeFile(name, 'project: {name: best}\nserver: {port: none}\n');
      await file.reload();
      assert.deepEqual([file.current().project.name, file.current().server.port], ['best', 9000]);
      await writeFile(name, 'project: {name: best}\n');
      await file.reload();
      assert.equal(file.current().server.port, null);
      assert.deepEqual(file.problems(), []);
    }));

  it('keeps the last valid configuration while the file cannot be read as a whole', () =>
    withFolder(async (folder) => {
      const name = path.join(folder, 'sparkq.yml');
      await writeFile(name, 'project: {name: good}\n');
      const file = await ConfigFile.open(folder, silentLog);
      await writeFile(name, 'project: {name: better}\nproject: {name: twice}\n');
      await file.reload();
      assert.equal(file.current().project.name, 'good');
      assert.deepEqual(file.problems(), [
        'sparkq.yml:2:1: The key is given twice.',
        'sparkq.yml is not used: the last good configuration stays in force.',
      ]);
    }));

  it('starts with the defaults if the file is invalid from the start', () =>
    withFolder(async (folder) => {
      await writeFile(path.join(folder, 'sparkq.yml'), 'a: [');
      const file = await ConfigFile.open(folder, silentLog);
      assert.deepEqual(file.current(), defaultConfig);
      assert.equal(file.diagnostics()[0]?.severity, 'error');
    }));

  it('reports a file that cannot be read', () =>
    withFolder(async (folder) => {
      await mkdir(path.join(folder, 'sparkq.yml'));
      const file = await ConfigFile.open(folder, silentLog);
      assert.match(file.problems()[0] ?? '', /^sparkq\.yml:1:1: The file cannot be read/);
    }));

  it('calls the other listeners when one throws', () =>
    withFolder(async (folder) => {
      const errors: string[] = [];
      const file = await ConfigFile.open(folder, { ...silentLog, error: (message) => errors.push(message) });
      let told = false;
      file.onChange(() => {
        throw new Error('broken listener');
      });
      file.onChange(() => {
        told = true;
      });
      await writeFile(file.file, 'project: {name: x}');
      await file.reload();
      assert.equal(told, true);
      assert.equal(errors.length, 1);
    }));
});
