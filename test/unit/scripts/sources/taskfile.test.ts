import assert from 'node:assert/strict';
import { readTaskfile } from '../../../../src/scripts/sources/taskfile';

const read = (text: string) => readTaskfile({ path: 'api/Taskfile.yml', text });

describe('readTaskfile', () => {
  it('lists tasks in all their forms', () => {
    const { commands } = read(
      [
        "version: '3'",
        'tasks:',
        '  build:',
        '    desc: Build it',
        '    cmds: [go build]',
        '  test: go test ./...',
        '  lint:',
        '    - vet',
        '  long: {summary: "One\\n\\ntwo"}',
        '  部署: x',
        '  "docs:serve": x',
      ].join('\n'),
    );
    assert.deepEqual(
      commands.map(({ name, line_number, description }) => [name, line_number, description]),
      [
        ['build', 3, 'Build it'],
        ['test', 6, null],
        ['lint', 7, null],
        ['long', 9, 'One two'],
        ['部署', 10, null],
        ['docs:serve', 11, null],
      ],
    );
    assert.deepEqual(commands[0]?.command, { argv: ['task', 'build'] });
    assert.equal(commands[0]?.folder, 'api');
  });

  it('lists no internal task', () => {
    assert.deepEqual(
      read('tasks:\n  a: {internal: true}\n  b: {internal: false}\n').commands.map(({ name }) => name),
      ['b'],
    );
  });

  it('asks for the variables that a task requires', () => {
    const [deploy] = read(
      'tasks:\n  deploy:\n    requires:\n      vars: [A, {name: ENV, enum: [dev, prod]}, 7]\n',
    ).commands;
    assert.deepEqual(deploy?.command, { argv: ['task', 'deploy', 'A=${A}', 'ENV=${ENV}'] });
    assert.deepEqual(
      deploy?.blanks.map(({ placeholder, choices }) => [placeholder, choices?.map(({ value }) => value)]),
      [
        ['${A}', undefined],
        ['${ENV}', ['dev', 'prod']],
      ],
    );
  });

  it('follows anchors', () => {
    assert.equal(read('x: &x {desc: Shared}\ntasks:\n  a: *x\n').commands[0]?.description, 'Shared');
  });

  it('says what it did not follow, and what is no YAML', () => {
    const note = (text: string) =>
      read(text).notes.map(({ line_number, code, values }) => [line_number, code, values.name]);
    assert.deepEqual(note('includes:\n  docs: ./docs\ntasks:\n  "start:*": x\n  "{{.X}}": y\n'), [
      [2, 'included', 'docs'],
      [4, 'computed', 'start:*'],
      [5, 'computed', '{{.X}}'],
    ]);
    assert.deepEqual(note('tasks:\n  a: [\n'), [[3, 'unreadable', undefined]]);
    for (const text of ['', '- a', 'tasks: 7', 'tasks:']) assert.deepEqual(read(text).commands, []);
  });
});
