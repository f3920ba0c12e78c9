import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { namedPrograms, parseNamedPrograms } from '../../../../src/runner/git/git';
import {
  changesBetween,
  changesSince,
  contentOf,
  fileAt,
  hasContent,
  idOfFile,
} from '../../../../src/runner/git/gitChanges';
import { GitReader } from '../../../../src/runner/git/gitFacts';
import { readBaseline } from '../../../../src/runner/git/worktree';
import { useFolder } from '../../../support/folders';
import { gitIn } from '../../../support/git';
import {
  type HostileRepository,
  makeHostileRepository,
  missingFile,
} from '../../../support/hostileRepository';

describe('git in a repository that names programs', () => {
  const parent = useFolder();
  let hostile: HostileRepository;
  beforeEach(() => {
    hostile = makeHostileRepository(parent());
  });

  it('runs some of them unless they are off', () => {
    assert.throws(() => gitIn(hostile.folder, 'status'));
    const ran = hostile.marks();
    for (const name of ['hostile-fsmonitor', 'hostile-process']) assert.ok(ran.includes(name), ran.join());
  });

  it('runs none to read commit, branch and changes', async () => {
    const { folder, commit } = hostile;
    const read = () => new GitReader(folder).read();
    assert.deepEqual(await read(), { commit, branch: 'main', dirty: false });
    fs.writeFileSync(path.join(folder, 'file.process'), 'other');
    assert.deepEqual(await read(), { commit, branch: 'main', dirty: null });
    fs.writeFileSync(path.join(folder, 'file.txt'), 'other');
    assert.deepEqual(await read(), { commit, branch: 'main', dirty: true });
    assert.deepEqual(hostile.marks(), []);
  });

  it('runs none to list changes', async () => {
    const { folder, commit } = hostile;
    const baseline = await readBaseline(folder);
    assert.ok(baseline);
    for (const name of ['file.txt', 'file.process', 'new', 'new.process']) {
      fs.writeFileSync(path.join(folder, name), 'other');
    }
    const end = await new GitReader(folder).readEnd(baseline);
    const files = end?.changes?.files ?? [];
    assert.deepEqual(
      files.map(({ path: name, status }) => [name, status]),
      [
        ['file.process', 'modified'],
        ['file.txt', 'modified'],
        ['new', 'untracked'],
        ['new.process', 'untracked'],
      ],
    );
    for (const { path: name, to } of files) {
      assert.equal(to, await idOfFile(folder, name));
      assert.equal(await hasContent(folder, to ?? ''), false);
      assert.equal(await contentOf(folder, to ?? ''), null);
    }
    assert.deepEqual((await changesBetween(folder, commit, commit))?.files, []);
    assert.equal((await changesSince(folder, baseline))?.files.length, 4);
    assert.deepEqual(hostile.marks(), []);
  });

  it('runs none to read a file of a commit, and fetches none that is missing', async () => {
    const { folder, commit } = hostile;
    assert.equal(await fileAt(folder, commit, 'file.process'), 'process');
    assert.equal(await fileAt(folder, commit, missingFile), null);
    assert.deepEqual(hostile.marks(), []);
  });

  it('is not asked if one of them could not be switched off', async () => {
    const { folder } = hostile;
    fs.appendFileSync(path.join(folder, '.git', 'config'), '[filter "a=b"]\n\tclean = cat\n');
    assert.equal(await namedPrograms(folder), null);
    assert.equal(await new GitReader(folder).read(), null);
    assert.deepEqual(hostile.marks(), []);
    for (const name of ['a=b', 'ä', '\ufffd', 'a\u2028b', 'a\rb'])
      assert.equal(parseNamedPrograms(`filter.${name}.clean\0`), null, JSON.stringify(name));
  });

  it('is told the names of filters and hooks as git lists them', () => {
    const keys = [
      'filter.a.b.clean',
      'filter.a.b.required',
      'filter..process',
      'hook.x.command',
      'hook.jobs',
      '',
    ];
    assert.deepEqual(parseNamedPrograms(keys.join('\0')), { filters: ['a.b', ''], hooks: ['x'] });
  });

  it('is never a program in the folder that is asked about, or in the current one', async () => {
    const { folder } = hostile;
    const mine = path.join(folder, 'git');
    fs.writeFileSync(mine, `#!/bin/sh\n"${path.join(parent(), 'evil')}" own-git < /dev/null\n`, {
      mode: 0o755,
    });
    const { PATH } = process.env;
    process.env.PATH = ['.', '', 'bin', PATH].join(path.delimiter);
    const before = process.cwd();
    process.chdir(folder);
    try {
      assert.equal((await new GitReader(folder).read())?.commit, hostile.commit);
    } finally {
      process.chdir(before);
      process.env.PATH = PATH;
    }
    assert.deepEqual(hostile.marks(), []);
  });
});
