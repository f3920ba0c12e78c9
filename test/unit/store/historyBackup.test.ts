import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lineOf } from '../../../src/store/archive/archivedTask';
import { loadSqlJs, Sqlite } from '../../../src/store/engine/sqlite';
import type { LocalQueue } from '../../../src/store/localQueue';
import { restoreQueue } from '../../../src/store/maintenance';
import { FakeClock } from '../../support/fakeClock';
import { withFolder } from '../../support/folders';
import { enqueue, openLocalQueue, refused } from '../../support/localQueue';
import { archivedTask, archiveLines } from './archiveLines';

const all = { older_than_days: 0 };
/** At a time when the months of these tests are kept. */
const clock = new FakeClock();

async function begin(storage: string): Promise<LocalQueue> {
  const queue = await openLocalQueue(storage, { clock });
  await queue.createSession({ name: 'work' });
  await queue.createStream({ session: 'work', name: 'lane' });
  return queue;
}

async function cancelled(queue: LocalQueue): Promise<string> {
  const { id } = await enqueue(queue, { label: '构建' });
  await queue.cancel(id);
  return id;
}

async function historyOf(queue: LocalQueue): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await queue.listHistory({ cursor });
    ids.push(...page.tasks.map(({ id }) => id));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return ids.sort();
}

const restore = (storage: string, file: string) => restoreQueue({ storage, programs: 'dist' }, file);

describe('A backup', () => {
  it('takes the history along, into a queue without one', () =>
    withFolder(async (folder) => {
      const [here, there] = [path.join(folder, 'here'), path.join(folder, 'there')];
      const file = path.join(folder, 'backup.db');
      const first = await begin(here);
      const ids = [await cancelled(first), await cancelled(first)].sort();
      await first.purge(all);
      // Parts of a line each, and half a line.
      const long = [1, 2, 3].map((number) =>
        archivedTask(number, { payload: 'x'.repeat(3_000_000 * number) }),
      );
      writeFileSync(path.join(here, 'archive', '2025-12.7.jsonl'), long.map(lineOf).join(''));
      appendFileSync(path.join(here, 'archive', '2025-12.7.jsonl'), '{"id":"tsk_');
      const { bytes } = await first.backup(file);
      assert.ok(bytes < 1_000_000, `${bytes} bytes: compressed`);
      // Over an earlier backup.
      assert.equal((await first.backup(file)).bytes, bytes);
      await first.close();
      const restored = await restore(there, file);
      assert.deepEqual(restored, { schema: restored.schema, bytes, kept: null });
      const second = await openLocalQueue(there, { clock });
      assert.deepEqual(await historyOf(second), [...long.map(({ id }) => id), ...ids].sort());
      assert.deepEqual(archiveLines(there)[`2025-12.${second.generation - 1}.jsonl`], long);
      assert.ok((await second.status()).database_bytes < bytes);
      const again = path.join(folder, 'again.db');
      await second.backup(again);
      await second.close();
      const sqlite = Sqlite.open(await loadSqlJs('dist'), readFileSync(again));
      assert.equal(
        sqlite.get(sqlite.prepare('SELECT count(DISTINCT name) AS n FROM attached_files'), [])?.n,
        2,
      );
      sqlite.close();
    }));

  it('adds its history to what is there when it is restored, each task once', () =>
    withFolder(async (folder) => {
      const storage = path.join(folder, 'queue');
      const file = path.join(folder, 'backup.db');
      const first = await begin(storage);
      const before = await cancelled(first);
      const erased = await cancelled(first);
      await first.purge(all);
      const purgedLater = await cancelled(first);
      await first.backup(file);
      await first.eraseHistory(erased);
      await first.purge(all);
      const after = await cancelled(first);
      await first.purge(all);
      await first.close();
      const { kept } = await restore(storage, file);
      assert.ok(kept !== null && existsSync(kept));
      const second = await openLocalQueue(storage, { clock });
      assert.equal((await second.getTask(purgedLater)).id, purgedLater);
      // What was erased since is in the backup still.
      assert.deepEqual(await historyOf(second), [before, erased, after].sort());
      const lines = Object.values(archiveLines(storage)).flat();
      assert.equal(lines.filter(({ id }) => id === before).length, 1);
      await second.purge(all);
      assert.deepEqual(await historyOf(second), [before, erased, purgedLater, after].sort());
      await second.eraseHistory(erased);
      await refused(second.eraseHistory(erased), 'not_found');
      await second.close();
    }));

  it('of a queue without a history is a plain database, and leaves a history as it is', () =>
    withFolder(async (folder) => {
      const [plain, other] = [path.join(folder, 'plain'), path.join(folder, 'other')];
      const file = path.join(folder, 'backup.db');
      const first = await begin(plain);
      await first.backup(file);
      await first.close();
      const sqlite = Sqlite.open(await loadSqlJs('dist'), readFileSync(file));
      assert.equal(
        sqlite.get(sqlite.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'attached_files'"), []),
        undefined,
      );
      sqlite.close();
      mkdirSync(path.join(other, 'archive'), { recursive: true });
      const archived = path.join(other, 'archive', '2026-01.1.jsonl');
      writeFileSync(archived, lineOf(archivedTask(1)));
      await restore(other, file);
      assert.deepEqual(Object.keys(archiveLines(other)), ['2026-01.1.jsonl']);
      assert.equal(readFileSync(archived, 'utf8'), lineOf(archivedTask(1)));
    }));
});
