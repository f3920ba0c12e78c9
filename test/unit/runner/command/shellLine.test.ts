import assert from 'node:assert/strict';
import { problemOfLine } from '../../../../src/runner/command/shellLine';

describe('a command line to append arguments to', () => {
  it('accepts them if it ends in a command', () => {
    const lines = [
      'echo',
      'cd sub && make',
      'A=1 B="2 3" make',
      'make >log 2>&1',
      'make 2>&1 | tee',
      'echo "a; # b" \'; &\'',
      "printf '%s\n'",
      'docker run \\\n  --rm image',
      'echo $(date; echo "(")',
      'echo `date;`',
      'echo $((1 + (2))) $# a#b',
      'find . -exec echo {} \\;',
      'xargs -I{} echo {}',
    ];
    for (const line of lines) assert.equal(problemOfLine(line, false), null, line);
  });

  it('refuses them if they would be a command, lost, or a file name', () => {
    const faults: Record<string, string> = {
      'echo a\necho b': 'has more than one line',
      'echo a # b': 'has a comment',
      'echo a;# "b"': 'has a comment',
      'echo a \\': 'ends in a backslash',
      'echo a \\\\;': 'does not end in a command',
      'echo a >': 'ends in a redirection without a file',
      'echo a >&': 'ends in a redirection without a file',
      'echo a &': 'does not end in a command',
      'true && !': 'does not end in a command',
      'A="b c"': 'does not end in a command',
      'A=1 2>&1': 'does not end in a command',
    };
    for (const [line, fault] of Object.entries(faults)) assert.equal(problemOfLine(line, false), fault, line);
  });

  it('follows the rules of cmd.exe on Windows', () => {
    for (const line of ['echo', 'make # a', "echo 'a", 'echo a; ', 'dir C:\\']) {
      assert.equal(problemOfLine(line, true), null, line);
    }
    assert.equal(problemOfLine('echo a\r\necho b', true), 'has more than one line');
    assert.equal(problemOfLine('echo a &', true), 'does not end in a command');
    assert.equal(problemOfLine('echo a ^', true), 'ends in ^');
    for (const line of ['"a b" c', 'echo ^"', '"a^"', '"a"b"c"'])
      assert.equal(problemOfLine(line, true), null, line);
    for (const line of ['echo "a', '"a" "', 'echo ^^"', '"a^""'])
      assert.equal(problemOfLine(line, true), 'has a quotation without an end', line);
    assert.equal(problemOfLine('echo a >', true), 'ends in a redirection without a file');
  });
});
