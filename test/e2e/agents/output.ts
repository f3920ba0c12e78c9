import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { problemsIn } from '../support/accessibility';
import { type StageOf, shareStage } from '../support/stage';
import { TaskPageObject } from '../support/taskPageObject';
import { themes } from '../support/themes';
import { until } from '../support/until';

/** 100 MB of lines, a line of 1 MB, and what is no text at all. */
const script = `#!/usr/bin/env bash
# name: Flood
head -c 100000000 /dev/zero | tr '\\0' 'x' | fold -w 99
echo
head -c 1000000 /dev/zero | tr '\\0' 'y'
echo
head -c 50000 /dev/urandom
echo
until [ -e go ]; do sleep 0.1; done
echo the end
`;

/** Prints more than there is room for, and something else when it is told to. */
const chatter = `#!/usr/bin/env bash
# name: Chatter
seq 1 300
until [ -e say ]; do sleep 0.1; done
echo one more
until [ -e stop ]; do sleep 0.1; done
`;

/** Puts scripts that print much into a workspace. */
export async function writeScripts(workspace: string): Promise<void> {
  await fs.writeFile(path.join(workspace, 'scripts', 'flood.sh'), script);
  await fs.writeFile(path.join(workspace, 'scripts', 'chatter.sh'), chatter);
}

