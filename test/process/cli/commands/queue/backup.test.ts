import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Sandbox } from '../../sandbox';

describe('sparkq backup and restore', () => {
  it('write one file, and restore it while keeping the previous files', async () => {
    const box = new Sandbox();
    try {
      await box.makeQueue();
      await box.ok('session', 'create', 'kept');
      await box.ok('backup', 'queue.db');
      assert.equal(box.read('queue.db').slice(0, 15), 'SQLite format 3');
      await box.ok('session', 'create', 'later');
      const restored = await box.json<{ kept: string }>('restore', 'queue.db');
      assert.ok(fs.existsSync(restored.kept));
      const sessions = await box.json<{ name: string }[]>('session', 'list');
      assert.deepEqual(sessions.map(({ name }) => name).sort(), ['kept', 'work']);
      box.write('other.db', 'no database');
      const refused = await box.run(['restore', 'other.db']);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /^Error: .*other\.db/);
    } finally {
      await box.remove();
    }
  });

  it('refuse to restore while another process has the queue open', async () => {
    const box = new Sandbox();
    try {
      const { server } = await box.serve();
      await box.ok('backup', 'queue.db');
      const { code, stderr } = await box.run(['restore', 'queue.db']);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`^Error: Restore not allowed .*process ${server.child.pid}`));
    } finally {
      await box.remove();
    }
  });
});
