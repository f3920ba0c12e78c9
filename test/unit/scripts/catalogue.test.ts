import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Config, type ConfigSource, defaultConfig, fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import { ScriptCatalogue } from '../../../src/scripts/catalogue';
import { withFolder } from '../../support/folders';
import { onPlatform } from '../../support/windowsFiles';

/** Writes files, each path with its text, below a folder. */
async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
}

interface Setting {
  files?: Record<string, string>;
  scriptDirs?: readonly string[];
  excludes?: readonly string[];
}

/** A catalogue of a folder of its own, looked through once. */
async function withCatalogue(
  { files = {}, scriptDirs = ['scripts'], excludes }: Setting,
  use: (catalogue: ScriptCatalogue, folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    await write(folder, files);
    const config = fixedConfig({ ...defaultConfig, script_dirs: scriptDirs });
    const catalogue = new ScriptCatalogue({ workspace: folder, config, log: silentLog, excludes });
    await catalogue.refresh();
    await use(catalogue, folder);
    catalogue.dispose();
  });
}

const paths = (catalogue: ScriptCatalogue) => catalogue.list().map((script) => script.path);

describe('ScriptCatalogue', () => {
  it('lists every script of the script folders, and elsewhere those with a name, sorted by path', () =>
    withCatalogue(
      {
        files: {
          'scripts/b.sh': 'echo',
          'scripts/a.PY': '',
          'scripts/deep/er/c.lua': '',
          'scripts/tool': '#!/bin/sh\n',
          'scripts/data': 'no script',
          'scripts/readme.md': '# name: no\n',
          'src/named.ts': '// name: Named\n',
          'src/plain.ts': '// nothing\n',
          'bin/run': '#!/usr/bin/env node\n// name: Run\n',
          'notes.yml': '# name: no\n',
        },
      },
      async (catalogue) => {
        assert.deepEqual(paths(catalogue), [
          'bin/run',
          'scripts/a.PY',
          'scripts/b.sh',
          'scripts/deep/er/c.lua',
          'scripts/tool',
          'src/named.ts',
        ]);
        assert.deepEqual(catalogue.get('scripts/a.PY'), {
          path: 'scripts/a.PY',
          name: 'a',
          description: null,
          inputs: null,
          outputs: null,
          tags: [],
          timeout: null,
          kill_after: null,
          task_class: null,
          tool: 'run-python',
          needs: null,
          verify: null,
          cwd: null,
        });
        assert.equal(catalogue.get('bin/run')?.tool, 'run-node');
      },
    ));

  it('finds scripts by relative and by absolute path', () =>
    withCatalogue({ files: { 'scripts/a.sh': '' } }, async (catalogue, folder) => {
      const script = catalogue.get('scripts/a.sh');
      assert.ok(script);
      assert.equal(catalogue.absolutePath(script), path.join(folder, 'scripts', 'a.sh'));
      assert.equal(catalogue.get(catalogue.absolutePath(script)), script);
      assert.equal(catalogue.get('scripts/none.sh'), undefined);
      assert.equal(catalogue.get('/elsewhere/a.sh'), undefined);
    }));

  it('skips node_modules, .git, ignored files and excluded files', () =>
    withCatalogue(
      {
        files: {
          'a/node_modules/p/x.sh': '# name: no\n',
          '.git/hooks/x.sh': '# name: no\n',
          '.gitignore': '/out/\n*.tmp.sh\n!keep.tmp.sh\n',
          'out/x.sh': '# name: no\n',
          'a/out/x.sh': '# name: yes\n',
          'a/x.tmp.sh': '# name: no\n',
          'a/keep.tmp.sh': '# name: yes\n',
          'a/.gitignore': 'local.sh\n!x.tmp.py\n/here/\n',
          'a/local.sh': '# name: no\n',
          'a/here/x.sh': '# name: no\n',
          'a/b/here/x.sh': '# name: yes\n',
          'local.sh': '# name: yes\n',
          'scripts/gone.tmp.sh': '',
          'cache/x.sh': '# name: no\n',
          'a/cache/x.sh': '# name: yes\n',
          'a/b/c.gen.js': '// name: no\n',
          'a/b/c.gen.py': '# name: no\n',
        },
        excludes: ['cache', '**/*.gen.{js,py}'],
      },
      async (catalogue) => {
        assert.deepEqual(paths(catalogue), [
          'a/b/here/x.sh',
          'a/cache/x.sh',
          'a/keep.tmp.sh',
          'a/out/x.sh',
          'local.sh',
        ]);
      },
    ));

  it('follows the .gitignore files above the workspace, up to the root of the repository', () =>
    withFolder(async (folder) => {
      await write(folder, {
        '.gitignore': 'd.sh\n',
        'repo/.git/HEAD': '',
        'repo/.gitignore': '/part/a.sh\nb.sh\n',
        'repo/part/scripts/b.sh': '',
        'repo/part/a.sh': '# name: no\n',
        'repo/part/d.sh': '# name: yes\n',
      });
      const workspace = path.join(folder, 'repo/part');
      const catalogue = new ScriptCatalogue({ workspace, config: fixedConfig(), log: silentLog });
      await catalogue.refresh();
      assert.deepEqual(paths(catalogue), ['d.sh']);
    }));

  it('searches script folders even if git ignores them', () =>
    withCatalogue(
      {
        files: { '.gitignore': 'build/\n', 'build/scripts/a.sh': '', 'build/b.sh': '' },
        scriptDirs: ['build/scripts', 'none'],
      },
      async (catalogue, folder) => {
        assert.deepEqual(paths(catalogue), ['build/scripts/a.sh']);
        await write(folder, { 'build/scripts/new/c.sh': '' });
        await catalogue.refresh(['build/scripts/new/c.sh']);
        assert.deepEqual(paths(catalogue), ['build/scripts/a.sh', 'build/scripts/new/c.sh']);
      },
    ));

  it('accepts the workspace itself as a script folder', () =>
    withCatalogue({ files: { 'a.sh': '', 'b/c.sh': '' }, scriptDirs: ['.', 'b'] }, async (catalogue) => {
      assert.deepEqual(paths(catalogue), ['a.sh', 'b/c.sh']);
    }));

  it('follows links inside the workspace, but none that lead out of it or in circles', () =>
    withFolder(async (folder) => {
      const workspace = path.join(folder, 'workspace');
      await write(folder, {
        'outside/x.sh': '# name: no\n',
        'workspace/lib/tool.sh': '',
        'workspace/scripts/a.sh': '',
      });
      const link = (target: string, name: string) =>
        symlink(path.join(folder, target), path.join(workspace, name));
      await link('outside', 'scripts/out');
      await link('outside/x.sh', 'scripts/x.sh');
      await link('workspace/lib', 'scripts/lib');
      await link('workspace/lib/tool.sh', 'scripts/one.sh');
      await link('workspace', 'scripts/circle');
      await link('workspace/scripts', 'lib/back');
      await link('nowhere', 'scripts/broken.sh');
      const catalogue = new ScriptCatalogue({ workspace, config: fixedConfig(), log: silentLog });
      await catalogue.refresh();
      const found = paths(catalogue);
      assert.ok(
        found.includes('scripts/a.sh') &&
          found.includes('scripts/one.sh') &&
          found.includes('scripts/lib/tool.sh'),
      );
      assert.ok(!found.some((name) => /out|x\.sh|circle|broken/.test(name)), String(found));
      assert.ok(found.length < 10, String(found));
    }));

  it('does not leave the workspace through a script folder that is a link', () =>
    withFolder(async (folder) => {
      await write(folder, { 'outside/x.sh': '', 'workspace/a.txt': '' });
      const workspace = path.join(folder, 'workspace');
      await symlink(path.join(folder, 'outside'), path.join(workspace, 'scripts'));
      const warnings: string[] = [];
      const log = { ...silentLog, warn: (message: string) => warnings.push(message) };
      const catalogue = new ScriptCatalogue({ workspace, config: fixedConfig(), log });
      await catalogue.refresh();
      assert.deepEqual(paths(catalogue), []);
      assert.equal(warnings.length, 1);
    }));

  it('reads only the start of a file, and no line that is cut off', () =>
    withCatalogue(
      {
        files: {
          'scripts/long.sh': `# name: start\n${'#\n'.repeat(4200)}# name: end\n`,
          'scripts/cut.sh': `# name: start\n# description: ${'x'.repeat(9000)}\n`,
          'scripts/exact.sh': `${'#\n'.repeat(4090)}# name: end\n`.slice(0, 8192),
        },
      },
      async (catalogue) => {
        assert.deepEqual(
          catalogue.list().map(({ name, description }) => [name, description]),
          [
            ['start', null],
            ['end', null],
            ['start', null],
          ],
        );
      },
    ));

  it('reads UTF-16 as PowerShell writes it', () =>
    withCatalogue({}, async (catalogue, folder) => {
      await mkdir(path.join(folder, 'scripts'));
      await writeFile(path.join(folder, 'scripts/a.ps1'), Buffer.from('\uFEFF# name: Grüße\r\n', 'utf16le'));
      const bigEndian = Buffer.from('\uFEFF# name: Welt\r\n', 'utf16le').swap16();
      await writeFile(path.join(folder, 'scripts/b.ps1'), bigEndian);
      await catalogue.refresh();
      assert.equal(catalogue.get('scripts/a.ps1')?.name, 'Grüße');
      assert.equal(catalogue.get('scripts/b.ps1')?.name, 'Welt');
    }));

  it('reports a header that is not UTF-8, and not the rest of such a script', () =>
    withCatalogue({}, async (catalogue, folder) => {
      await mkdir(path.join(folder, 'scripts'));
      const script = '# name: Gr\xfc\xdfe\n# tags: a\necho \xe4\n';
      await writeFile(path.join(folder, 'scripts/a.sh'), Buffer.from(script, 'latin1'));
      await catalogue.refresh();
      assert.equal(catalogue.get('scripts/a.sh')?.name, 'a');
      assert.deepEqual(catalogue.get('scripts/a.sh')?.tags, ['a']);
      assert.deepEqual(catalogue.problems(), [
        {
          path: 'scripts/a.sh',
          line: 1,
          column: 9,
          message: 'The name is not UTF-8 text. Save it as UTF-8, or as UTF-16 with a byte order mark.',
        },
      ]);
    }));

  it('reports problems with path and line', () =>
    withCatalogue(
      { files: { 'scripts/a.sh': '#!/bin/sh\n# timeout: soon\n', 'src/b.sh': '# timeout: never\n' } },
      async (catalogue) => {
        assert.deepEqual(
          catalogue.problems().map(({ path: file, line, column }) => [file, line, column]),
          [['scripts/a.sh', 2, 12]],
        );
      },
    ));

  it('does not read a file again that has the same time and size', () =>
    withCatalogue({ files: { 'scripts/a.sh': '# name: old\n' } }, async (catalogue, folder) => {
      const file = path.join(folder, 'scripts/a.sh');
      const then = new Date(1_700_000_000_000);
      await utimes(file, then, then);
      await catalogue.refresh();
      await writeFile(file, '# name: new\n');
      await utimes(file, then, then);
      await catalogue.refresh();
      assert.equal(catalogue.get('scripts/a.sh')?.name, 'old');
      await utimes(file, then, new Date(1_700_000_001_000));
      await catalogue.refresh();
      assert.equal(catalogue.get('scripts/a.sh')?.name, 'new');
    }));

  it('notices files that are created, changed and deleted', () =>
    withCatalogue({ files: { 'scripts/a.sh': '# name: a\n' } }, async (catalogue, folder) => {
      await write(folder, { 'scripts/a.sh': '# name: changed\n', 'scripts/b.sh': '' });
      await catalogue.refresh([path.join(folder, 'scripts/a.sh'), 'scripts/b.sh', '/elsewhere/x.sh']);
      assert.deepEqual(
        catalogue.list().map(({ name }) => name),
        ['changed', 'b'],
      );
      await rm(path.join(folder, 'scripts/a.sh'));
      await catalogue.refresh(['scripts/a.sh']);
      assert.deepEqual(paths(catalogue), ['scripts/b.sh']);
    }));

  it('notices folders that are created and deleted, and changed rules', () =>
    withCatalogue({ files: { 'scripts/a.sh': '', 'far/x.sh': '' } }, async (catalogue, folder) => {
      await rename(path.join(folder, 'far'), path.join(folder, 'scripts/near'));
      await catalogue.refresh(['far', 'scripts/near']);
      assert.deepEqual(paths(catalogue), ['scripts/a.sh', 'scripts/near/x.sh']);
      await write(folder, { '.gitignore': 'a.sh\n' });
      await catalogue.refresh(['.gitignore']);
      assert.deepEqual(paths(catalogue), ['scripts/near/x.sh']);
      await write(folder, { 'scripts/new/a.sh': '', 'node_modules/p/scripts/x.sh': '' });
      await catalogue.refresh(['scripts/new/a.sh', 'node_modules/p/scripts/x.sh']);
      assert.deepEqual(paths(catalogue), ['scripts/near/x.sh']);
      await rm(path.join(folder, 'scripts'), { recursive: true });
      await catalogue.refresh(['scripts']);
      assert.deepEqual(paths(catalogue), []);
    }));

  describe('on macOS, where case and the form of accents do not count', () => {
    const [composed, decomposed] = ['scripts/b\u00fcro.sh', 'scripts/bu\u0308ro.sh'];
    const onMac = (setting: Setting, use: (catalogue: ScriptCatalogue, folder: string) => Promise<void>) =>
      onPlatform('darwin', () => withCatalogue(setting, use));

    it('finds script folders and scripts, and names them as they are in their folder', () =>
      onMac(
        {
          files: { 'Scripts/a.sh': '', 'Scripts/Bu\u0308ro/b.sh': '', 'src/c.sh': '' },
          scriptDirs: ['scripts', 'scripts/b\u00fcro'],
        },
        async (catalogue, folder) => {
          assert.deepEqual(paths(catalogue), ['Scripts/Bu\u0308ro/b.sh', 'Scripts/a.sh']);
          assert.equal(catalogue.get('scripts/B\u00dcRO/b.sh')?.path, 'Scripts/Bu\u0308ro/b.sh');
          assert.equal(catalogue.get(`${folder.toUpperCase()}/scripts/A.sh`)?.path, 'Scripts/a.sh');
          await write(folder, { 'Scripts/new.sh': '' });
          await catalogue.refresh(['Scripts/new.sh']);
          assert.ok(catalogue.get('Scripts/new.sh'));
        },
      ));

    it('notices a change that is reported under another form of the name', () =>
      onMac({ files: { [decomposed]: '# name: a\n' } }, async (catalogue, folder) => {
        await write(folder, { [decomposed]: '# name: changed\n' });
        await catalogue.refresh([composed]);
        assert.deepEqual(
          catalogue.list().map(({ path, name }) => [path, name]),
          [[decomposed, 'changed']],
        );
      }));

    it('notices a new script whose name is reported in another form', () =>
      onMac({}, async (catalogue, folder) => {
        await write(folder, { 'scripts/a.sh': '' });
        await catalogue.refresh();
        await write(folder, { [decomposed]: '' });
        await catalogue.refresh([composed]);
        assert.deepEqual(paths(catalogue), ['scripts/a.sh', decomposed]);
      }));

    it('lists a script once that changes only its case', () =>
      onMac({ files: { 'scripts/a.sh': '' } }, async (catalogue, folder) => {
        await rename(path.join(folder, 'scripts/a.sh'), path.join(folder, 'scripts/A.sh'));
        await catalogue.refresh(['scripts/A.sh']);
        assert.deepEqual(paths(catalogue), ['scripts/A.sh']);
      }));

    it('skips what a rule names in another form', () =>
      onMac(
        {
          files: { '.gitignore': `${composed}\n`, [decomposed]: '', 'scripts/\u00e9.sh': '' },
          excludes: ['**/e\u0301.sh'],
          scriptDirs: ['.'],
        },
        async (catalogue) => assert.deepEqual(paths(catalogue), []),
      ));
  });

  it('passes over what macOS keeps beside a file on a volume without attributes', () =>
    withCatalogue({ files: { 'scripts/a.sh': '', 'scripts/._a.sh': '\0\x05\x16\x07' } }, async (catalogue) =>
      assert.deepEqual(paths(catalogue), ['scripts/a.sh']),
    ));

  it('calls back only when something has changed', () =>
    withCatalogue({ files: { 'scripts/a.sh': '# name: a\n' } }, async (catalogue, folder) => {
      let changes = 0;
      const unsubscribe = catalogue.onChange(() => {
        changes += 1;
      });
      await catalogue.refresh();
      await utimes(path.join(folder, 'scripts/a.sh'), new Date(), new Date(1_700_000_000_000));
      await write(folder, { 'src/x.ts': 'code' });
      await catalogue.refresh();
      assert.equal(changes, 0);
      await write(folder, { 'scripts/a.sh': '# name: b\n' });
      await catalogue.refresh(['scripts/a.sh']);
      assert.equal(changes, 1);
      unsubscribe();
      await rm(path.join(folder, 'scripts/a.sh'));
      await catalogue.refresh();
      assert.equal(changes, 1);
    }));

  it('combines concurrent refreshes without missing a change', () =>
    withCatalogue({}, async (catalogue, folder) => {
      let changes = 0;
      catalogue.onChange(() => {
        changes += 1;
      });
      const first = catalogue.refresh();
      await write(folder, { 'scripts/a.sh': '', 'scripts/b.sh': '' });
      const second = catalogue.refresh(['scripts/a.sh']);
      const third = catalogue.refresh(['scripts/b.sh']);
      assert.equal(second, third);
      await Promise.all([first, second, third]);
      assert.deepEqual(paths(catalogue), ['scripts/a.sh', 'scripts/b.sh']);
      assert.ok(changes >= 1);
    }));

  it('follows the script folders of the configuration', () =>
    withFolder(async (folder) => {
      await write(folder, { 'scripts/a.sh': '', 'tools/b.sh': '' });
      let current: Config = defaultConfig;
      let announce = () => {};
      const config: ConfigSource = {
        ...fixedConfig(),
        current: () => current,
        onChange(listener) {
          announce = listener;
          return () => {};
        },
      };
      const catalogue = new ScriptCatalogue({ workspace: folder, config, log: silentLog });
      await catalogue.refresh();
      const changed = new Promise<void>((resolve) => catalogue.onChange(resolve));
      current = { ...defaultConfig, script_dirs: ['tools'] };
      announce();
      await changed;
      assert.deepEqual(paths(catalogue), ['tools/b.sh']);
    }));

  it('is empty without a workspace folder', () =>
    withFolder(async (folder) => {
      const workspace = path.join(folder, 'gone');
      const catalogue = new ScriptCatalogue({ workspace, config: fixedConfig(), log: silentLog });
      await catalogue.refresh();
      await catalogue.refresh(['scripts/a.sh']);
      assert.deepEqual(catalogue.list(), []);
    }));
});

describe('search', () => {
  const files = {
    'scripts/a.sh': '# name: Deploy API\n# tags: Release, Server\n',
    'scripts/b.sh': '# name: Backup\n# description: Copy the Database, none else\n',
    'scripts/c.sh': '',
  };
  const found: [string, string | undefined, string[]][] = [
    ['', undefined, ['a', 'b', 'c']],
    ['DEPLOY', undefined, ['a']],
    ['database', undefined, ['b']],
    ['relea', undefined, ['a']],
    ['none', undefined, ['b']],
    ['on', undefined, ['b']],
    ['null', undefined, []],
    ['scripts', undefined, []],
    ['', 'server', ['a']],
    ['', 'serv', []],
    ['backup', 'server', []],
    ['', ' ', ['a', 'b', 'c']],
  ];
  for (const [query, tag, names] of found) {
    it(`finds ${names.length} for ${JSON.stringify(query)}${tag === undefined ? '' : ` with the tag ${JSON.stringify(tag)}`}`, () =>
      withCatalogue({ files }, async (catalogue) => {
        const hits = catalogue.search(query, tag).map((script) => path.basename(script.path, '.sh'));
        assert.deepEqual(hits, names);
      }));
  }
});
