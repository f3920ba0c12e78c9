import assert from 'node:assert/strict';
import { toInstant } from '../../../../src/core/clock';
import { firstVerdict, isLease, keyUse } from '../../../../src/store/rows/idempotency';
import { migrations } from '../../../../src/store/rows/schema';
import { withFolder } from '../../../support/folders';
import { openDatabase } from '../../../support/openDatabase';

const usedAt = Date.UTC(2026, 10, 24);
const day = 24 * 60 * 60 * 1000;
const task = { id: 'tsk_000000000001', payload: '{}' };
const lease = '00112233445566778899aabbccddeeff';

/** What an older program kept, by operation, and what is left of it. */
const answers: [string, unknown, string | null, number | null][] = [
  ['enqueue on lane', { task, duplicate: false }, task.id, null],
  ['enqueue on same', { task, duplicate: true }, task.id, 1],
  ['delete tsk_000000000001', null, null, null],
  ['cancel tsk_000000000001', task, task.id, null],
  ['register worker', { worker_id: 'wrk_000000000001' }, 'wrk_000000000001', null],
  ['purge', { purged: 3, kept_unreviewed: 0, dry_run: false, tasks: [task.id] }, null, 3],
  [
    'complete tsk_000000000001',
    { refused: { message: 'Lease superseded', details: { task_id: task.id, holder: null } } },
    task.id,
    1,
  ],
];

describe('The keys of an older program', () => {
  it('keep their verdicts and their age', () =>
    withFolder(async (folder) => {
      const old = await openDatabase(folder, { migrations: migrations.slice(0, 3) });
      await old.write((tx) => {
        for (const [operation, answer] of [...answers, ['claim', { task: task.id, lease }] as const]) {
          tx.run(
            'INSERT INTO idempotency (key, operation, answer, created_at) VALUES (?, ?, ?, ?)',
            `key of ${operation}`,
            operation,
            JSON.stringify(answer),
            toInstant(usedAt),
          );
        }
      });
      await old.write((tx) => {
        for (let at = 0; at < 250; at++) {
          tx.run(
            "INSERT INTO idempotency (key, operation, answer, created_at) VALUES (?, 'many', ?, ?)",
            `${at}`,
            JSON.stringify({ id: `${at}` }),
            toInstant(usedAt + at),
          );
        }
      });
      await old.close();
      const db = await openDatabase(folder, { migrations, generation: 2 });
      await db.read((reader) => {
        for (const [operation, , row, fact] of answers) {
          const known = (now: number) => firstVerdict(reader, keyUse(`key of ${operation}`, operation), now);
          assert.deepEqual(known(usedAt + day), { row, fact }, operation);
          assert.equal(known(usedAt + day + 1), undefined, operation);
        }
        for (let at = 0; at < 250; at++) {
          assert.equal(firstVerdict(reader, keyUse(`${at}`, 'many'), usedAt)?.row, `${at}`);
        }
        const claim = firstVerdict(reader, keyUse('key of claim', 'claim'), usedAt);
        assert.equal(claim?.row, task.id);
        assert.ok(isLease(lease, claim?.fact ?? null));
        assert.ok(!isLease(lease.replace('0', '1'), claim?.fact ?? null));
      });
      await db.close();
    }));
});
