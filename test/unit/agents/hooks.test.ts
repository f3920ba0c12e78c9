import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type AgentName, agentNames } from '../../../src/agents/agentNames';
import { agents } from '../../../src/agents/agents';
import { contextAnswer, hookInputOf } from '../../../src/agents/hookInput';
import { hooksStateOf } from '../../../src/agents/hooks';
import { QueueError } from '../../../src/core/errors';
import { SetupFolders } from '../../support/agents/setupFolders';
import { withFolder } from '../../support/folders';
import { assertTextFile } from '../../support/generated';

const fixtures = path.resolve('test/fixtures/agentHooks');
const settings = '.claude/settings.json';

const withHooks = agentNames.filter((name) => agents[name].hooks !== undefined);

/** `before` is null where there is no file. */
function casesOf(agent: AgentName): { name: string; before: string | null }[] {
  const files = fs.readdirSync(path.join(fixtures, agent)).filter((file) => file.endsWith('.before.txt'));
  const cases = files.map((file) => ({
    name: file.replace('.before.txt', ''),
    before: fs.readFileSync(path.join(fixtures, agent, file), 'utf8'),
  }));
  return [{ name: 'none', before: null }, ...cases];
}

function inFolders(
  test: (folders: SetupFolders) => void,
  scope?: 'user',
  platform?: NodeJS.Platform,
): () => Promise<unknown> {
  return () => withFolder(async (root) => test(new SetupFolders(root, scope, platform)));
}

function group(command: string): object {
  return { hooks: [{ type: 'command', command }] };
}

