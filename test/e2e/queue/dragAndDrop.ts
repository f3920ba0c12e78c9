import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { type StageOf, shareStage } from '../support/stage';
import { until } from '../support/until';

export const dragAndDrop = (stage: StageOf) =>
  describe('Dragging', () => {
    shareStage(stage);

    /** The queued tasks of a stream by label or script, in their order. */
    async function queued(name: string): Promise<(string | null)[]> {
      const queue = await stage().queue();
      const { items } = await queue.listTasks({ stream: name, status: 'queued', order: 'position' });
      await queue.close();
      return items.map(
        ({ label, payload_json }) => label ?? String(Reflect.get(Object(payload_json), 'script_path')),
      );
    }

    it('a task onto another changes their order', async () => {
      const view = await stage().beginSession('release');
      const queue = await stage().queue();
      for (const name of ['auth', 'docs']) await queue.createStream({ session: 'release', name });
      for (const label of ['first', 'second', 'third']) {
        await queue.enqueue({ stream: 'auth', tool_name: 'llm-sonnet', prompt: label, label });
      }
      await view.see(/^auth.*3 queued/);
      await (await view.see(/^third/)).dragTo(view.row(/^first/));
      await view.seeInOrder([/^third/, /^first/, /^second/]);
      assert.deepEqual(await queued('auth'), ['third', 'first', 'second']);
      await view.row(/^third/).dragTo(view.row(/^first/));
      await view.seeInOrder([/^first/, /^third/, /^second/]);
      await queue.close();
    });

    it('a task onto a stream moves it there', async () => {
      const { workbench } = stage();
      const view = workbench.view('Queue');
      await view.row(/^first/).dragTo(view.row(/^docs/));
      await view.see(/^docs.*1 queued/);
      assert.deepEqual(await queued('docs'), ['first']);
    });

    it('a script onto a stream enqueues it', async () => {
      const { workbench } = stage();
      await workbench
        .view('Scripts')
        .row(/^Hello/)
        .dragTo(workbench.view('Queue').row(/^docs/));
      await workbench.view('Queue').see(/^docs.*2 queued/);
      assert.equal((await queued('docs')).length, 2);
      await workbench.screenshot('dragged');
    });

    it('a file onto a task enqueues it before that', async () => {
      const { workbench } = stage();
      await workbench
        .view('Scripts')
        .row(/^Count lines/)
        .click();
      await workbench.tab('count_lines.py').dragTo(workbench.view('Queue').row(/^Hello/));
      await workbench.view('Queue').see(/^docs.*3 queued/);
      await workbench.view('Queue').see(/^Count lines.*queued/);
      await workbench.view('Queue').seeInOrder([/^first/, /^Count lines/, /^Hello/]);
    });

    it('has an alternative without a mouse: a command moves a task to another stream', async () => {
      const { workbench } = stage();
      await workbench.command('SparkQ: Move Task to Stream...');
      await workbench.quickInput.answer('Select a task', 'second');
      await workbench.quickInput.answer('Select a stream', 'docs');
      await workbench.view('Queue').see(/^docs.*4 queued/);
    });

    it('a file of the Explorer onto a stream enqueues it', async () => {
      const { workbench } = stage();
      // So that both are on the screen at the same time.
      await workbench.command('View: Move View');
      await workbench.quickInput.choose('Select a View to Move', 'Queue');
      await workbench.quickInput.choose('Select a Destination', 'Explorer');
      await workbench.openContainer('Explorer');
      const queue = workbench.view('Queue');
      await workbench.explorer.expand('scripts');
      await (await workbench.explorer.see('failing.sh')).dragTo(await queue.see(/^auth/));
      await queue.see(/^auth.*2 queued/);
      assert.deepEqual(await queued('auth'), ['third', 'Failing check']);
    });

    it('a folder onto a stream says why it is not a script', async () => {
      const { workbench } = stage();
      const queue = workbench.view('Queue');
      await (await workbench.explorer.see(/^reports/)).dragTo(await queue.see(/^auth/));
      await workbench.notification(/scripts.reports is not a file/).waitFor();
      assert.equal((await queued('auth')).length, 2);
    });

    it('is not needed for a file with a shebang anywhere: the menu of the Explorer enqueues it', async () => {
      const { workbench, place } = stage();
      await fs.mkdir(path.join(place.workspace, 'tools'));
      await fs.writeFile(
        path.join(place.workspace, 'tools', 'greet'),
        '#!/usr/bin/env python3\nprint("hello")\n',
      );
      await workbench.explorer.expand('tools');
      await workbench.explorer.menu('greet', 'Enqueue Script', 'SparkQ');
      await workbench.quickInput.choose('Select a stream', 'auth');
      await workbench.view('Queue').see(/^auth.*3 queued/);
      assert.deepEqual(await queued('auth'), ['third', 'Failing check', 'greet']);
    });

    it('is not the only way: chosen files are queued as one batch, with a command for each', async () => {
      const { workbench } = stage();
      await workbench.explorer.select('failing.sh', 'hello.sh');
      await workbench.explorer.menu('hello.sh', 'Enqueue Each File...', 'SparkQ');
      await workbench.quickInput.answer('The command for each of 2 files', 'wc -l {}');
      await workbench.quickInput.choose('Select a stream', 'docs');
      // The row of the batch is below what the small view shows.
      await until('both are queued', async () => (await queued('docs')).length === 6);
      assert.deepEqual((await queued('docs')).slice(-2), [
        'wc -l scripts/failing.sh',
        'wc -l scripts/hello.sh',
      ]);
      await workbench.screenshot('chosen-files');
    });
  });
