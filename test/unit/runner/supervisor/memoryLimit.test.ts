import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { counterIn, countKilled, memoryNote } from '../../../../src/runner/supervisor/memoryLimit';
import { withFolder } from '../../../support/folders';

describe('What is said of the memory of a run', () => {
  it('is that it had too little, where its own control group counts a process that was killed', () =>
    withFolder(async (folder) => {
      const events = path.join(folder, 'memory.events');
      const note = () => memoryNote({ events, limit: '4G', before: null }, false);
      assert.equal(note(), null, 'no such file');
      writeFileSync(events, 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 0\noom_group_kill 0\n');
      assert.equal(note(), null);
      writeFileSync(events, 'low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n');
      assert.match(note() ?? '', /needed more memory than memory_max \(4G\)\.$/);
    }));

  it('is nothing where nothing was killed meanwhile, or the run was not', function () {
    const now = countKilled();
    if (now === null) this.skip();
    const facts = { events: null, limit: null };
    assert.equal(memoryNote({ ...facts, before: now }, true), null);
    assert.equal(memoryNote({ ...facts, before: null }, true), null);
    assert.equal(memoryNote({ ...facts, before: now - 1 }, false), null);
    assert.match(memoryNote({ ...facts, before: now - 1 }, true) ?? '', /could have been the out-of-memory/);
  });

  it('is not guessed from other files', () =>
    withFolder(async (folder) => {
      const file = path.join(folder, 'vmstat');
      writeFileSync(file, 'oom_killer 5\nnr_oom_kill 6\n');
      assert.equal(counterIn(file), null);
    }));
});
