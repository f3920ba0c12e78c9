import assert from 'node:assert/strict';
import fs from 'node:fs';
import { agentNames } from '../../../src/agents/agentNames';
import { skillText } from '../../../src/agents/skillText';
import { QueueError } from '../../../src/core/errors';
import { SetupFolders } from '../../support/agents/setupFolders';
import { withFolder } from '../../support/folders';

const ofClaude = '.claude/skills/sparkq/SKILL.md';
const ofOthers = '.agents/skills/sparkq/SKILL.md';

function inFolders(test: (folders: SetupFolders) => void, scope?: 'user'): () => Promise<unknown> {
  return () => withFolder(async (root) => test(new SetupFolders(root, scope)));
}

describe('The skill for agents', () => {
  it('is the one that the extension contributes, under the name of its folder', () => {
    const { contributes } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as {
      contributes: { chatSkills: { path: string }[] };
    };
    assert.deepEqual(contributes.chatSkills, [{ path: './skills/sparkq/SKILL.md' }]);
    assert.equal(fs.readFileSync('skills/sparkq/SKILL.md', 'utf8'), skillText);
    assert.match(skillText, /^---\nname: sparkq\ndescription: [^\n]{1,1024}\n---\n/);
  });

  it(
    'is written only on request',
    inFolders((folders) => {
      folders.add('claude', 'codex');
      assert.equal(fs.existsSync(folders.path('.claude')), false);
      assert.equal(fs.existsSync(folders.path('.agents')), false);
    }),
  );

  for (const agent of agentNames) {
    for (const scope of [undefined, 'user'] as const) {
      it(
        `is written where ${agent} looks for it${scope ? ' for the user' : ''}, and removed without a trace`,
        inFolders((folders) => {
          const all = folders.all();
          folders.addWithSkill(agent);
          folders.addWithSkill(agent);
          assert.equal(folders.read(agent === 'claude' ? ofClaude : ofOthers), skillText);
          folders.remove(agent);
          assert.deepEqual(folders.all(), all);
        }, scope),
      );
    }
  }

  it(
    'stays until the last agent that reads it is removed',
    inFolders((folders) => {
      folders.addWithSkill('codex', 'cursor');
      const [, left] = folders.remove('codex');
      assert.deepEqual(left?.agents, [{ name: 'codex', change: 'kept' }]);
      assert.equal(folders.read(ofOthers), skillText);
      folders.remove('cursor');
      assert.deepEqual(folders.all(), {});
    }),
  );

  it(
    'of an older version is written anew, and removed all the same',
    inFolders((folders) => {
      folders.addWithSkill('claude');
      folders.age(ofClaude, 'An older text\n');
      folders.addWithSkill('claude');
      assert.equal(folders.read(ofClaude), skillText);
      folders.age(ofClaude, 'An older text\n');
      folders.remove('claude');
      assert.deepEqual(folders.all(), {});
    }),
  );

  it(
    'is neither overwritten nor removed once somebody has changed it',
    inFolders((folders) => {
      folders.addWithSkill('claude');
      folders.write(ofClaude, 'Mine');
      assert.throws(
        () => folders.addWithSkill('claude'),
        (error) =>
          QueueError.is(error, 'conflict') && /SKILL\.md is not as setup writes it/.test(error.message),
      );
      const [, left] = folders.remove('claude');
      assert.deepEqual(left?.agents, [{ name: 'claude', change: 'edited' }]);
      assert.equal(folders.read(ofClaude), 'Mine');
      assert.equal(fs.existsSync(folders.path('.mcp.json')), false);
      assert.equal(folders.remove('claude').length, 1);
    }),
  );
});
