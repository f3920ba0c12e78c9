import assert from 'node:assert/strict';
import { shellWord } from '../../../src/system/shellWords';

describe('A word of a command line', () => {
  it('is in quotes only if a shell would take it for something else', () => {
    for (const word of ['lane', 'größe-2', '构建', 'docs/a.b:c+d']) assert.equal(shellWord(word), word);
    assert.equal(shellWord('two words', 'linux'), "'two words'");
    assert.equal(shellWord("it's $HOME", 'darwin'), "'it'\\''s $HOME'");
    assert.equal(shellWord('two words', 'win32'), '"two words"');
    for (const text of ['', '*', '~', '!x', '=ls', '#1', 'a;b', 'a&b', '`a`', '$(a)', 'a\tb', '{a,b}']) {
      assert.equal(shellWord(text, 'linux'), `'${text}'`);
    }
  });
});
