import assert from 'node:assert/strict';
import { shellWord, wordsOf, wordsOfCheck } from '../../../src/system/shellWords';

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

describe('The words of a command line', () => {
  it('are parted by blanks, and quotes keep blanks', () => {
    assert.deepEqual(wordsOf("  python 'my fit.py'  --in={} \"a b\" '' x'y z'w C:\\x"), [
      ...['python', 'my fit.py', '--in={}', 'a b', '', 'xy zw', 'C:\\x'],
    ]);
  });

  it('are none where only a shell could read the line', () => {
    for (const line of [
      '',
      ' ',
      'a | b',
      'a; b',
      'a && b',
      'a > b',
      'a $B',
      'a "$B"',
      'a `b`',
      "a 'b",
      'a (b)',
    ])
      assert.equal(wordsOf(line), null, line);
  });
});

describe('The command that checks a run', () => {
  it('is a program with its arguments, and is read by a shell only where it needs one', () => {
    assert.deepEqual(wordsOfCheck(` npm test -- "a b" `), ['npm', 'test', '--', 'a b']);
    assert.deepEqual(wordsOfCheck('make && make test').slice(1), ['-c', 'make && make test']);
  });
});
