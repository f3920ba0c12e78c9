import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { Blank, NamedCommand } from '../../../../src/scripts/sources/namedCommand';
import { taskForNamedCommand, tasksForNamedCommand } from '../../../../src/scripts/sources/namedCommandTask';

const blank = (placeholder: string, more: Partial<Blank> = {}): Blank => ({
  placeholder,
  fact: null,
  description: null,
  fallback: null,
  choices: null,
  ...more,
});

const named = (more: Partial<NamedCommand>): NamedCommand => ({
  source: 'vscode',
  name: 'x',
  description: null,
  path: '.vscode/tasks.json',
  line_number: 1,
  folder: '',
  command: { argv: ['make', 'x'] },
  env: {},
  blanks: [],
  ...more,
});

const here = { workspace: '/w/my project', shell: '/bin/sh', env: {}, platform: 'linux' } as const;
const answers = (given: Record<string, string>) => new Map(Object.entries(given));

describe('taskForNamedCommand', () => {
  it('tells apart the same script of two packages', () => {
    const script = named({ source: 'npm', folder: 'packages/a', command: { argv: ['npm', 'run', 'a b'] } });
    assert.match(
      taskForNamedCommand(script, new Map(), here).label ?? '',
      /^packages\/a: npm run ['"]a b['"]$/,
    );
    assert.equal(taskForNamedCommand({ ...script, folder: '' }, new Map(), here).label, undefined);
  });

  it('runs a program with its arguments, in its folder', () => {
    assert.deepEqual(taskForNamedCommand(named({ folder: 'a/b', env: { X: '1' } }), new Map(), here), {
      tool_name: 'run-command',
      payload: { argv: ['make', 'x'], cwd: 'a/b', env: { X: '1' } },
      label: 'x',
    });
    assert.deepEqual(taskForNamedCommand(named({}), new Map(), here).payload, { argv: ['make', 'x'] });
  });

  it('hands a line to the shell', () => {
    const command = { line: 'a | b', shell: '/bin/bash' };
    assert.deepEqual(taskForNamedCommand(named({ command }), new Map(), here), {
      tool_name: 'run-shell',
      payload: { line: 'a | b', shell: '/bin/bash' },
      label: 'x',
    });
  });

  it('fills its blanks with facts, answers and fallbacks, each once', () => {
    const task = named({
      command: { argv: ['x', '${workspaceFolder}/a', '${input:one}', '${input:two}', '${HOME}'] },
      folder: '${input:one}',
      env: { TWO: '<${input:two}>' },
      blanks: [
        blank('${workspaceFolder}', { fact: 'workspace' }),
        blank('${input:one}'),
        blank('${input:two}', { fallback: 'second' }),
      ],
    });
    assert.deepEqual(
      taskForNamedCommand(task, answers({ '${input:one}': '${input:two} $&' }), here).payload,
      {
        argv: ['x', '/w/my project/a', '${input:two} $&', 'second', '${HOME}'],
        cwd: '${input:two} $&',
        env: { TWO: '<second>' },
      },
    );
  });

  it('runs in the environment and the shell that are given, unless the file names others', () => {
    const given = { ...here, env: { PATH: '/a', X: '1' } };
    const task = named({ env: { X: '2' }, command: { line: 'ls', shell: null } });
    assert.deepEqual(taskForNamedCommand(task, new Map(), given).payload, {
      line: 'ls',
      shell: '/bin/sh',
      env: { PATH: '/a', X: '2' },
    });
  });

  it('says which value is missing', () => {
    const task = named({ blanks: [blank('${input:one}')] });
    assert.throws(() => taskForNamedCommand(task, new Map(), here), {
      code: 'missing_field',
      message: 'x needs a value for ${input:one}',
    });
  });

  it('puts no value into a line of a POSIX shell', () => {
    const command = { line: 'printf "%s|" ${v} "<${v}>" \'<${v}>\' a\\"${v} "${v}"', shell: null };
    const task = named({ command, blanks: [blank('${v}')] });
    const value = '$(echo gone); `echo gone` "\' *\n';
    const { payload } = taskForNamedCommand(task, answers({ '${v}': value }), here);
    const { line, env } = payload as { line: string; env: Record<string, string> };
    assert.deepEqual(env, { SPARKQ_VALUE_1: value });
    assert.ok(!line.includes('gone'));
    if (process.platform === 'win32') return;
    const output = execFileSync('/bin/sh', ['-c', line], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    assert.equal(output, [value, `<${value}>`, `<${value}>`, `a"${value}`, value, ''].join('|'));
  });

  it('puts only harmless values into a line of another shell', () => {
    const command = { line: 'echo ${v} "${v}"', shell: null };
    const task = named({ command, blanks: [blank('${v}')] });
    const windows = { ...here, shell: 'cmd.exe', platform: 'win32' } as const;
    const fill = (value: string, shell = 'cmd.exe') =>
      taskForNamedCommand(task, answers({ '${v}': value }), { ...windows, shell }).payload.line;
    assert.equal(fill('C:\\a (b)\\名'), 'echo "C:\\a (b)\\名" "C:\\a (b)\\名"');
    assert.equal(fill('abc'), 'echo abc "abc"');
    for (const value of ['a & b', '%PATH%', 'a"b', 'a\nb', '^', '$(x)', '!x!']) {
      assert.throws(() => fill(value), { code: 'invalid_field' }, value);
    }
    assert.throws(() => fill('$(x)', '/usr/bin/fish'), { code: 'invalid_field' });
    assert.match(String(fill('$(x)', 'C:\\Git\\bin\\bash.exe')), /SPARKQ_VALUE_1/);
  });

  it('becomes several tasks that wait for each other, where it depends on others', () => {
    const first = named({ name: 'a', command: { argv: ['a'] }, problem_matcher: ['$tsc'] });
    const last = named({ name: 'b', command: { argv: ['b'] } });
    const chain = [
      { command: first, after: [] },
      { command: last, after: [0] },
    ];
    const [one, two] = tasksForNamedCommand(named({ command: { argv: [] }, chain }), new Map(), here);
    assert.deepEqual(one?.payload, { argv: ['a'], problem_matcher: ['$tsc'] });
    assert.deepEqual(two?.payload, { argv: ['b'] });
    assert.deepEqual([one?.after, two?.after], [undefined, [one?.key]]);
    assert.notEqual(one?.key, two?.key);
    assert.deepEqual(tasksForNamedCommand(last, new Map(), here), [
      taskForNamedCommand(last, new Map(), here),
    ]);
  });
});
