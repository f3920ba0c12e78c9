import assert from 'node:assert/strict';
import { noteOfComments } from '../../../../src/editor/taskPage/changeNote';

describe('the note of comments on changes', () => {
  it('begins with what else is said, and has each comment with its file and line', () => {
    const comments = [
      { path: 'src/b.ts', line: 2, text: 'too long' },
      { path: 'src/a.ts', line: 10, text: ' no test\n' },
      { path: 'src/a.ts', line: 9, text: '名前' },
    ];
    const places = 'src/a.ts:9: 名前\nsrc/a.ts:10: no test\nsrc/b.ts:2: too long';
    assert.equal(noteOfComments(' Once more ', comments), `Once more\n${places}`);
    assert.equal(noteOfComments('', comments), places);
  });
});
