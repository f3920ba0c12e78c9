import assert from 'node:assert/strict';
import { type ArchivedTask, lineOf } from '../../../../src/store/archive/archivedTask';
import { rawCheck } from '../../../../src/store/archive/rawCheck';
import type { ArchiveSearch } from '../../../../src/store/archive/searchArchive';
import { archivedTask } from '../archiveLines';

function passes(search: Partial<ArchiveSearch>, task: Partial<ArchivedTask>): boolean {
  return rawCheck(search)(lineOf(archivedTask(1, task)));
}

const escaped = 'say "hi"\tto C:\\new\\tools\nand a/b \u001b[1mbold\u0000 \ud800 end';

describe('The check of a raw line', () => {
  it('lets all lines through where nothing is searched for', () => {
    assert.ok(passes({}, {}));
    assert.ok(passes({ since: '2027-01-01T00:00:00.000Z' }, {}));
  });

  it('leaves out lines without the text, whatever its case', () => {
    assert.ok(passes({ q: 'NEEDle' }, { label: 'a needLE' }));
    for (const q of ['needle', 'a "needle"', 'строка', '构建'])
      assert.ok(!passes({ q }, { label: 'hay', error: escaped.slice(0, 20) }), q);
  });

  it('lets through what JSON escapes, in a field and in the payload', () => {
    const texts = [
      '"hi"',
      'SAY "HI"\tTO',
      'c:\\NEW\\tools',
      'tools\nand',
      '\u001b[1m',
      '\u0000',
      '\ud800',
      'a/b',
      '"',
      '\\',
    ];
    for (const q of texts) {
      assert.ok(passes({ q }, { error: escaped }), JSON.stringify(q));
      assert.ok(passes({ q }, { payload: JSON.stringify({ text: escaped }) }), JSON.stringify(q));
    }
    assert.ok(passes({ q: 'a/b' }, { payload: '{"text":"A\\/B"}' }));
  });

  it('lets through any character that a payload writes with its number', () => {
    const payload = '{"text":"\\u00FCber \\u6784\\u5efa \\u0061bc"}';
    for (const q of ['über', '构建', 'ABC']) assert.ok(passes({ q }, { payload }), q);
    assert.ok(!passes({ q: 'needle' }, { payload: '{"text":"C:\\\\users\\\\unit"}' }));
  });

  it('folds case as the search does', () => {
    const pairs = [
      ['übermut', 'ÜBERMUT'],
      ['U\u0308bermut', 'übermut'],
      ['\u00fcbermut', 'U\u0308BERMUT'],
      ['strasse', 'Straße'],
      ['STRAẞE', 'strasse'],
      ['ΟΔΟΣ', 'οδος'],
      ['构建', '重新构建'],
      ['kelvin', '\u212aelvin'],
      // After the escape of a line's end, the mark would be read with its letter.
      ['\u0303zyx', '\n\u0303zyx'],
    ] as const;
    for (const [q, text] of pairs) {
      assert.ok(passes({ q }, { label: text }), q);
      assert.ok(passes({ q }, { payload: JSON.stringify([text]) }), q);
      assert.ok(!passes({ q }, { label: 'hay' }), q);
    }
  });

  it('leaves out lines of other scripts, streams and outcomes', () => {
    const payload = JSON.stringify({ script_path: 'scripts\\Build all.sh' });
    for (const script of ['build ALL.sh', './scripts/build all.sh', '\\scripts\\build all.sh'])
      assert.ok(passes({ script }, { payload }), script);
    assert.ok(!passes({ script: 'scripts/test.sh' }, { payload }));
    assert.ok(passes({ stream: 'bau "Süd"' }, { stream_name: 'bau "Süd"' }));
    assert.ok(!passes({ stream: 'other' }, { stream_name: 'lane' }));
    assert.ok(passes({ status: 'failed' }, { status: 'failed' }));
    assert.ok(!passes({ status: 'failed' }, { status: 'succeeded' }));
    assert.ok(!passes({ q: 'needle', status: 'failed' }, { label: 'needle' }));
  });
});
