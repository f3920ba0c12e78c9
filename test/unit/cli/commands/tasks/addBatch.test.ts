import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { usageProblem } from '../../../../../src/cli/commands/tasks/addWords';
import { namesOfFiles, namesOfText } from '../../../../../src/cli/commands/tasks/eachName';
import { tasksOfLines } from '../../../../../src/cli/commands/tasks/taskLines';
import { withName } from '../../../../../src/client/nameMark';
import { QueueError } from '../../../../../src/core/errors';
import { withFolder } from '../../../../support/folders';

describe('Names for {}', () => {
  it('are files, each once, in the order of the patterns, and none looks like an option', () =>
    withFolder(async (folder) => {
      for (const name of ['-n.csv', 'a b.csv', '数.csv']) fs.writeFileSync(path.join(folder, name), '');
      assert.deepEqual(await namesOfFiles(['数*', '*.csv'], folder), ['数.csv', './-n.csv', 'a b.csv']);
      await assert.rejects(
        namesOfFiles(['*.csv', '*.txt'], folder),
        (error) => QueueError.is(error, 'invalid_field') && error.message === 'Invalid each: *.txt',
      );
    }));

  it('are lines as they are, or what is between zero bytes', () => {
    assert.deepEqual(namesOfText(' a b\r\n\n-x\n数\n'), [' a b', '-x', '数']);
    assert.deepEqual(namesOfText('a\nb\0 \0c'), ['a\nb', ' ', 'c']);
    assert.throws(
      () => namesOfText(' \n'),
      (error) => QueueError.is(error, 'invalid_field'),
    );
  });

  it('stay one argument each', () => {
    const name = "$& it's {} && rm";
    assert.deepEqual(withName(['cp', '{}', '--to={}.bak', 'x'], name), ['cp', name, `--to=${name}.bak`, 'x']);
  });
});

describe('The usage of --each and --from', () => {
  const cases: [words: string[], options: Parameters<typeof usageProblem>[1], problem: RegExp | undefined][] =
    [
      [['fit', '{}'], { each: ['*'] }, undefined],
      [['fit', '{}'], {}, undefined],
      [['{}'], { each: ['*'] }, undefined],
      [[], { from: 'x', jobs: 2, stopAfter: 1, thenPolicy: 'hold' }, undefined],
      [[], {}, /^missing required argument 'command'$/],
      [['fit {} > log'], { each: ['*'] }, /never in a line for a shell$/],
      [['{}'], { each: ['*'], shell: 'bash' }, /never in a line for a shell$/],
      [['fit'], { each: ['*'] }, /^--each needs \{\} in the command/],
      [['fit'], { from: 'x' }, /^--from takes no command/],
      [['fit'], { jobs: 2 }, /^--jobs is for --each or --from$/],
      [['fit'], { stopAfter: 1 }, /^--stop-after is for --each or --from$/],
      [['fit', '{}'], { each: ['*'], follow: true }, /^--follow is for one command/],
      [['package.json', '--', 'fit', '{}'], { each: ['*'] }, /^put the pattern of --each in quotes/],
      [['git', 'log', '--', '{}'], { each: ['*'] }, undefined],
    ];
  for (const [words, options, problem] of cases) {
    it(`${JSON.stringify(words)} ${JSON.stringify(options)}`, () => {
      const said = usageProblem(words, options);
      if (problem === undefined) assert.equal(said, undefined);
      else assert.match(String(said), problem);
    });
  }
});

describe('Tasks as lines of JSON', () => {
  it('have the fields of one, their payload as it stands there', () => {
    const text =
      '\ufeff'.slice(1) +
      '{"tool_name": "t", "payload": {"id": 1970670598291982290}, "after": ["a"], "label": null}\n\n{"tool_name": "u", "payload": "{\\"a\\": 1.10}", "timeout": 5, "worktree": "task"}\r\n';
    const [first, second, ...others] = tasksOfLines(text, 'x');
    assert.deepEqual(
      [first?.payload, first?.after, first?.label],
      ['{"id": 1970670598291982290}', ['a'], undefined],
    );
    assert.deepEqual(
      [second?.payload, second?.timeout, second?.worktree, others],
      ['{"a": 1.10}', 5, 'task', []],
    );
  });

  const wrong: [line: string, code: 'invalid_field' | 'missing_field', message: RegExp][] = [
    ['[1]', 'invalid_field', /^Invalid line: \[1\] \(line 2\)$/],
    ['{"tool_name": ', 'invalid_field', /^Invalid line: /],
    ['{"label": "x"}', 'missing_field', /^tool_name is required \(line 2\)$/],
    ['{"tool_name": "t", "timeout": "5"}', 'invalid_field', /^Invalid timeout: 5 \(line 2\)$/],
    ['{"tool_name": "t", "after": "a"}', 'invalid_field', /^Invalid after: a \(line 2\)$/],
    ['{"tool_name": "t", "payload": [1]}', 'invalid_field', /^Invalid payload: \[1\] \(line 2\)$/],
    ['{"tool_name": "t", "worktree": "x"}', 'invalid_field', /^Invalid worktree: x \(line 2\)$/],
    ['{"tool_name": "t", "after_policy": "x"}', 'invalid_field', /^Invalid after_policy: x \(line 2\)$/],
  ];
  for (const [line, code, message] of wrong) {
    it(`are refused with their line: ${line}`, () =>
      assert.throws(
        () => tasksOfLines(`{"tool_name": "t"}\n${line}\n`, 'x'),
        (error) => QueueError.is(error, code) && message.test(error.message),
      ));
  }

  it('are at least one', () =>
    assert.throws(
      () => tasksOfLines('\n', 'tasks.jsonl'),
      (error) => QueueError.is(error, 'invalid_field') && error.message === 'Invalid from: tasks.jsonl',
    ));
});
