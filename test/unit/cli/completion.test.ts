import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { Command } from 'commander';
import { completionScript } from '../../../src/cli/completion';
import { buildProgram } from '../../../src/cli/main';
import { Sandbox } from './sandbox';

/** Every command by its words, the program itself left out. */
function commandsOf(command: Command, before: readonly string[] = []): [string, Command][] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
    .flatMap((child): [string, Command][] => {
      const words = [...before, child.name()];
      return child.commands.length > 0 ? commandsOf(child, words) : [[words.join(' '), child]];
    });
}

describe('what the program says of itself', () => {
  const { program } = buildProgram({});
  const commands = commandsOf(program);

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
      let help = '';
      const writeOut = (text: string) => {
        help += text;
      };
      command.configureOutput({ writeOut }).outputHelp();
      assert.match(help, new RegExp(`\\nExamples?:\\n  \\$ sparkq ${words.split(' ')[0]}`), words);
    }
  });

  it('completes every command and option in each shell', () => {
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
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

  it('is described in docs/cli.md, command by command', () => {
    const text = fs.readFileSync('docs/cli.md', 'utf8');
    for (const [words, command] of commands) {
      const section = text.split(/^### /m).find((part) => part.startsWith(`\`sparkq ${words}`));
      assert.ok(section, `docs/cli.md has no section on sparkq ${words}`);
      assert.ok(section.includes(command.description()), `${words}: ${command.description()}`);
      for (const option of command.options) {
        if (!option.hidden) assert.ok(section.includes(`\`${option.flags}\``), `${words}: ${option.flags}`);
      }
    }
    const known = new Set(commands.map(([words]) => words));
    for (const [, words] of text.matchAll(/^### `sparkq ([a-z ]+?)(?: [<[].*)?`$/gm)) {
      assert.ok(known.has(words ?? ''), `docs/cli.md describes sparkq ${words}, which is none`);
    }
  });
});
