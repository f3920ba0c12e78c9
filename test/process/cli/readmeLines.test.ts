import assert from 'node:assert/strict';
import { signalGroup } from '../../support/processGroup';
import { blocksOf, linesOf, TypingSandbox } from './typing';

describe('The lines of the README for terminals', () => {
  // They are typed into a shell, on a terminal.
  if (process.platform !== 'linux') return;
  const box = new TypingSandbox();
  before(() => {
    box.write('Makefile', 'test:\n\t@echo tested\nnightly:\n\t@echo built\n');
  });
  after(() => box.remove());

  it('work as they are written', async () => {
    const blocks = blocksOf('README.md', 'Terminals and agents', 'sh');
    const [[first, watch, wait, schedule, ...more] = [], agents = []] = blocks.map(linesOf);
    assert.ok(first && watch && wait && schedule);
    assert.deepEqual(more, []);

    const { code, stdout } = await box.agrees(first);
    assert.equal(code, 0, stdout);
    const worker = box.typed(watch);
    await worker.says(/tested/);

    assert.match(await box.succeeds(wait), /tested/);
    assert.equal(box.read('log'), 'tested\n');
    await box.succeeds(schedule);
    assert.match(await box.ok('schedule', 'list'), /make nightly/);

    let [task, lease] = ['', ''];
    for (const line of agents) {
      const answer = await box.succeeds(line.replace('TASK', task).replace('LEASE', lease));
      if (line.includes(' claim ')) ({ id: task, lease } = JSON.parse(answer));
    }
    assert.match(await box.ok('task', task), /12 tests, all pass/);
    signalGroup(worker.child, 'SIGTERM');
    await worker.exited;
  });
});
