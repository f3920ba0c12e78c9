import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Sandbox } from '../../sandbox';

describe('sparkq doctor --accept-loss', () => {
  it('opens a queue whose last journal is missing, which every command refuses until then', async () => {
    const box = new Sandbox();
    try {
      const storage = await box.makeQueue();
      await box.ok('session', 'create', 'lost');
      const journal = newestJournal(storage);
      fs.rmSync(journal);
      const refused = await box.run(['session', 'list']);
      assert.equal(refused.code, 1);
      assert.ok(refused.stderr.includes(`${journal} is missing`), refused.stderr);
      assert.match(refused.stderr, /^Suggestion: .*sparkq doctor --accept-loss/m);
      const doctor = await box.run(['doctor']);
      assert.equal(doctor.code, 1);
      assert.match(doctor.stdout, /^Problem: .*sparkq doctor --accept-loss/m);
      const report = await box.json('doctor', '--accept-loss');
      assert.deepEqual(report.accepted_loss, { file: journal, lost_changes: 1, kept: null });
      assert.deepEqual(report.problems, []);
      const sessions = await box.json<{ name: string }[]>('session', 'list');
      assert.deepEqual(
        sessions.map(({ name }) => name),
        ['work'],
      );
      assert.match(await box.ok('doctor', '--accept-loss'), /^Notice: No changes are missing/m);
    } finally {
      await box.remove();
    }
  });

  it('is refused while another process has the queue open', async () => {
    const box = new Sandbox();
    try {
      const { server } = await box.serve();
      const { code, stderr } = await box.run(['doctor', '--accept-loss']);
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`^Error: Accepting a loss not allowed .*process ${server.child.pid}`));
    } finally {
      await box.remove();
    }
  });
});

describe('sparkq doctor', () => {
  it('says when the automatic purge takes tasks that nobody has reviewed, for the first time', async () => {
    const box = new Sandbox();
    try {
      const storage = await box.makeQueue();
      const file = path.join(storage, 'unreviewed-purge.json');
      fs.writeFileSync(file, JSON.stringify({ announced_at: new Date().toISOString(), tasks: 3 }));
      assert.match(await box.ok('doctor'), /^Notice: .*now 3 old tasks.*purge\.unreviewed_after_days/m);
      fs.writeFileSync(file, JSON.stringify({ announced_at: '2026-01-31T09:00:00Z', tasks: 3 }));
      assert.doesNotMatch(await box.ok('doctor'), /unreviewed_after_days/);
    } finally {
      await box.remove();
    }
  });
});

function newestJournal(storage: string): string {
  const names = fs.readdirSync(storage).filter((name) => /^journal-.*\.log$/.test(name));
  const generation = (name: string) => Number(name.split('-')[1]);
  const [newest] = names.sort((a, b) => generation(b) - generation(a));
  assert.ok(newest);
  return path.join(storage, newest);
}
