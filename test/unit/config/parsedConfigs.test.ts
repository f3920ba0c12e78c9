import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigFile } from '../../../src/config/configFile';
import { ParsedConfigs } from '../../../src/config/parsedConfigs';
import { silentLog } from '../../../src/core/log';
import { withFolder } from '../../support/folders';

describe('ParsedConfigs', () => {
  const nameIn = async (folder: string, build = 'build 1') => {
    const known = new ParsedConfigs(path.join(folder, 'configs'), folder, build);
    const file = await ConfigFile.open(folder, silentLog, known);
    return { name: file.current().project.name, problems: file.problems() };
  };
  const write = (folder: string, text: string) => writeFileSync(path.join(folder, 'sparkq.yml'), text);
  const keptFile = (folder: string) => {
    const [name = ''] = readdirSync(path.join(folder, 'configs'));
    return path.join(folder, 'configs', name);
  };
  /** Makes what is kept recognisable. */
  const mark = (folder: string) => {
    const text = readFileSync(keptFile(folder), 'utf8');
    writeFileSync(keptFile(folder), text.replace('"name":"one"', '"name":"kept"'));
  };

  it('answers the same text without parsing it, with its problems', () =>
    withFolder(async (folder) => {
      write(folder, 'project: {name: one, nmae: x}\n');
      const first = await nameIn(folder);
      assert.equal(first.problems.length, 1);
      mark(folder);
      assert.deepEqual(await nameIn(folder), { name: 'kept', problems: first.problems });
    }));

  it('parses another text, and with another build', () =>
    withFolder(async (folder) => {
      write(folder, 'project: {name: one}\n');
      await nameIn(folder);
      mark(folder);
      assert.equal((await nameIn(folder, 'build 2')).name, 'one');
      mark(folder);
      write(folder, 'project: {name: one} # edited\n');
      assert.equal((await nameIn(folder, 'build 2')).name, 'one');
    }));

  it('keeps one file for a workspace, and ignores it while it is damaged', () =>
    withFolder(async (folder) => {
      write(folder, 'project: {name: one}\n');
      await nameIn(folder);
      writeFileSync(keptFile(folder), readFileSync(keptFile(folder), 'utf8').slice(0, -9));
      assert.equal((await nameIn(folder)).name, 'one');
      write(folder, 'project: {name: two}\n');
      assert.equal((await nameIn(folder)).name, 'two');
      assert.equal(readdirSync(path.join(folder, 'configs')).length, 1);
    }));

  it('works where it can keep nothing', () =>
    withFolder(async (folder) => {
      write(folder, 'project: {name: one}\n');
      writeFileSync(path.join(folder, 'configs'), 'a file');
      assert.equal((await nameIn(folder)).name, 'one');
    }));
});
