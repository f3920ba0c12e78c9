import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { mainStream } from '../../../src/store/mainStream';
import type { TemporaryPlace } from '../../vscode/sampleWorkspace';
import { type StageOf, shareStage } from '../support/stage';
import { until } from '../support/until';

const teamFile = '{\n  // Of the team.\n  "mcpServers": {\n    "db": { "command": "db-mcp" }\n  }\n}\n';

const skill = '.claude/skills/sparkq/SKILL.md';

/** At the end of the sample's file. */
const agentTool = '  claude:\n    command: [cat]\n    task_class: LLM_HEAVY\n';

export async function prepareForAgents({ workspace }: TemporaryPlace): Promise<void> {
  await fs.writeFile(path.join(workspace, '.mcp.json'), teamFile);
  await fs.appendFile(path.join(workspace, 'sparkq.yml'), agentTool);
}

export const settingUpAgents = (stage: StageOf) =>
  describe('Setting up agents', () => {
    shareStage(stage);
    const read = (name: string) =>
      fs.readFile(path.join(stage().place.workspace, name), 'utf8').catch(() => null);
    const tick = async (...labels: string[]) => {
      const { workbench } = stage();
      await workbench.command('SparkQ: Set Up Agents...');
      await workbench.quickInput.asked('Which agents should use the queue of this folder?');
      for (const label of labels) await workbench.quickInput.option(label).click();
      await workbench.screenshot('agents-choice');
      await workbench.quickInput.accept();
    };

    it('shows what it would write, and writes nothing before the person agrees', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      // The palette keeps the commands that there were when it was opened.
      await workbench.view('Queue').welcome.getByText('The queue is empty.').waitFor();
      await tick('Claude Code', 'Cursor', 'Skill');
      const question = workbench.notification(/Write these changes\?/);
      await question.waitFor();
      await workbench.tab(/^Set Up Agents/).waitFor();
      await workbench.changedLines.first().waitFor();
      await workbench.screenshot('agents-changes');
      assert.equal(await read('.mcp.json'), teamFile);
      for (const name of ['.cursor/mcp.json', skill]) assert.equal(await read(name), null);
      await question.getByRole('button', { name: 'Write' }).click();
      await until(
        'all files are written',
        async () => (await read(skill))?.includes('## When to queue') === true,
      );
      assert.match((await read('.cursor/mcp.json')) ?? '', /sparkq/);
      assert.match((await read('.mcp.json')) ?? '', /\/\/ Of the team\.[\s\S]*"sparkq": \{/);
    });

    it('removes who is no longer ticked', async () => {
      const { workbench } = stage();
      await workbench.clearNotifications();
      await tick('Claude Code', 'Cursor');
      await workbench
        .notification(/Write these changes\?/)
        .getByRole('button', { name: 'Write' })
        .click();
      await until('the entries are gone', async () => (await read('.mcp.json')) === teamFile);
      await until('its own file is gone', async () => (await read('.cursor/mcp.json')) === null);
      await until('the skill is gone', async () => (await read(skill)) === null);
    });

    it('asks which tool is for their prompts, and writes it to sparkq.yml', async () => {
      const { workbench } = stage();
      await workbench.clearNotifications();
      const before = await read('sparkq.yml');
      const agent = await stage().agentQueue();
      const tasks = ['Write the tests', 'Write the docs'].map((prompt) => ({ tool_name: 'agent', prompt }));
      await agent.enqueueMany({ stream: (await mainStream(agent)).id, tasks });
      await agent.close();
      const question = workbench.notification('Agents may queue prompts without naming a tool');
      await question.waitFor();
      await workbench.screenshot('agents-default');
      await question.getByRole('button', { name: 'Use claude' }).click();
      const after = `${before}\nagents:\n  default: claude\n`;
      await until('the file names the tool', async () => (await read('sparkq.yml')) === after);
    });
  });
