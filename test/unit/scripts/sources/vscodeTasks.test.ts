import assert from 'node:assert/strict';
import { commandLine } from '../../../../src/scripts/sources/sourceTexts';
import { readTasksJson } from '../../../../src/scripts/sources/vscodeTasks';

function read(tasks: unknown[], more: object = {}, platform: NodeJS.Platform = 'linux') {
  const text = JSON.stringify({ version: '2.0.0', ...more, tasks });
  return readTasksJson({ path: '.vscode/tasks.json', text }, platform);
}

const commandOf = (task: object, platform?: NodeJS.Platform) =>
  read([{ label: 'x', ...task }], {}, platform).commands[0]?.command;

describe('readTasksJson', () => {
  it('reads JSON with comments and commas at the end', () => {
    const text =
      '// Tasks\n{\n  "tasks": [\n    /* one */\n    { "label": "Build", "type": "shell", "command": "make", },\n  ],\n}\n';
    const { commands } = readTasksJson({ path: '.vscode/tasks.json', text }, 'linux');
    assert.deepEqual(commands, [
      {
        source: 'vscode',
        name: 'Build',
        description: null,
        path: '.vscode/tasks.json',
        line_number: 5,
        folder: '',
        command: { line: 'make', shell: null },
        env: {},
        blanks: [],
      },
    ]);
  });

  it('keeps the arguments of a process apart', () => {
    const args = ['a b', '$HOME', { value: ['x', 'y'], quoting: 'strong' }];
    assert.deepEqual(commandOf({ type: 'process', command: 'node', args }), {
      argv: ['node', 'a b', '$HOME', 'x y'],
    });
    assert.deepEqual(commandOf({ command: 'node' }), { argv: ['node'] });
  });

  it('quotes the words of a line as VS Code does', () => {
    const args = [
      'a b',
      '$HOME',
      "'c d'",
      { value: 'e$f', quoting: 'strong' },
      { value: 'g h', quoting: 'weak' },
    ];
    assert.deepEqual(commandOf({ type: 'shell', command: 'echo', args }), {
      line: "echo 'a b' $HOME 'c d' 'e$f' \"g h\"",
      shell: null,
    });
    assert.deepEqual(commandOf({ type: 'shell', command: 'make && make install' }), {
      line: 'make && make install',
      shell: null,
    });
    assert.deepEqual(
      commandOf({ type: 'shell', command: 'echo', args: [{ value: 'a b&c', quoting: 'escape' }] }),
      {
        line: 'echo a\\ b\\&c',
        shell: null,
      },
    );
    assert.deepEqual(commandOf({ type: 'shell', command: 'echo', args: ['a b'] }, 'win32'), {
      line: 'echo "a b"',
      shell: null,
    });
  });

  it('prefers what is said for the system', () => {
    const task = { type: 'shell', command: 'ls', windows: { command: 'dir', args: ['/b'] } };
    assert.deepEqual(commandOf(task, 'win32'), { line: 'dir /b', shell: null });
    assert.deepEqual(commandOf(task, 'darwin'), { line: 'ls', shell: null });
  });

  it('takes folder, environment and shell from the options, its own before those of all tasks', () => {
    const options = {
      cwd: '${workspaceFolder}/web/',
      env: { A: '1', B: '2' },
      shell: { executable: '/bin/bash' },
    };
    const task = { label: 'x', type: 'shell', command: 'y', options: { env: { B: '3' } } };
    const [found] = read([task], { options }).commands;
    assert.equal(found?.folder, 'web');
    assert.deepEqual(found?.env, { A: '1', B: '3' });
    assert.deepEqual(found?.command, { line: 'y', shell: '/bin/bash' });
    const folders = ['${workspaceFolder}', './a', 'b\\c', '/abs', '.'].map(
      (cwd) => read([{ label: 'x', command: 'y', options: { cwd } }]).commands[0]?.folder,
    );
    assert.deepEqual(folders, ['', 'a', 'b/c', '/abs', '']);
  });

  it('knows which variables it cannot fill, and what the file says about them', () => {
    const inputs = [
      {
        id: 'env',
        type: 'pickString',
        description: 'Where to?',
        options: ['dev', { label: 'Live', value: 'prod' }],
      },
      { id: 'name', type: 'promptString', default: 'me' },
    ];
    const command = 'deploy ${input:env} ${input:name} ${workspaceFolder} ${file} ${HOME} ${input:env}';
    const [found] = read([{ label: 'x', type: 'shell', command }], { inputs }).commands;
    assert.deepEqual(found?.blanks, [
      {
        placeholder: '${input:env}',
        fact: null,
        description: 'Where to?',
        fallback: null,
        choices: [
          { value: 'dev', label: 'dev' },
          { value: 'prod', label: 'Live' },
        ],
      },
      { placeholder: '${input:name}', fact: null, description: null, fallback: 'me', choices: null },
      {
        placeholder: '${workspaceFolder}',
        fact: 'workspace',
        description: null,
        fallback: null,
        choices: null,
      },
      { placeholder: '${file}', fact: null, description: null, fallback: null, choices: null },
    ]);
  });

  it('notes what a queue cannot do justice', () => {
    const inputs = [{ id: 'p', type: 'promptString', password: true }];
    const tasks = [
      { label: 'npm', type: 'npm', script: 'x' },
      { label: 'watch', type: 'shell', command: 'tsc -w', isBackground: true },
      { label: 'all', dependsOn: ['a'] },
      { label: 'secret', type: 'process', command: 'x', args: ['${input:p}'] },
      { label: 'hidden', type: 'shell', command: 'x', hide: true },
      { label: 'empty', type: 'shell' },
      { label: 'ok', type: 'shell', command: 'x', dependsOn: [] },
    ];
    const { commands, notes } = read(tasks, { inputs });
    assert.deepEqual(
      commands.map(({ name }) => name),
      ['ok'],
    );
    assert.deepEqual(
      notes.map(({ code, values }) => [code, values.name, values.type]),
      [
        ['other_type', 'npm', 'npm'],
        ['background', 'watch', undefined],
        ['depends_missing', 'all', undefined],
        ['password', 'secret', undefined],
      ],
    );
  });

  it('survives anything that is JSON, and says what is not', () => {
    for (const text of ['{}', '[]', '7', '{"tasks": {}}', '{"tasks": [null, 7, [], {"label": 3}]}']) {
      assert.deepEqual(readTasksJson({ path: 'x', text }, 'linux').commands, [], text);
    }
    const { notes } = readTasksJson({ path: 'x', text: '{"tasks": [}' }, 'linux');
    assert.equal(notes[0]?.code, 'unreadable');
  });

  it('keeps the problem matchers of a task, and of the file for those that have none', () => {
    const matcher = { owner: 'x', pattern: { regexp: 'x' }, background: { activeOnStart: true } };
    const { commands } = read(
      [
        { label: 'a', type: 'shell', command: 'make', problemMatcher: '$gcc' },
        { label: 'b', type: 'shell', command: 'make', problemMatcher: ['$tsc', matcher, 5] },
        { label: 'c', type: 'shell', command: 'make', problemMatcher: [] },
        { label: 'd', type: 'shell', command: 'make' },
      ],
      { problemMatcher: '$go' },
    );
    assert.deepEqual(JSON.parse(JSON.stringify(commands.map(({ problem_matcher: kept }) => kept ?? null))), [
      ['$gcc'],
      ['$tsc', { owner: 'x', pattern: { regexp: 'x' } }],
      null,
      ['$go'],
    ]);
  });

  it('chains the tasks that depend on each other, hidden ones included', () => {
    const { commands, notes } = read([
      { label: 'build', type: 'shell', command: 'make', hide: true },
      { label: 'check', type: 'process', command: 'lint', args: ['${input:level}'] },
      { label: 'test', type: 'shell', command: 'make test', dependsOn: 'build' },
      { label: 'all', dependsOn: ['test', 'check'], dependsOrder: 'sequence' },
      { label: 'lost', dependsOn: ['nowhere'] },
      { label: 'round', type: 'shell', command: 'x', dependsOn: ['round'] },
      { label: 'typed', type: 'shell', command: 'x', dependsOn: { type: 'npm', script: 'y' } },
      { label: 'watch', type: 'shell', command: 'x', isBackground: true },
      { label: 'watched', type: 'shell', command: 'x', dependsOn: ['watch'] },
    ]);
    const chains = commands.map(({ name, chain }) => [
      name,
      chain?.map(({ command, after }) => `${command.name}(${after.join()})`).join(' '),
    ]);
    assert.deepEqual(chains, [
      ['check', undefined],
      ['test', 'build() test(0)'],
      ['all', 'build() test(0) check(1)'],
    ]);
    const all = commands.at(-1);
    assert.deepEqual(
      all?.blanks.map(({ placeholder }) => placeholder),
      ['${input:level}'],
    );
    assert.equal(all && commandLine(all), 'build, test, check');
    assert.deepEqual(
      notes.map(({ code, values }) => [code, values.name, values.on]),
      [
        ['depends_missing', 'lost', 'nowhere'],
        ['depends_cycle', 'round', 'round'],
        ['depends_missing', 'typed', 'npm'],
        ['background', 'watch', undefined],
        ['depends_other', 'watched', 'watch'],
      ],
    );
  });
});
