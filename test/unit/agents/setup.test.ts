import assert from 'node:assert/strict';
import fs from 'node:fs';
import { agentNames } from '../../../src/agents/agentNames';
import { agentsSetUp, carryOut, planSetup } from '../../../src/agents/setup';
import { QueueError } from '../../../src/core/errors';
import { SetupFolders } from '../../support/agents/setupFolders';
import { withFolder } from '../../support/folders';

type Test = (folders: SetupFolders) => void;

function inFolders(test: Test, platform?: NodeJS.Platform): () => Promise<unknown> {
  return () => withFolder(async (root) => test(new SetupFolders(root, 'project', platform)));
}

/** What an action is refused with. */
function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (QueueError.is(error)) return error.message;
    throw error;
  }
  return assert.fail('It was not refused');
}

const servers = (...names: string[]) =>
  `${JSON.stringify({ mcpServers: Object.fromEntries(names.map((name) => [name, { command: name }])) }, null, 2)}\n`;

describe('Setting up agents', () => {
  it(
    'keeps an entry that two agents share until the last is removed',
    inFolders((folders) => {
      folders.add('claude');
      const text = folders.read('.mcp.json');
      assert.deepEqual(
        folders.add('copilot').map(({ agents }) => agents),
        [[{ name: 'copilot', change: 'present' }]],
      );
      assert.deepEqual(folders.remove('claude')[0]?.agents, [{ name: 'claude', change: 'kept' }]);
      assert.equal(folders.read('.mcp.json'), text);
      assert.deepEqual(agentsSetUp(folders.place, ['claude', 'copilot']), ['copilot']);
      folders.remove('copilot');
      assert.deepEqual(folders.all(), {});
    }),
  );

  it(
    'makes folders, and removes them unless others use them',
    inFolders((folders) => {
      folders.add('cursor', 'codex');
      folders.write('.cursor/rules.md', 'Be brief.');
      folders.remove('cursor', 'codex');
      assert.deepEqual(folders.all(), { '.cursor': 'folder', '.cursor/rules.md': 'Be brief.' });
    }),
  );

  it(
    'takes only our entry out of a file that others have changed since',
    inFolders((folders) => {
      folders.add('claude', 'codex');
      const json = folders
        .read('.mcp.json')
        .replace('"mcpServers": {', '"mcpServers": { // all\n    "db": {"command": "db"},');
      folders.write('.mcp.json', json);
      folders.write(
        '.codex/config.toml',
        `${folders.read('.codex/config.toml')}\n# Mine.\n[tui]\ntheme = "dark"\n`,
      );
      folders.remove('claude', 'codex');
      assert.equal(
        folders.read('.mcp.json'),
        '{\n  "mcpServers": { // all\n    "db": {"command": "db"}\n  }\n}\n',
      );
      assert.equal(folders.read('.codex/config.toml'), '# Mine.\n[tui]\ntheme = "dark"\n');
    }),
  );

  it(
    'removes what it made around the entry, whatever has changed outside of it',
    inFolders((folders) => {
      folders.write('.gemini/settings.json', '{\n  "theme": "Default"\n}\n');
      folders.add('gemini', 'cursor');
      folders.write(
        '.gemini/settings.json',
        folders.read('.gemini/settings.json').replace('Default', 'Dark'),
      );
      folders.write('.cursor/mcp.json', `${folders.read('.cursor/mcp.json')}\n`);
      folders.remove('gemini', 'cursor');
      assert.deepEqual(folders.all(), {
        '.gemini': 'folder',
        '.gemini/settings.json': '{\n  "theme": "Dark"\n}\n',
      });
    }),
  );

  it(
    'removes an entry that it knows nothing of',
    inFolders((folders) => {
      for (const before of [servers('a'), servers('a', 'b')]) {
        folders.write('.mcp.json', before);
        folders.add('claude');
        folders.forget();
        folders.remove('claude');
        assert.equal(folders.read('.mcp.json'), before);
      }
      const before = 'model = "x"\n\n[tui]\ntheme = "dark"\n';
      folders.write('.codex/config.toml', before);
      folders.add('codex', 'cursor');
      folders.forget();
      folders.remove('codex', 'cursor');
      assert.equal(folders.read('.codex/config.toml'), before);
      assert.equal(fs.existsSync(folders.path('.cursor/mcp.json')), false);
      assert.deepEqual(folders.remove('codex')[0]?.agents, [{ name: 'codex', change: 'absent' }]);
    }),
  );

  it(
    'keeps what an entry says besides',
    inFolders((folders) => {
      folders.write(
        '.mcp.json',
        '{"mcpServers": {"sparkq": {"args": ["mcp"], "command": "sparkq", "env": {"A": "b"}}}}',
      );
      const all = folders.all();
      assert.deepEqual(folders.add('claude')[0]?.agents, [{ name: 'claude', change: 'present' }]);
      assert.deepEqual(folders.all(), all);
    }),
  );

  it(
    'goes back over a renewed entry to what was there before the first',
    inFolders((folders) => {
      folders.write('.mcp.json', servers('a'));
      folders.add('claude');
      const windows = new SetupFolders(folders.root, 'project', 'win32');
      windows.add('claude');
      assert.match(
        folders.read('.mcp.json'),
        /"command": "cmd",\s+"args": \["\/d", "\/c", "sparkq", "mcp"\]/,
      );
      folders.remove('claude');
      assert.equal(folders.read('.mcp.json'), servers('a'));
    }),
  );

  it(
    'writes no absolute path and no batch file, whatever the system',
    inFolders((folders) => {
      folders.add('claude', 'codex', 'opencode');
      const text = Object.values(folders.all()).join('\n');
      assert.match(text, /NoDefaultCurrentDirectoryInExePath/);
      assert.doesNotMatch(text, /[A-Z]:|\.cmd|\.exe|System32/);
    }, 'win32'),
  );

  it(
    'knows its entry again, whatever the system',
    inFolders((folders) => {
      folders.add(...agentNames);
      assert.deepEqual(agentsSetUp(folders.place, agentNames), agentNames);
    }, 'win32'),
  );

  it(
    'uses the file that is there',
    inFolders((folders) => {
      folders.write('opencode.jsonc', '{}');
      folders.add('opencode');
      assert.deepEqual(Object.keys(folders.all()), ['opencode.jsonc']);
    }),
  );

  it(
    'keeps the mode of a file',
    inFolders((folders) => {
      folders.write('.mcp.json', '{}');
      fs.chmodSync(folders.path('.mcp.json'), 0o664);
      folders.add('claude');
      assert.equal(
        fs.statSync(folders.path('.mcp.json')).mode & 0o777,
        process.platform === 'win32' ? 0o666 : 0o664,
      );
    }),
  );
});

