import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { QueueError } from '../../../../src/core/errors';
import { Archive } from '../../../../src/store/archive/archive';
import { lineOf } from '../../../../src/store/archive/archivedTask';
import { eraseFromArchive } from '../../../../src/store/archive/rewriteArchive';
import { nodeFiles } from '../../../../src/store/engine/files';
import { withFolder } from '../../../support/folders';
import { refused } from '../../../support/localQueue';
import { KeptLog } from '../../../support/openDatabase';
import { archivedTask, archiveLines } from '../archiveLines';

const january = '2026-01-15T00:00:00.000000Z';
const february = '2026-02-15T00:00:00.000000Z';

function withArchive(use: (archive: Archive, storage: string, log: KeptLog) => Promise<void>): Promise<void> {
  return withFolder(async (storage) => {
    const log = new KeptLog();
    const options = { storage, generation: 3, programs: 'dist', files: nodeFiles, log };
    await use(
      new Archive({ ...options, stillOurs: () => !existsSync(path.join(storage, 'lost')) }),
      storage,
      log,
    );
  });
}

const numbersIn = (storage: string) =>
  Object.fromEntries(
    Object.entries(archiveLines(storage)).map(([name, lines]) => [
      name,
      lines.map(({ id }) => Number(id.slice(4))),
    ]),
  );

const some = (...numbers: number[]) => numbers.map((number) => archivedTask(number));

