import assert from 'node:assert/strict';
import { readMakefile } from '../../../../src/scripts/sources/make';

const read = (text: string) => readMakefile({ path: 'native/Makefile', text });
const names = (text: string) => read(text).commands.map(({ name }) => name);

describe('readMakefile', () => {
  it('lists targets with their lines and descriptions', () => {
    const { commands } = read(
      '.PHONY: all clean\n\nall: build test ## Everything\n\tcc x.c\n\n## Remove what was built\nclean:\n\trm -rf out # x: y\n',
    );
    assert.deepEqual(
      commands.map(({ name, line_number, description }) => [name, line_number, description]),
      [
        ['all', 3, 'Everything'],
        ['clean', 7, 'Remove what was built'],
      ],
    );
    assert.deepEqual(commands[0]?.command, { argv: ['make', 'all'] });
    assert.equal(commands[0]?.folder, 'native');
  });

  it('reads several targets, double colons, grouped targets and recipes behind a semicolon', () => {
    assert.deepEqual(names('a b: c\n'), ['a', 'b']);
    assert.deepEqual(names('a::\n\techo\na::\n\techo\n'), ['a']);
    assert.deepEqual(names('a.h a.c &: a.y\n'), ['a.h', 'a.c']);
    assert.deepEqual(names('all: ; echo x: y\n'), ['all']);
  });

  it('lists what is only declared after what has a rule', () => {
    assert.deepEqual(names('.PHONY: b a ; echo\na:\n'), ['a', 'b']);
  });

  it('reads lines that are continued, and both ends of lines', () => {
    assert.deepEqual(names('one \\\n  two: a \\\n  b: \nthree:\r\n'), ['one', 'two', 'three']);
    assert.equal(read('A = 1 \\\n 2\nx:\n').commands[0]?.line_number, 3);
    assert.deepEqual(names('x: y \\'), ['x']);
  });

  it('takes no assignment, directive or comment for a target', () => {
    const text = [
      'A = b: c',
      'B := c:d',
      'C ::= x',
      'D ?= y:z',
      'export PATH := a:b',
      'override F += a:b',
      'vpath %.c src:lib',
      '# comment: no',
      'ifeq ($(A),x:y)',
      'endif',
      'debug: CFLAGS += -g',
      'debug: export X = 1',
      'real:',
    ].join('\n');
    assert.deepEqual(names(text), ['real']);
  });

  it('takes no text of a variable for a target', () => {
    assert.deepEqual(names('define rules\nfake:\n\techo\nendef\nreal:\n'), ['real']);
  });

  it('lists no pattern, suffix or special target', () => {
    assert.deepEqual(names('%.o: %.c\n.c.o:\n.SUFFIXES: .x\n.DEFAULT:\nout/%: x\nreal: x\n'), ['real']);
  });

  it('lists targets of both branches of a condition', () => {
    assert.deepEqual(names('ifdef X\na:\nelse\nb:\nendif\n'), ['a', 'b']);
  });

  it('obeys another prefix of recipes', () => {
    assert.deepEqual(names('.RECIPEPREFIX = >\nall:\n> echo a: b\nx:\n'), ['all', 'x']);
  });

  it('says what it could not read', () => {
    const { commands, notes } = read(
      '$(BIN)/app: x.o\ninclude rules.mk # all\n-include deps.d\n$(foreach p,$(ALL),$(eval $(call rule,$(p))))\n$(info hello)\n${OBJ}: %.o: %.c\n',
    );
    assert.deepEqual(commands, []);
    assert.deepEqual(
      notes.map(({ line_number, code, values }) => [line_number, code, values.name]),
      [
        [1, 'computed', '$(BIN)/app'],
        [2, 'included', 'rules.mk'],
        [4, 'computed', '$(foreach p,$(ALL),$(eval $(call rule,$(p))))'],
        [6, 'computed', '${OBJ}'],
      ],
    );
  });

  it('finds the colon of a rule behind those of its variables', () => {
    const { notes } = read('$(SRC:.c=.o): x\n');
    assert.equal(notes[0]?.values.name, '$(SRC:.c=.o)');
  });
});
