import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type StageOf, shareStage } from '../support/stage';

const checklist = `# Release

- [x] Agree on a date
- [ ] Write the notes
  - [ ] Have them read
- [ ] Tag the commit
`;

export const plan = (stage: StageOf) =>
  describe('A checklist in Markdown', () => {
    shareStage(stage);

    it('is queued as one batch from the menu of its file, after it has been shown', async () => {
      const { workbench, place } = stage();
      await writeFile(path.join(place.workspace, 'plan.md'), checklist);
      await workbench.openContainer('Explorer');
      await workbench.explorer.menu(/^plan\.md/, 'Enqueue Plan...', 'SparkQ');
      await workbench.quickInput.asked('These tasks are queued, in this order');
      await workbench.quickInput.seeInOrder(['Write the notes', 'Have them read', 'Tag the commit']);
      await workbench.screenshot('enqueue-plan');
      await workbench.quickInput.option('Tag the commit').click();
      await workbench.quickInput.accept();
      await workbench.quickInput.choose('Select the tool for these prompts', 'agent');
      await workbench.openContainer('SparkQ');
      await workbench.view('Queue').see(/^plan\.md/);
      await workbench.screenshot('enqueue-plan-queued');
      const queue = await stage().queue();
      const { items } = await queue.listTasks({});
      await queue.close();
      const facts = items.map(({ label, tool_name, batch_id }) => [label, tool_name, batch_id !== null]);
      assert.deepEqual(facts.sort(), [
        ['Have them read', 'agent', true],
        ['Write the notes', 'agent', true],
      ]);
    });
  });