describe('The archive', () => {
  it('erases tasks from all files, whoever wrote them, with half lines and drafts', () =>
    withArchive(async (archive, storage) => {
      const folder = path.join(storage, 'archive');
      await archive.append(some(1, 2, 3), january);
      await archive.append(some(2), february);
      const others = path.join(folder, '2026-01.1.jsonl');
      writeFileSync(
        others,
        `${[2, 4, 5].map((number) => lineOf(archivedTask(number))).join('')}${lineOf(archivedTask(2)).slice(0, 60)}`,
      );
      const untouched = path.join(folder, '2026-01.2.jsonl');
      writeFileSync(untouched, `half of another\n${lineOf(archivedTask(6)).slice(0, 60)}`);
      writeFileSync(path.join(folder, '2026-01.1.jsonl.tmp'), lineOf(archivedTask(2)));
      assert.equal(await archive.erase([archivedTask(2).id]), 4);
      assert.ok(!readdirSync(folder).some((name) => name.endsWith('.tmp')));
      assert.equal(
        readFileSync(untouched, 'utf8'),
        `half of another\n${lineOf(archivedTask(6)).slice(0, 60)}`,
      );
      writeFileSync(untouched, '');
      assert.deepEqual(numbersIn(storage), {
        '2026-01.1.jsonl': [4, 5],
        '2026-01.2.jsonl': [],
        '2026-01.3.jsonl': [1, 3],
      });
      assert.equal(await archive.erase([archivedTask(2).id]), 0);
      await archive.append(some(7), january);
      assert.deepEqual(numbersIn(storage)['2026-01.3.jsonl'], [1, 3, 7]);
    }));

  it('keeps lines that are no tasks where it erases others', () =>
    withFolder(async (folder) => {
      const file = path.join(folder, '2026-01.1.jsonl');
      const [one, two] = [lineOf(archivedTask(1)), lineOf(archivedTask(2))];
      writeFileSync(file, `${one}strange\n${two}${one.slice(0, 40)}strange end`);
      assert.equal(eraseFromArchive(folder, [archivedTask(2).id]), 1);
      assert.equal(readFileSync(file, 'utf8'), `${one}strange\n${one.slice(0, 40)}strange end`);
    }));

  it('forgets months that ended long ago', () =>
    withArchive(async (archive, storage, log) => {
      await archive.append(some(1), '2025-12-31T23:00:00.000000Z');
      await archive.append(some(2), january);
      const limits = { keepDays: 30, bytes: 1e6 };
      await archive.keepWithin(limits, Date.parse('2026-01-30T23:59:59Z'));
      assert.deepEqual(Object.keys(archiveLines(storage)), ['2025-12.3.jsonl', '2026-01.3.jsonl']);
      await archive.keepWithin(limits, Date.parse('2026-01-31T00:00:00Z'));
      assert.deepEqual(Object.keys(archiveLines(storage)), ['2026-01.3.jsonl']);
      assert.ok(log.has(/^info The history of 2025-12 in .* is removed: it ended over 30 days ago\.$/));
    }));

  it('forgets the oldest months when all are too large, and of the only month the earliest tasks', () =>
    withArchive(async (archive, storage) => {
      const now = Date.parse(february);
      const length = lineOf(archivedTask(1)).length;
      mkdirSync(path.join(storage, 'archive'));
      writeFileSync(path.join(storage, 'archive', '2025-11.1.jsonl'), lineOf(archivedTask(1)));
      writeFileSync(path.join(storage, 'archive', '2025-11.2.jsonl'), lineOf(archivedTask(2)));
      await archive.append(some(3, 4), january);
      await archive.append(some(5, 6, 7, 8), february);
      await archive.keepWithin({ keepDays: 365, bytes: 8 * length }, now);
      assert.equal(Object.keys(archiveLines(storage)).length, 4);
      await archive.keepWithin({ keepDays: 365, bytes: 7 * length }, now);
      assert.deepEqual(numbersIn(storage), { '2026-01.3.jsonl': [3, 4], '2026-02.3.jsonl': [5, 6, 7, 8] });
      await archive.keepWithin({ keepDays: 365, bytes: 4 * length }, now);
      assert.deepEqual(numbersIn(storage), { '2026-02.3.jsonl': [5, 6, 7, 8] });
      await archive.append(some(9), february);
      await archive.keepWithin({ keepDays: 365, bytes: 4 * length }, now);
      assert.deepEqual(numbersIn(storage), { '2026-02.3.jsonl': [7, 8, 9] });
    }));

  it('is searched while tasks are appended, and names a damaged file once', () =>
    withArchive(async (archive, storage, log) => {
      await archive.append(some(1), january);
      writeFileSync(path.join(storage, 'archive', '2026-01.1.jsonl'), 'strange\n');
      const [page] = await Promise.all([
        archive.search({ limit: 10 }),
        archive.append(some(2), january),
        archive.search({ limit: 10 }),
      ]);
      assert.ok(page.tasks.some(({ id }) => id === archivedTask(1).id));
      assert.equal((await archive.search({ limit: 10 })).tasks.length, 2);
      assert.deepEqual(log.lines.length, 1);
      assert.ok(log.has(/^warn .*2026-01\.1\.jsonl has lines that cannot be read/));
    }));

  it('is left as it is by an owner that has a successor', () =>
    withArchive(async (archive, storage) => {
      await archive.append(some(1), '2025-01-15T00:00:00.000000Z');
      await archive.append(some(2), january);
      writeFileSync(path.join(storage, 'lost'), '');
      await refused(archive.erase([archivedTask(1).id]), 'unavailable');
      const limits = { keepDays: 30, bytes: 1 };
      await refused(archive.keepWithin(limits, Date.parse(february)), 'unavailable');
      await refused(archive.keepWithin({ ...limits, keepDays: 9999 }, Date.parse(february)), 'unavailable');
      assert.deepEqual(numbersIn(storage), { '2025-01.3.jsonl': [1], '2026-01.3.jsonl': [2] });
    }));

  it('ends a search when it is stopped', () =>
    withArchive(async (archive, storage) => {
      await archive.append(some(1), january);
      const searches = [archive.search({ limit: 10 }), archive.search({ limit: 10 })];
      archive.stop(new QueueError('unavailable', 'closed'));
      for (const search of searches) await refused(search, 'unavailable', 'closed');
      assert.ok(existsSync(path.join(storage, 'archive')));
    }));
});
