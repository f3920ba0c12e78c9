import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ArchivedTask, lineOf } from '../../../../src/store/archive/archivedTask';
import { type ArchiveSearch, searchArchive } from '../../../../src/store/archive/searchArchive';
import { withFolder } from '../../../support/folders';
import { archivedTask } from '../archiveLines';

function write(folder: string, name: string, tasks: readonly ArchivedTask[]): void {
  writeFileSync(path.join(folder, name), tasks.map(lineOf).join(''));
}

function numbers(folder: string, search: Partial<ArchiveSearch>): number[] {
  return searchArchive(folder, { limit: 100, ...search }).tasks.map(({ id }) => Number(id.slice(4)));
}

describe('Searching the archive', () => {
  it('gives what was archived, with its payload parsed too, last finished first over all files', () =>
    withFolder(async (folder) => {
      const odd = archivedTask(3, {
        payload: '{"n": 1970670598291982290}',
        label: '构建 "x"\n',
        attempts: [],
      });
      write(folder, '2026-02.9.jsonl', [archivedTask(2), archivedTask(5)]);
      write(folder, '2026-01.10.jsonl', [odd, archivedTask(4)]);
      write(folder, '2026-01.2.jsonl', [archivedTask(1)]);
      writeFileSync(path.join(folder, 'notes.txt'), lineOf(archivedTask(9)));
      writeFileSync(path.join(folder, '2026-01.01.jsonl'), lineOf(archivedTask(9)));
      assert.deepEqual(numbers(folder, {}), [5, 4, 3, 2, 1]);
      const { tasks, last, damaged } = searchArchive(folder, { limit: 5 });
      const { payload_json, ...row } = tasks[2] ?? assert.fail();
      assert.deepEqual(row, odd);
      assert.deepEqual(payload_json, JSON.parse(odd.payload));
      assert.deepEqual([last, damaged], [null, []]);
    }));

  it('is empty where nothing was archived', () =>
    withFolder(async (folder) => {
      assert.deepEqual(numbers(path.join(folder, 'archive'), {}), []);
    }));

  it('takes the last line of a task with several', () =>
    withFolder(async (folder) => {
      write(folder, '2026-01.2.jsonl', [
        archivedTask(1, { note: 'first' }),
        archivedTask(2, { note: 'first' }),
      ]);
      write(folder, '2026-01.10.jsonl', [
        archivedTask(1, { note: 'second' }),
        archivedTask(1, { note: 'third' }),
      ]);
      write(folder, '2026-02.1.jsonl', [archivedTask(2, { note: 'second' })]);
      const { tasks } = searchArchive(folder, { limit: 10 });
      assert.deepEqual(
        tasks.map(({ id, note }) => [Number(id.slice(4)), note]),
        [
          [2, 'second'],
          [1, 'third'],
        ],
      );
    }));

  it('does not find a task by a line that is not its last', () =>
    withFolder(async (folder) => {
      const [needle, other] = [{ label: 'needle' }, { label: 'other' }];
      write(
        folder,
        '2026-01.1.jsonl',
        [1, 2, 3].map((number) => archivedTask(number, needle)),
      );
      write(folder, '2026-01.2.jsonl', [archivedTask(2, other)]);
      write(folder, '2026-02.1.jsonl', [archivedTask(3, other), archivedTask(4, needle)]);
      assert.deepEqual(numbers(folder, { q: 'needle' }), [4, 1]);
    }));

  it('keeps the order of finishing where tasks are purged in later months, and reads no month without need', () =>
    withFolder(async (folder) => {
      const finished = (number: number, at: string) =>
        archivedTask(number, { finished_at: `${at}T00:00:00.000Z` });
      write(folder, '2026-01.1.jsonl', [finished(2, '2026-01-02'), finished(4, '2026-01-04')]);
      appendFileSync(path.join(folder, '2026-01.1.jsonl'), '[]\n');
      write(folder, '2026-02.1.jsonl', [finished(1, '2025-12-31'), finished(5, '2026-02-01')]);
      write(folder, '2026-03.1.jsonl', [
        finished(3, '2026-01-03'),
        finished(6, '2026-02-02'),
        finished(7, '2026-03-01'),
      ]);
      assert.deepEqual(numbers(folder, {}), [7, 6, 5, 4, 3, 2, 1]);
      const two = searchArchive(folder, { limit: 2 });
      assert.deepEqual([two.last?.id, two.damaged], [finished(6, '').id, []]);
      assert.deepEqual(numbers(folder, { after: two.last ?? undefined }), [5, 4, 3, 2, 1]);
    }));

  it('forgives half a line at the end, and names files with other lines that are no task', () =>
    withFolder(async (folder) => {
      const half = lineOf(archivedTask(3)).slice(0, 200);
      write(folder, '2026-01.1.jsonl', [archivedTask(1)]);
      appendFileSync(path.join(folder, '2026-01.1.jsonl'), half);
      write(folder, '2026-01.2.jsonl', [archivedTask(2)]);
      appendFileSync(path.join(folder, '2026-01.2.jsonl'), `${half}\n\n[]\n${lineOf(archivedTask(4))}`);
      const { tasks, damaged } = searchArchive(folder, { limit: 10 });
      assert.deepEqual(
        tasks.map(({ id }) => Number(id.slice(4))),
        [4, 2, 1],
      );
      assert.deepEqual(damaged, ['2026-01.2.jsonl']);
    }));

  it('reads lines whose fields were put in another order', () =>
    withFolder(async (folder) => {
      const { id, finished_at, ...rest } = archivedTask(1);
      writeFileSync(
        path.join(folder, '2026-01.1.jsonl'),
        `${JSON.stringify({ ...rest, finished_at, id })}\n`,
      );
      assert.deepEqual(numbers(folder, {}), [1]);
    }));

  it('finds by text, script, time and outcome', () =>
    withFolder(async (folder) => {
      write(folder, '2026-01.1.jsonl', [
        archivedTask(1, {
          label: 'Straße',
          payload: '{"script_path": "scripts/Build.sh", "args": ["STRASSE"]}',
        }),
        archivedTask(2, { status: 'failed', error: 'the Needle broke' }),
        archivedTask(3, { payload: '{"script_path": "scripts\\\\build.sh", "needle": 1}' }),
        archivedTask(4, { payload: '{"script_path": "scripts/rebuild.sh", "prompt": "a needle"}' }),
        archivedTask(5, { payload: 'no json', result_summary: 'NEEDLE' }),
      ]);
      const at = (number: number) => archivedTask(number).finished_at;
      assert.deepEqual(numbers(folder, { q: 'needle' }), [5, 4, 2]);
      assert.deepEqual(numbers(folder, { q: 'strasse' }), [1]);
      assert.deepEqual(numbers(folder, { q: archivedTask(3).id }), [3]);
      assert.deepEqual(numbers(folder, { status: 'failed' }), [2]);
      assert.deepEqual(numbers(folder, { script: 'build.sh' }), [3, 1]);
      assert.deepEqual(numbers(folder, { script: './scripts/build.sh' }), [3, 1]);
      assert.deepEqual(numbers(folder, { script: 'cripts/build.sh' }), []);
      assert.deepEqual(numbers(folder, { since: at(4) }), [5, 4]);
      assert.deepEqual(numbers(folder, { since: at(2), q: 'needle', status: 'failed' }), [2]);
    }));

  it('pages through 10,000 lines, each task once, whatever is purged meanwhile', () =>
    withFolder(async (folder) => {
      const tasks = Array.from({ length: 10_000 }, (_, number) =>
        // Groups of three finish at the same time; every second one is searched for.
        archivedTask(number, {
          finished_at: archivedTask(number - (number % 3)).finished_at,
          result_summary: number % 2 ? 'odd' : 'even',
        }),
      );
      write(folder, '2026-01.1.jsonl', tasks.slice(0, 7_000));
      write(folder, '2026-01.2.jsonl', tasks.slice(6_900));
      const found: string[] = [];
      let after: ArchiveSearch['after'];
      do {
        const page = searchArchive(folder, { q: 'odd', limit: 700, after });
        found.push(...page.tasks.map(({ id }) => id));
        after = page.last ?? undefined;
        appendFileSync(path.join(folder, '2026-01.2.jsonl'), lineOf(archivedTask(20_000 + found.length)));
      } while (after !== undefined);
      const wanted = tasks
        .filter(({ result_summary }) => result_summary === 'odd')
        .sort((a, b) => (`${a.finished_at}${a.id}` < `${b.finished_at}${b.id}` ? 1 : -1));
      assert.deepEqual(
        found,
        wanted.map(({ id }) => id),
      );
    }));

  it('ends a page early where tasks are long', () =>
    withFolder(async (folder) => {
      const payload = JSON.stringify({ text: 'x'.repeat(1_500_000) });
      write(
        folder,
        '2026-01.1.jsonl',
        [1, 2, 3, 4, 5].map((number) => archivedTask(number, { payload })),
      );
      const { tasks, last } = searchArchive(folder, { limit: 100 });
      assert.equal(tasks.length, 3);
      assert.deepEqual(numbers(folder, { after: last ?? undefined }), [2, 1]);
    }));
});