describe('Setting up agents writes no file if one of them', () => {
  const broken: [string, string, RegExp][] = [
    ['lacks a comma', '{\n  "a": 1\n  "b": 2\n}', /cursor.mcp\.json, line 3, column 3: expected a comma/],
    ['is a list', '[]', /line 1, column 1: expected an object/],
    ['has a list of servers', '{"mcpServers": []}', /line 1, column 16: expected an object/],
    [
      'has servers twice',
      '{"mcpServers": {},\n "mcpServers": {}}',
      /line 2, column 2: "mcpServers" is there twice/,
    ],
    ['ends too soon', '{"mcpServers": {', /column 17/],
  ];
  for (const [what, text, message] of broken) {
    it(
      what,
      inFolders((folders) => {
        folders.write('.cursor/mcp.json', text);
        const all = folders.all();
        assert.match(
          refusal(() => folders.add('claude', 'cursor', 'codex')),
          message,
        );
        assert.deepEqual(folders.all(), all);
      }),
    );
  }

  const brokenToml: [string, string, RegExp][] = [
    ['has an open string', 'a = "b\nc = 1\n', /config\.toml, line 1, column 7: unexpected end of a string/],
    ['has no value', '[x]\na =\n', /line 2, column 4: expected a value/],
    ['has two pairs on a line', 'a = 1 b = 2', /line 1, column 7: expected the end of the line/],
    ['has an open header', '[x\n', /line 1, column 3: expected \]/],
    [
      'has its servers in braces',
      '\nmcp_servers = { a = {} }\n',
      /line 2, column 1: write mcp_servers as a table/,
    ],
  ];
  for (const [what, text, message] of brokenToml) {
    it(
      `${what}, in TOML`,
      inFolders((folders) => {
        folders.write('.codex/config.toml', text);
        const all = folders.all();
        assert.match(
          refusal(() => folders.add('claude', 'codex')),
          message,
        );
        assert.deepEqual(folders.all(), all);
      }),
    );
  }

  it(
    'is UTF-16',
    inFolders((folders) => {
      fs.writeFileSync(folders.path('.mcp.json'), Buffer.from('\uFEFF{}', 'utf16le'));
      assert.match(
        refusal(() => folders.add('cursor', 'claude')),
        /\.mcp\.json is not UTF-8/,
      );
      assert.deepEqual(Object.keys(folders.all()), ['.mcp.json']);
    }),
  );

  it(
    'is read-only',
    inFolders((folders) => {
      folders.write('.mcp.json', '{}');
      fs.chmodSync(folders.path('.mcp.json'), 0o444);
      assert.match(
        refusal(() => folders.add('cursor', 'claude')),
        /\.mcp\.json is read-only/,
      );
      assert.deepEqual(folders.all(), { '.mcp.json': '{}' });
    }),
  );

  it(
    'is a link, in a linked folder, or has another name',
    inFolders((folders) => {
      folders.write('elsewhere/mcp.json', '{}');
      fs.symlinkSync(folders.path('elsewhere'), folders.path('.cursor'), 'junction');
      assert.match(
        refusal(() => folders.add('claude', 'cursor')),
        /\.cursor is a link to /,
      );
      fs.rmSync(folders.path('.cursor'));
      fs.mkdirSync(folders.path('.cursor'));
      fs.linkSync(folders.path('elsewhere/mcp.json'), folders.path('.cursor/mcp.json'));
      assert.match(
        refusal(() => folders.add('claude', 'cursor')),
        /hard link/,
      );
      assert.equal(folders.read('elsewhere/mcp.json'), '{}');
      assert.equal(fs.existsSync(folders.path('.mcp.json')), false);
    }),
  );

  it(
    'is a folder',
    inFolders((folders) => {
      fs.mkdirSync(folders.path('.mcp.json'));
      assert.match(
        refusal(() => folders.add('cursor', 'claude')),
        /\.mcp\.json is not a file/,
      );
    }),
  );

  it(
    'changes between what was shown and writing it',
    inFolders((folders) => {
      folders.write('.cursor/mcp.json', '{}');
      const plan = planSetup(folders.place, { add: ['claude', 'cursor'], remove: [] });
      folders.write('.cursor/mcp.json', '{ }');
      const all = folders.all();
      assert.match(
        refusal(() => carryOut(folders.place, plan)),
        /mcp\.json has changed in the meantime/,
      );
      assert.deepEqual(folders.all(), all);
      assert.deepEqual(agentsSetUp(folders.place, ['claude', 'cursor']), []);
    }),
  );
});
