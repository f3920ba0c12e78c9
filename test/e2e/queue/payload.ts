import assert from 'node:assert/strict';
import { type StageOf, shareStage } from '../support/stage';

export const payload = (stage: StageOf) =>
  describe('The payload of a queued task', () => {
    shareStage(stage);

    async function taskOf(label: string) {
      const queue = await stage().queue();
      const { items } = await queue.listTasks({ q: label });
      await queue.close();
      return items[0];
    }

    it('has completions for its script', async () => {
      const { workbench } = stage();
      const view = await stage().beginSession('release');
      const queue = await stage().queue();
      await queue.createStream({ session: 'release', name: 'builds' });
      const payload = { script_path: 'scripts/hello.sh', args: [] };
      await queue.enqueue({ stream: 'builds', tool_name: 'run-bash', label: 'greet', payload });
      await queue.close();
      await view.menu(/^greet/, 'Edit Payload...');
      await workbench.tab('greet.payload.json').waitFor();
      await workbench.editorLines.getByText('script_path').click();
      await workbench.hoverUntil('args', /Arguments of Hello: name \(optional\)/);
      await workbench.page.keyboard.press('Escape');
      // Behind the opening brace, a key that is not there yet.
      await workbench.page.keyboard.press('Control+Home');
      await workbench.page.keyboard.press('End');
      await workbench.page.keyboard.type('\n"');
      await workbench.page.keyboard.press('Control+Space');
      await workbench.suggestion('cwd').waitFor();
      await workbench.suggestion('env').waitFor();
      await workbench.screenshot('payload-completion');
      assert.equal(await workbench.suggestion('prompt').isVisible(), false);
      await workbench.page.keyboard.press('Escape');
    });

    it('is not saved while it is invalid JSON, with a message that says where', async () => {
      const { workbench } = stage();
      await workbench.page.keyboard.press('Control+s');
      await workbench.notification(/Line \d+, column \d+: Invalid JSON/).waitFor();
      await workbench.screenshot('payload-refused');
      assert.deepEqual((await taskOf('greet'))?.payload_json, { script_path: 'scripts/hello.sh', args: [] });
      await workbench.clearNotifications();
    });

    it('is saved once it is valid JSON, with its numbers digit for digit', async () => {
      const { workbench } = stage();
      await workbench.editorLines.getByText('script_path').click();
      await workbench.page.keyboard.press('Control+a');
      await workbench.page.keyboard.insertText(
        '{"script_path": "scripts/hello.sh", "args": ["reader"], "id": 1970670598291982290}',
      );
      // The editor has closed what was opened.
      await workbench.page.keyboard.press('Control+Shift+End');
      await workbench.page.keyboard.press('Delete');
      await workbench.page.keyboard.press('Control+s');
      await workbench.savedTab('greet.payload.json').waitFor();
      assert.equal(
        (await taskOf('greet'))?.payload,
        '{"script_path": "scripts/hello.sh", "args": ["reader"], "id": 1970670598291982290}',
      );
    });

    it('comes back after a reload', async () => {
      const { workbench } = stage();
      await workbench.reload();
      await workbench.tab('greet.payload.json').waitFor();
      await workbench.editorLines.getByText('script_path').waitFor();
    });
  });
