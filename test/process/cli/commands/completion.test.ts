import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { Command } from '@commander-js/extra-typings';
import { completionScript } from '../../../../src/cli/commands/completion';
import { commandGroups } from '../../../../src/cli/commandTable';
import { buildProgram } from '../../../../src/cli/main';
import { commandsOf, helpOf, referenceOf } from '../reference';
import { Sandbox } from '../sandbox';

const marks = ['<!-- made from the program: begin -->', '<!-- made from the program: end -->'] as const;

/** Of the commands that `sparkq --help` lists. */
function namesIn(program: Command): string[] {
  const names = program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name());
  return names.filter((name) => name !== 'help');
}

describe('the help of the program', () => {
  let program: Command;
  let commands: ReturnType<typeof commandsOf>;

  before(async () => {
    ({ program } = await buildProgram({}));
    commands = commandsOf(program);
  });

  it('is that of every command, and each alone has the same', async () => {
    const names = Object.values(commandGroups).flatMap((group) => Object.keys(group));
    assert.deepEqual(namesIn(program), names);
    for (const name of names.filter((one) => one !== 'completion')) {
      const { program: small } = await buildProgram({}, ['--workspace', 'x', name, '--help']);
      assert.deepEqual(namesIn(small), [name]);
      assert.deepEqual(
        commandsOf(small).map(([, command]) => helpOf(command)),
        commands.filter(([words]) => words.split(' ')[0] === name).map(([, command]) => helpOf(command)),
      );
    }
    for (const argv of [[], ['help', 'add'], ['--help'], ['ad'], ['completion', 'bash']])
      assert.deepEqual(namesIn((await buildProgram({}, argv)).program), names, argv.join(' '));
  });

  it('has an example in the help of every command', async () => {
    const box = new Sandbox();
    try {
      for (const words of ['setup', 'stream create', 'watch']) {
        const { code, stdout } = await box.run([...words.split(' '), '--help']);
        assert.equal(code, 0);
        assert.match(stdout, /\nExamples?:\n {2}\$ sparkq /, words);
      }
    } finally {
      await box.remove();
    }
    for (const [words, command] of commands) {
      assert.match(helpOf(command), new RegExp(`\\nExamples?:\\n  \\$ sparkq ${words.split(' ')[0]}`), words);
    }
  });

  it('completes every command and option in each shell', () => {
    for (const shell of ['bash', 'zsh', 'fish', 'powershell'] as const) {
      const script = completionScript(program, shell);
      for (const [words, command] of commands) {
        assert.ok(script.includes(words.split(' ').at(-1) ?? ''), `${shell}: ${words}`);
        for (const { long, hidden } of command.options) {
          const word = shell === 'fish' ? `-l ${long?.slice(2)}` : String(long);
          if (!hidden) assert.ok(script.includes(word), `${shell}: ${words} ${long}`);
        }
      }
    }
  });

  it('is one PowerShell table of plain texts, each word with what it does', () => {
    const script = completionScript(program, 'powershell');
    const rows = script.split('\n').filter((line) => line.includes('[ordered]'));
    assert.equal(new Set(rows).size, rows.length);
    for (const row of rows) {
      const text = `'(?:[^'\u2018-\u201b]|''|([\u2018-\u201b])\\1)+'`;
      assert.match(
        row,
        new RegExp(
          `^ {4}(?:''|'[/a-z-]+') = \\[ordered\\]@\\{ ${text} = ${text}(?:; ${text} = ${text})* \\}$`,
        ),
      );
      // An ordered table takes each key once, whatever its case.
      const keys = [...row.matchAll(/(?:\{|;) '([^']+)' =/g)].map(([, key]) => key?.toLowerCase());
      assert.equal(new Set(keys).size, keys.length, row);
    }
  });

  // `UPDATE_DOCS=1 npx mocha ...` writes what the test wants to see.
  it('is described in docs/cli.md, command by command', () => {
    const file = 'docs/cli.md';
    const text = fs.readFileSync(file, 'utf8');
    const [before = '', rest = ''] = text.split(marks[0]);
    const after = rest.split(marks[1])[1] ?? '';
    const wanted = `${before}${marks[0]}\n\n${referenceOf(program)}\n${marks[1]}${after}`;
    if (process.env.UPDATE_DOCS) fs.writeFileSync(file, wanted);
    else assert.equal(text, wanted);
  });
});
