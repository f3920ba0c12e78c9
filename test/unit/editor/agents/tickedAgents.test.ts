import assert from 'node:assert/strict';
import { carryOut } from '../../../../src/agents/setup';
import { planTicked, type Ticked, tickedIn } from '../../../../src/editor/agents/tickedAgents';
import { SetupFolders } from '../../../support/agents/setupFolders';
import { withFolder } from '../../../support/folders';

const ofClaude = '.claude/skills/sparkq/SKILL.md';
const ofOthers = '.agents/skills/sparkq/SKILL.md';

/** A project in which a person ticks. */
class Ticking extends SetupFolders {
  tick(wanted: Ticked): void {
    carryOut(this.place, planTicked(this.place, tickedIn(this.place), wanted));
    const { agents, skill } = tickedIn(this.place);
    assert.deepEqual({ agents: [...agents].sort(), skill }, { ...wanted, agents: [...wanted.agents].sort() });
  }

  skills(): string[] {
    return Object.keys(this.all()).filter((name) => name.endsWith('SKILL.md'));
  }
}

const inProject = (test: (project: Ticking) => void) => () =>
  withFolder(async (root) => test(new Ticking(root)));

describe('What is ticked in "Set Up Agents"', () => {
  it(
    'gets the skill where that is ticked as well, and loses it where that no longer is',
    inProject((project) => {
      project.tick({ agents: ['claude', 'codex'], skill: false });
      assert.deepEqual(project.skills(), []);
      project.tick({ agents: ['claude', 'codex'], skill: true });
      assert.deepEqual(project.skills(), [ofOthers, ofClaude].sort());
      project.tick({ agents: ['claude', 'codex'], skill: false });
      assert.deepEqual(project.skills(), []);
      project.tick({ agents: [], skill: false });
      assert.deepEqual(project.all(), {});
    }),
  );

  it(
    'loses the skill with the agent, unless another one has it',
    inProject((project) => {
      project.tick({ agents: ['claude', 'codex', 'cursor'], skill: true });
      project.tick({ agents: ['cursor'], skill: true });
      assert.deepEqual(project.skills(), [ofOthers]);
      project.tick({ agents: [], skill: false });
      assert.deepEqual(project.all(), {});
    }),
  );

  it(
    'loses a skill that two agents share, whichever of them stays',
    inProject((project) => {
      project.tick({ agents: ['codex', 'cursor'], skill: true });
      project.tick({ agents: ['cursor'], skill: false });
      assert.deepEqual(project.skills(), []);
    }),
  );

  it(
    'has no skill where somebody has changed it: that one stays',
    inProject((project) => {
      project.tick({ agents: ['claude'], skill: true });
      project.write(ofClaude, 'Mine\n');
      project.tick({ agents: ['claude'], skill: false });
      assert.equal(project.read(ofClaude), 'Mine\n');
    }),
  );
});
