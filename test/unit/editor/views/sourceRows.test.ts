import assert from 'node:assert/strict';
import { type AnyRow, sourceRows } from '../../../../src/editor/views/scripts/sourceRows';
import {
  type NamedCommand,
  type SourceNote,
  sourceNames,
} from '../../../../src/scripts/sources/namedCommand';
import { readPackage } from '../../../../src/scripts/sources/npm';
import { readTasksJson } from '../../../../src/scripts/sources/vscodeTasks';

const scripts = (folder: string, ...names: string[]): NamedCommand[] => {
  const text = JSON.stringify({ scripts: Object.fromEntries(names.map((name) => [name, 'x'])) });
  return readPackage({ path: `${folder}package.json`, text }).commands;
};

/** Rows as an outline. */
const outline = (rows: readonly AnyRow[]): unknown[] => rows.map(outlineOf);

function outlineOf(row: AnyRow): unknown {
  if (row.kind === 'named') return row.namedCommand;
  if (row.kind === 'note') return row.note.code;
  return { [row.kind === 'source' ? row.source : row.path]: outline(row.children) };
}

const all = new Set(sourceNames);
const none = () => false;

describe('sourceRows', () => {
  it('lists the commands of one folder below their source', () => {
    const rows = sourceRows(scripts('app/', 'build', 'test'), [], all, none);
    assert.deepEqual(outline(rows), [{ npm: ['npm:app/package.json:build', 'npm:app/package.json:test'] }]);
  });

  it('says folders as they are in that of the window', () => {
    const commands = [...scripts('/b/', 'lint'), ...scripts('/b/app/', 'build'), ...scripts('/bin/', 'x')];
    assert.deepEqual(outline(sourceRows(commands, [], all, none, '/b')), [
      {
        npm: [
          { '': ['npm:/b/package.json:lint'] },
          { app: ['npm:/b/app/package.json:build'] },
          { '/bin': ['npm:/bin/package.json:x'] },
        ],
      },
    ]);
  });

  it('lists pinned ones first', () => {
    const pinned = (id: string) => id === 'npm:package.json:c';
    const rows = sourceRows(scripts('', 'a', 'b', 'c'), [], all, pinned);
    assert.deepEqual(outline(rows), [
      { npm: ['npm:package.json:c', 'npm:package.json:a', 'npm:package.json:b'] },
    ]);
  });

  it('lists those of several folders by folder, each with its parent', () => {
    const rows = sourceRows([...scripts('', 'a'), ...scripts('b/', 'c')], [], all, none);
    assert.deepEqual(outline(rows), [
      { npm: [{ '': ['npm:package.json:a'] }, { b: ['npm:b/package.json:c'] }] },
    ]);
    const [source] = rows;
    const [folder] = source?.children ?? [];
    assert.equal(folder?.parent, source);
    assert.ok(folder?.kind === 'sourceFolder');
    assert.equal(folder.children[0]?.parent, folder);
  });

  it('lists nothing of a source that is switched off', () => {
    const notes: SourceNote[] = [
      { source: 'npm', path: 'x', line_number: 1, code: 'unreadable', values: {} },
    ];
    assert.deepEqual(sourceRows(scripts('', 'a'), notes, new Set(['make']), none), []);
    assert.deepEqual(outline(sourceRows([], notes, all, none)), [{ npm: [] }]);
    assert.deepEqual(sourceRows([], [], all, none), []);
  });

  it('gives a row to what runs in this window only, and says of the source what else is missing', () => {
    const text = JSON.stringify({ tasks: [{ label: 'n', type: 'npm' }] });
    const { notes } = readTasksJson({ path: '.vscode/tasks.json', text }, 'linux');
    const missing: SourceNote = {
      source: 'vscode',
      path: 'x',
      line_number: 1,
      code: 'too_large',
      values: {},
    };
    const rows = sourceRows([], [...notes, missing], all, none);
    assert.deepEqual(outline(rows), [{ vscode: ['other_type'] }]);
    assert.deepEqual(rows[0]?.missing, [missing]);
  });
});
