import fs from 'node:fs/promises';
import path from 'node:path';
import { FakeAgents } from '../../support/agents/fakeAgents';
import type { TemporaryPlace } from '../../vscode/sampleWorkspace';
import { useStage } from '../support/stage';
import { output, writeScripts } from './output';
import { questions } from './questions';

async function prepare({ root, workspace }: TemporaryPlace): Promise<void> {
  await writeScripts(workspace);
  const { env } = new FakeAgents(path.join(root, 'agents'), ['claude']);
  const fixer = { agent: 'claude', env };
  const tools = { fixer, checked: { ...fixer, verify: ['cat', 'checked.txt'] } };
  await fs.writeFile(path.join(workspace, 'sparkq.yml'), JSON.stringify({ tools }));
}

describe('The pages of tasks of agents', () => {
  const stage = useStage({ prepare, settings: { 'sparkq.terminal': 'never' } });
  output(stage);
  questions(stage);
});
