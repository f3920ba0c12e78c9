import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { type StageOf, shareStage } from '../support/stage';
import { until } from '../support/until';

export const twoWindows = (stage: StageOf) =>
  describe('Two windows on one folder', () => {
    shareStage(stage);

    it('show one queue, whichever changes it', async () => {
      const first = stage().workbench;
      await first.openContainer('SparkQ');
      await first.command('SparkQ: New Session...');
      await first.quickInput.answer('Name of the session', 'shared');
      await first.view('Queue').see('shared');

      const second = await stage().openWindow();
      await second.openContainer('SparkQ');
      await second.view('Queue').see('shared');
      await second.command('SparkQ: New Stream...');
      await second.quickInput.answer('Name of the new stream', 'from the second');
      await first.view('Queue').see('from the second');
    });

    it('share the files, and the remaining one takes over', async () => {
      const { workbench } = stage();
      const status = await ask();
      const second = stage().pages().at(-1);
      assert.ok(second);
      const id = await begin('from the second');
      await second.view('Queue').menu(/^In hand.*running/, 'Show Output');
      await second.editorLines.getByText('No output yet.').waitFor();
      // Nobody tells the windows of it.
      await fs.writeFile(path.join(status.storage, 'output', `${id}-1.stdout`), 'said meanwhile\n');
      await workbench.close();
      await second.editorLines.getByText('said meanwhile').waitFor();
      const now = await until('the second window owns the queue', async () => {
        const later = await ask();
        return later.generation > status.generation && later;
      });
      assert.equal(now.storage, status.storage);
      await second.command('SparkQ: New Stream...');
      await second.quickInput.answer('Name of the new stream', 'after the first');
      await second.view('Queue').see('after the first');
    });

    /** A task that somebody has claimed; its id. */
    async function begin(stream: string): Promise<string> {
      const queue = await stage().queue();
      const { task } = await queue.enqueue({
        stream,
        tool_name: 'llm-sonnet',
        label: 'In hand',
        prompt: 'x',
      });
      await queue.claimTask(task.id);
      await queue.close();
      return task.id;
    }

    async function ask() {
      const queue = await stage().queue();
      const status = await queue.status();
      await queue.close();
      return status;
    }
  });
