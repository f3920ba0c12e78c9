import assert from 'node:assert/strict';
import { useStage } from './support/stage';

const count = 10_000;
/** Requests that are under way at once; the owner writes them to its journal together. */
const lanes = 50;

describe(`A stream of ${count} tasks`, () => {
  const stage = useStage({ story: true });

  it('is shown in pages, and a change repaints its row', async () => {
    const { workbench } = stage();
    await workbench.openContainer('SparkQ');
    const queue = await stage().queue();
    const session = await queue.createSession({ name: 'load' });
    const stream = await queue.createStream({ session: session.id, name: 'crowd' });
    let next = 1;
    const lane = async () => {
      while (next <= count) {
        const number = next++;
        await queue.enqueue({
          stream: stream.id,
          tool_name: 'llm-sonnet',
          label: `task ${number}`,
          prompt: 'x',
        });
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));

    const view = workbench.view('Queue');
    await view.see(/^crowd.*10000 queued/);
    await view.see(/task \d+.*queued/);
    const { items } = await queue.listTasks({
      stream: stream.id,
      status: 'queued',
      order: 'position',
      limit: 1,
    });
    const [head] = items;
    assert.ok(head);
    const start = performance.now();
    await queue.editTask(head.id, { label: 'renamed' });
    await view.see(/renamed.*queued/);
    console.log(`      its row was repainted after ${Math.round(performance.now() - start)} ms`);
    await queue.close();
    await workbench.screenshot('ten-thousand');
  });

  it('still accepts commands', async () => {
    const { workbench } = stage();
    await workbench.command('SparkQ: Claim');
    await workbench.quickInput.choose('Select a task', 'renamed');
    await workbench.notification('renamed is yours').waitFor();
  });
});