describe('The hooks of an agent', () => {
  it('are known of these', () => {
    assert.deepEqual(withHooks, ['claude', 'codex', 'copilot', 'gemini']);
  });

  for (const agent of withHooks) {
    const file = agents[agent].hooks?.projectFile ?? '';
    for (const { name, before } of casesOf(agent)) {
      it(
        `are written and removed for ${agent} (${name})`,
        inFolders((folders) => {
          if (before !== null) folders.write(file, before);
          const all = folders.all();
          folders.addWithHooks(agent);
          assertTextFile(path.join(fixtures, agent, `${name}.after.txt`), folders.read(file));
          const written = folders.all();
          const again = folders.addWithHooks(agent).flatMap(({ agents: planned }) => planned);
          assert.deepEqual([...new Set(again.map(({ change }) => change))], ['present']);
          assert.deepEqual(folders.all(), written);
          assert.equal(hooksStateOf(folders.place, agent)?.state, 'same');
          folders.remove(agent);
          assert.deepEqual(folders.all(), all);
        }),
      );
    }

    it(
      `are written for the user of ${agent}, and removed without a trace`,
      inFolders((folders) => {
        const all = folders.all();
        folders.addWithHooks(agent);
        const { env, home } = folders.place;
        const written = agents[agent].hooks?.userFile({ env, home }) ?? '';
        assert.match(fs.readFileSync(written, 'utf8'), /agents hook stop/);
        folders.remove(agent);
        assert.deepEqual(folders.all(), all);
      }, 'user'),
    );
  }

  it(
    'are written only on request, and only where some are known',
    inFolders((folders) => {
      folders.add('claude');
      assert.deepEqual(hooksStateOf(folders.place, 'claude'), {
        file: folders.path(settings),
        state: 'absent',
      });
      assert.equal(folders.addWithHooks('cursor', 'opencode').length, 2);
      assert.equal(hooksStateOf(folders.place, 'cursor'), null);
    }),
  );

  it(
    'leave no folder behind, in whatever order they came',
    inFolders((folders) => {
      folders.addWithHooks('claude', 'codex');
      folders.addWithSkill('claude', 'codex');
      folders.remove('claude', 'codex');
      assert.deepEqual(folders.all(), {});
    }),
  );

  it(
    'go alone after others have changed the file',
    inFolders((folders) => {
      folders.addWithHooks('claude');
      const changed = JSON.parse(folders.read(settings));
      changed.hooks.Stop.push(group('notify-send Done'));
      changed.hooks.SessionStart[0].hooks.unshift({ type: 'command', command: 'date' });
      changed.model = 'opus';
      folders.write(settings, JSON.stringify(changed, null, 2));
      folders.remove('claude');
      assert.deepEqual(JSON.parse(folders.read(settings)), {
        hooks: { SessionStart: [group('date')], Stop: [group('notify-send Done')] },
        model: 'opus',
      });
    }),
  );

  it(
    'take what setup made around them with them, whatever has changed outside',
    inFolders((folders) => {
      folders.write(settings, '{\n  "model": "opus"\n}\n');
      folders.addWithHooks('claude', 'codex');
      folders.write(settings, folders.read(settings).replace('opus', 'haiku'));
      folders.write('.codex/hooks.json', `${folders.read('.codex/hooks.json')}\n`);
      folders.remove('claude', 'codex');
      assert.deepEqual(folders.all(), {
        '.claude': 'folder',
        '.claude/settings.json': '{\n  "model": "haiku"\n}\n',
      });
    }),
  );

  it(
    'are removed by one who did not write them',
    inFolders((folders) => {
      const before = `${JSON.stringify({ hooks: { Stop: [group('x')], SessionStart: [group('y')] } }, null, 2)}\n`;
      folders.write(settings, before);
      folders.addWithHooks('claude', 'codex', 'copilot');
      folders.forget();
      folders.remove('claude', 'codex');
      assert.equal(folders.read(settings), before);
      assert.equal(fs.existsSync(folders.path('.codex/hooks.json')), false);
      folders.remove('copilot');
      assert.equal(fs.existsSync(folders.path('.github/hooks/sparkq.json')), false);
    }),
  );

  it(
    'of Windows name the batch file by its whole name',
    inFolders(
      (folders) => {
        folders.addWithHooks('claude');
        assert.match(folders.read(settings), /"command": "sparkq\.cmd agents hook stop"/);
        const there = new SetupFolders(folders.root);
        there.addWithHooks('claude');
        assert.match(there.read(settings), /"command": "sparkq agents hook stop"/);
        assert.doesNotMatch(there.read(settings), /\.cmd/);
        there.remove('claude');
        assert.deepEqual(there.all(), {});
      },
      undefined,
      'win32',
    ),
  );

  it(
    'stay in the file of the entry, where the agent has no other, until they are removed',
    inFolders((folders) => {
      const file = '.gemini/settings.json';
      const before = '{\n  "theme": "Default",\n  "hooks": {"SessionEnd": []}\n}\n';
      folders.write(file, before);
      folders.add('gemini');
      assert.equal(hooksStateOf(folders.place, 'gemini')?.state, 'absent');
      folders.addWithHooks('gemini');
      const written = folders.read(file);
      folders.add('gemini');
      const windows = new SetupFolders(folders.root, 'project', 'win32');
      windows.add('gemini');
      assert.match(windows.read(file), /"command": "sparkq\.cmd agents hook stop"/);
      folders.add('gemini');
      assert.equal(folders.read(file), written);
      folders.write(file, written.replace('Default', 'Dark'));
      folders.remove('gemini');
      assert.equal(folders.read(file), before.replace('Default', 'Dark'));
    }),
  );

  const broken: [string, string, RegExp][] = [
    ['lacks a bracket', '{"hooks": {"Stop": [}}', /settings\.json, line 1, column 21: /],
    ['has no lists', '{"hooks": {\n "Stop": {}}}', /line 2, column 10: expected a list in brackets/],
    ['has a list of events', '{"hooks": []}', /line 1, column 11: expected an object in braces/],
  ];
  for (const [what, text, message] of broken) {
    it(
      `are refused where the file ${what}, and then nothing is written`,
      inFolders((folders) => {
        folders.write(settings, text);
        const all = folders.all();
        assert.throws(
          () => folders.addWithHooks('codex', 'claude'),
          (error) => QueueError.is(error, 'conflict') && message.test(error.message),
        );
        assert.deepEqual(folders.all(), all);
      }),
    );
  }
});

describe('What an agent gives a hook', () => {
  const given = (agent: AgentName, event: string) =>
    hookInputOf(JSON.parse(fs.readFileSync(path.join(fixtures, agent, `${event}.json`), 'utf8')));

  for (const agent of withHooks) {
    it(`is read as ${agent} writes it`, () => {
      const start = given(agent, 'session-start');
      const stop = given(agent, 'stop');
      assert.deepEqual([start.isAgain, stop.isAgain], [false, true]);
      assert.equal(stop.folder, '/home/ann/api');
      assert.match(stop.session ?? '', /^[0-9a-f-]{8,}$/);
      const added = { additionalContext: 'Hello' };
      assert.deepEqual(
        contextAnswer(start, 'Hello'),
        agent === 'copilot' ? added : { hookSpecificOutput: { hookEventName: 'SessionStart', ...added } },
      );
    });
  }

  it('may be anything', () => {
    for (const odd of [undefined, null, [], 'x', { session_id: 7, stop_hook_active: 'yes', cwd: ' ' }]) {
      const { session, folder, isAgain } = hookInputOf(odd);
      assert.deepEqual([session, folder, isAgain], [null, null, false]);
    }
  });
});
