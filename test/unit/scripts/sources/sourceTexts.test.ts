import assert from 'node:assert/strict';
import { readJustfile } from '../../../../src/scripts/sources/just';
import { listEntryOf } from '../../../../src/scripts/sources/listEntry';
import { readMakefile } from '../../../../src/scripts/sources/make';
import type { NamedCommand } from '../../../../src/scripts/sources/namedCommand';
import { commandLine, noteText } from '../../../../src/scripts/sources/sourceTexts';

const only = ({ commands }: { commands: readonly NamedCommand[] }): NamedCommand => {
  const [one] = commands;
  assert.ok(one && commands.length === 1);
  return one;
};

describe('what is said of sources', () => {
  it('shows a command as it would be typed, with its blanks', () => {
    assert.equal(commandLine(only(readJustfile({ path: 'justfile', text: 'go env:\n' }))), 'just go ${env}');
    const command = { argv: ['npm', 'run', 'a b'] };
    assert.match(commandLine({ command, blanks: [] }), /^npm run ['"]a b['"]$/);
    assert.equal(commandLine({ command: { line: 'a | b', shell: null }, blanks: [] }), 'a | b');
  });

  it('says in a sentence what is missing', () => {
    const [note] = readMakefile({ path: 'Makefile', text: 'include x.mk\n' }).notes;
    assert.equal(note && noteText(note), 'What x.mk brings in is not listed.');
  });

  it('gives programs all that a script has', () => {
    const { source, tags, tool, cwd, command } = listEntryOf(
      only(readMakefile({ path: 'native/Makefile', text: 'all:\n' })),
    );
    assert.deepEqual(
      { source, tags, tool, cwd, command },
      { source: 'make', tags: [], tool: 'run-command', cwd: 'native', command: { argv: ['make', 'all'] } },
    );
  });
});