export const output = (stage: StageOf) =>
  describe('Output on the task page', () => {
    shareStage(stage);
    const page = () => new TaskPageObject(stage().workbench);

    it('is that of the selected attempt', async () => {
      const { workbench } = stage();
      await workbench.openContainer('SparkQ');
      const queue = await stage().queue();
      const session = await queue.createSession({ name: 'release' });
      const stream = await queue.createStream({ session: session.id, name: 'tries' });
      const { task } = await queue.enqueue({
        stream: stream.id,
        tool_name: 'llm-sonnet',
        label: 'Try it',
        prompt: 'Write a haiku about queues.\nCount its syllables.',
      });
      const first = await queue.claimTask(task.id);
      await queue.fail(task.id, {
        lease: first.lease,
        error_message: 'Come back later',
        retry_after: '2020-01-01T00:00:00Z',
        stdout: 'first try\n',
      });
      const second = await queue.claimTask(task.id);
      await queue.complete(task.id, {
        lease: second.lease,
        result_summary: 'Seventeen syllables',
        stdout: 'second try\n',
      });
      await queue.close();
      await workbench.view('Review').select(/Try it/);
      await page().content.getByText('second try').waitFor();
      await page().content.getByText('rate-limited').waitFor();
      await page().content.getByRole('button', { name: 'Show the output of attempt 1' }).click();
      await page().content.getByRole('heading', { name: 'Output of attempt 1' }).waitFor();
      await page().content.getByText('first try').waitFor();
      assert.equal(await page().content.getByText('second try').count(), 0);
      assert.deepEqual(await problemsIn(await workbench.webviewFrame()), []);
      await workbench.screenshot('task-page-attempts');
    });

    it('is a transcript of what an agent said and did, or as it is', async () => {
      const { workbench } = stage();
      const { content } = page();
      const queue = await stage().queue();
      const { items } = await queue.listStreams();
      // With an end that it tells of, the run would be over soon.
      const prompt = 'begin question\nbegin success\nhang';
      const label = 'Fix the tests';
      await queue.enqueue({ stream: items[0]?.id ?? '', tool_name: 'fixer', prompt, label });
      await queue.close();
      await workbench.view('Queue').menu(/Fix the tests/, 'Open Task');
      await content.getByRole('button', { name: 'Run Now' }).click();
      const transcript = content.getByRole('region', { name: 'Transcript' });
      await transcript.getByText('Both tests pass now.').last().waitFor();
      await workbench.view('Queue').menu(/Fix the tests/, 'Show Terminal');
      await workbench.terminal.getByText('Both tests pass now.').last().waitFor();
      await workbench.screenshot('terminal-transcript');
      await workbench.command('View: Hide Panel');
      await content.getByRole('button', { name: 'Cancel' }).click();
      await page().turning.waitFor({ state: 'detached' });
      // An edit is unfolded, and anything else only on request.
      await transcript.getByText('+const x = 2;').last().waitFor();
      const failing = transcript.getByText('1 failing').last();
      assert.equal(await failing.isVisible(), false);
      await transcript.locator('summary', { hasText: 'npm test' }).last().press('Enter');
      await failing.waitFor();
      await workbench.clearNotifications();
      await content.getByRole('heading', { name: 'Payload' }).scrollIntoViewIfNeeded();
      for (const theme of themes) {
        await workbench.useTheme(theme);
        await workbench.screenshot(`task-page-transcript-${theme.name}`);
        assert.deepEqual(await problemsIn(await workbench.webviewFrame()), [], theme.label);
      }
      const raw = content.getByRole('button', { name: 'Raw output' });
      await raw.press('Enter');
      await page().output('{"type":"assistant"').waitFor();
      assert.equal(await raw.getAttribute('aria-pressed'), 'true');
      await transcript.waitFor({ state: 'detached' });
      await content.getByRole('button', { name: 'Transcript' }).click();
      await transcript.getByText('I look at the tests.').waitFor();
    });

    it('fits on a narrow page', async () => {
      const { workbench } = stage();
      await workbench.command('View: Toggle Primary Side Bar Visibility');
      await workbench.page.setViewportSize({ width: 360, height: 900 });
      assert.equal(await page().overflows(), false);
      await workbench.screenshot('task-page-narrow');
      await workbench.page.setViewportSize({ width: 1280, height: 800 });
      await workbench.command('View: Toggle Primary Side Bar Visibility');
    });

    it('stays at its end unless the reader scrolls up', async () => {
      const { workbench, place } = stage();
      const tell = (word: string) => fs.writeFile(path.join(place.workspace, word), '');
      const queue = await stage().queue();
      const { items } = await queue.listStreams();
      const payload = { script_path: 'scripts/chatter.sh' };
      await queue.enqueue({ stream: items[0]?.id ?? '', tool_name: 'run-bash', label: 'Chatter', payload });
      await queue.close();
      await workbench.view('Queue').menu(/Chatter/, 'Open Task');
      await page().content.getByRole('button', { name: 'Run Now' }).click();
      await page().output('300').waitFor();
      assert.ok((await page().scrolled()).before > 0 && (await page().scrolled()).after < 2);
      await page().content.getByRole('region', { name: 'stdout' }).press('Control+Home');
      const follow = page().content.getByRole('button', { name: 'Scroll to End' });
      await follow.waitFor();
      await until('the first line is reached', async () => (await page().scrolled()).before === 0);
      await tell('say');
      await page().output('one more').waitFor();
      assert.equal((await page().scrolled()).before, 0);
      await follow.click();
      await follow.waitFor({ state: 'detached' });
      // The least that a wheel does: what comes in now must not take one back to the end.
      await page().output('one more').hover();
      await workbench.page.mouse.wheel(0, -10);
      await follow.waitFor();
      await follow.click();
      await follow.waitFor({ state: 'detached' });
      assert.ok((await page().scrolled()).before > 0 && (await page().scrolled()).after < 2);
      await tell('stop');
      await page().state('succeeded').waitFor();
    });

    it('shows the end of very long output, and earlier parts on request', async () => {
      const { workbench, place } = stage();
      const queue = await stage().queue();
      const { items } = await queue.listStreams();
      const payload = { script_path: 'scripts/flood.sh' };
      await queue.enqueue({ stream: items[0]?.id ?? '', tool_name: 'run-bash', label: 'Flood', payload });
      await queue.close();
      await workbench.view('Queue').menu(/Flood/, 'Open Task');
      await page().content.getByRole('button', { name: 'Run Now' }).click();
      const earlier = page().content.getByRole('button', { name: 'Show Earlier Output' });
      await earlier.waitFor();
      await fs.writeFile(path.join(place.workspace, 'go'), '');
      await page().content.getByText('the end', { exact: true }).first().waitFor();
      await page().state('succeeded').waitFor();
      assert.ok((await page().scrolled()).before > 0 && (await page().scrolled()).after < 2);
      const before = await page().length();
      assert.ok(before < 5_000_000, `${before} characters`);
      await workbench.screenshot('task-page-flood');
      const size = await earlier.innerText();
      await earlier.click();
      await earlier.filter({ hasNotText: size }).waitFor();
      assert.ok((await page().length()) > before);
    });
  });
