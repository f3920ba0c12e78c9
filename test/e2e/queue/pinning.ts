import assert from 'node:assert/strict';
import { type StageOf, shareStage } from '../support/stage';

export const pinning = (stage: StageOf) =>
  describe('Pinned scripts', () => {
    shareStage(stage);

    it('are pinned from their row', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const scripts = workbench.view('Scripts');
      await scripts.inlineAction(/^Slow build/, 'Pin Script');
      await scripts.seeInOrder([/^Slow build/, /^Count lines/]);
      await workbench.widenSideBar(120);
      await workbench.screenshot('pinned');
    });

    it('are pinned in a picker, which lists them first', async () => {
      const { workbench } = stage();
      await workbench.command('SparkQ: Search Scripts...');
      await workbench.quickInput.asked('Name, description or tag');
      await workbench.quickInput.button('Hello', 'Pin');
      await workbench.quickInput.button('Hello', 'Unpin');
      await workbench.quickInput.button('Hello', 'Pin');
      await workbench.quickInput.seeInOrder(['Slow build', 'Hello', 'Count lines']);
      await workbench.screenshot('pinned-picker');
      await workbench.page.keyboard.press('Escape');
      await workbench.view('Scripts').seeInOrder([/^Hello/, /^Slow build/]);
    });

    it('remember their arguments', async () => {
      const { workbench } = stage();
      const enqueue = async (answer: string | undefined) => {
        await workbench.command('SparkQ: Enqueue Script');
        await workbench.quickInput.choose('Select a script', 'Hello');
        await workbench.quickInput.asked('(optional)');
        const before = await workbench.quickInput.input.inputValue();
        if (answer !== undefined) await workbench.quickInput.input.fill(answer);
        await workbench.quickInput.accept();
        await workbench.quickInput.choose('Select a stream', 'greetings');
        return before;
      };
      await workbench.view('Queue').welcome.getByRole('button', { name: 'New Session' }).click();
      await workbench.quickInput.answer('Name of the session', 'release');
      await workbench.view('Queue').see('release');
      const queue = await stage().queue();
      await queue.createStream({ session: 'release', name: 'greetings' });
      await enqueue('reader');
      await workbench.view('Queue').see(/^greetings.*1 queued/);
      assert.equal(await enqueue(undefined), 'reader');
      await workbench.view('Queue').see(/^greetings.*2 queued/);
      const { items } = await queue.listTasks({ stream: 'greetings' });
      await queue.close();
      assert.deepEqual(
        items.map(({ payload_json }) => Reflect.get(Object(payload_json), 'args')),
        [['reader'], ['reader']],
      );
    });

    it('are unpinned with a command', async () => {
      const { workbench } = stage();
      await workbench.command('SparkQ: Unpin');
      await workbench.quickInput.choose('Select a script', 'Slow build');
      await workbench.view('Scripts').seeInOrder([/^Hello/, /^Count lines/]);
    });
  });
