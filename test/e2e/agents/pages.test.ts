import fs from 'node:fs/promises';
import path from 'node:path';
import { FakeAgents } from '../../support/agents/fakeAgents';
import type { TemporaryPlace } from '../../vscode/sampleWorkspace';
import { useStage } from '../support/stage';
import { output, writeScripts } from './output';
import { questions } from './questions';
import { preparePaint, taskPage } from './taskPage';

async function prepare(place: TemporaryPlace): Promise<void> {
  const { root, workspace } = place;
  await writeScripts(workspace);
  const { env } = new FakeAgents(path.join(root, 'agents'), ['claude']);
  const fixer = { agent: 'claude', env };
  const tools = { fixer, checked: { ...fixer, verify: ['cat', 'checked.txt'] } };
  await fs.writeFile(path.join(workspace, 'sparkq.yml'), JSON.stringify({ tools }));
  await preparePaint(place);
}

describe('The pages of tasks', () => {
  const stage = useStage({ prepare, settings: { 'sparkq.terminal': 'never' } });
  taskPage(stage);
  output(stage);
  questions(stage);
});
