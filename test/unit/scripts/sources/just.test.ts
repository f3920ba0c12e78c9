import assert from 'node:assert/strict';
import { readJustfile } from '../../../../src/scripts/sources/just';

const read = (text: string) => readJustfile({ path: 'justfile', text });
const names = (text: string) => read(text).commands.map(({ name }) => name);

describe('readJustfile', () => {
  it('lists recipes with their lines and comments', () => {
    const { commands } = read('# Build it\nbuild:\n  cargo build\n\n@test: build\n  cargo test\n');
    assert.deepEqual(
      commands.map(({ name, line_number, description, folder }) => [name, line_number, description, folder]),
      [
        ['build', 2, 'Build it', ''],
        ['test', 5, null, ''],
      ],
    );
    assert.deepEqual(commands[1]?.command, { argv: ['just', 'test'] });
  });

  it('asks for the parameters that have no default', () => {
    const [deploy] = read('deploy env region="eu: west" *flags: build (push "a:b")\n  x\n').commands;
    assert.deepEqual(deploy?.command, { argv: ['just', 'deploy', '${env}'] });
    assert.deepEqual(deploy?.blanks, [
      { placeholder: '${env}', fact: null, description: 'env', fallback: null, choices: null },
    ]);
    const [many] = read("many +$files mode = 'x':\n").commands;
    assert.deepEqual(many?.command, { argv: ['just', 'many', '${files}'] });
  });

  it('takes no setting, assignment or alias for a recipe', () => {
    const text =
      'set shell := ["bash", "-c"]\nversion := "1: 2"\nexport A := `git log`\nalias b := build\nbuild:\n  x\n';
    assert.deepEqual(names(text), ['build']);
  });

  it('takes no line of a long text for a recipe', () => {
    assert.deepEqual(names("text := '''\nfake:\n'''\nreal:\n"), ['real']);
    assert.deepEqual(names('text := "a\nfake:\n"\nreal:\n'), ['real']);
    assert.deepEqual(names("text := 'a' # isn't open\nreal:\n"), ['real']);
  });

  it('lists no private recipe', () => {
    assert.deepEqual(names('_a:\n  x\n[private]\nb:\n  x\n[linux]\n[private, no-cd]\nc:\nd:\n'), ['d']);
    assert.deepEqual(names("[doc('not private')]\ne:\n"), ['e']);
  });

  it('prefers the text of an attribute to a comment', () => {
    assert.equal(read("# old\n[doc('New one')]\na:\n").commands[0]?.description, 'New one');
  });

  it('forgets a comment that stands above something else', () => {
    assert.equal(read('# about x\nx := "1"\na:\n').commands[0]?.description, null);
    assert.equal(read('# far away\n\na:\n').commands[0]?.description, null);
  });

  it('says what it did not follow', () => {
    const { notes } = read("import 'ci.just'\nmod docs\nmod? tools 'x'\nimport:\n  x\n");
    assert.deepEqual(
      notes.map(({ line_number, code, values }) => [line_number, code, values.name]),
      [
        [1, 'included', "import 'ci.just'"],
        [2, 'included', 'mod docs'],
        [3, 'included', "mod? tools 'x'"],
      ],
    );
  });
});
