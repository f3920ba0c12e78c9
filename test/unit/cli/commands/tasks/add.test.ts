import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { Command } from '@commander-js/extra-typings';
import { environmentOfCaller } from '../../../../../src/cli/commands/tasks/callerEnvironment';
import { buildProgram } from '../../../../../src/cli/main';
import { withCommandSeparated } from '../../../../../src/cli/terminal/commandWords';
import { confirmOnTerminal } from '../../../../../src/cli/terminal/dialogue';
import { QueueError } from '../../../../../src/core/errors';

describe('The words of sparkq add', () => {
  let program: Command;
  const separated = (line: string) => withCommandSeparated(program, line.split(' '), ['add']).join(' ');

  before(async () => {
    ({ program } = await buildProgram({}));
  });

  it('belong to the command from the first one on', () => {
    assert.equal(separated('add make test --json'), 'add -- make test --json');
    assert.equal(
      separated('--json add --label x -s main ls -l --workspace y'),
      '--json add --label x -s main -- ls -l --workspace y',
    );
    assert.equal(
      separated('--workspace add add --env A=b --front ls'),
      '--workspace add add --env A=b --front -- ls',
    );
    assert.equal(
      separated('add --workspace=x --stream=y --json ls -- -a'),
      'add --workspace=x --stream=y --json -- ls -- -a',
    );
  });

  it('are left alone where they are separated, or are none', () => {
    for (const line of [
      'add -- make --json',
      'add --wait',
      'add',
      'add --help',
      'tasks --json',
      'help add',
      '-s add',
    ])
      assert.equal(separated(line), line);
  });
});

describe('The environment of sparkq add', () => {
  const env = {
    PATH: '/venv/bin:/bin',
    VIRTUAL_ENV: '/venv',
    HOME: '/home/ann',
    STAGE: 'test',
    GIT_DIR: '/x',
    SPARKQ_TOKEN: 's',
    SPARKQ_DATABASE_URL: 'postgresql://a:s@h/x',
  };
  const asked: string[] = [];
  const answering = (answer: boolean | null) => async (question: string) => {
    asked.push(question);
    return answer;
  };
  const refused = (named: string, answer: boolean | null = null) =>
    assert.rejects(
      environmentOfCaller(env, [named], answering(answer)),
      (error) => QueueError.is(error, 'invalid_field'),
      named,
    );

  it('is what decides which programs are found, and what is named', async () => {
    const found = await environmentOfCaller(env, ['STAGE', 'A=b=c', 'EMPTY=', 'PATH=/mine'], answering(null));
    assert.deepEqual(found, { PATH: '/mine', VIRTUAL_ENV: '/venv', STAGE: 'test', A: 'b=c', EMPTY: '' });
    assert.deepEqual(asked, []);
  });

  it('has no variable that is not set, is no name, or belongs to no run', async () => {
    for (const named of ['GONE', '=x', ' =x', 'A B=x', 'SPARKQ_TOKEN', 'SPARKQ_DATABASE_URL', 'GIT_DIR'])
      await refused(named);
  });

  it('has what looks like a secret only once somebody has agreed', async () => {
    await refused('API_TOKEN=x');
    await refused('API_TOKEN=x', false);
    const { API_TOKEN: token } = await environmentOfCaller(env, ['API_TOKEN=x'], answering(true));
    assert.equal(token, 'x');
    assert.equal(
      asked.every((question) => question.startsWith('API_TOKEN looks like a secret')),
      true,
    );
    assert.equal(asked.length, 3);
  });
});

describe('A question on a terminal', () => {
  const answered = async (text: string, usual: boolean, isTTY = true) => {
    const [input, output] = [new PassThrough(), new PassThrough()].map((stream) =>
      Object.assign(stream, { isTTY }),
    );
    input?.end(text);
    return confirmOnTerminal('Go on?', usual, input, output);
  };

  it('takes y and yes for a yes, and an empty line for what is usual', async () => {
    for (const yes of ['y\n', ' YES \n']) assert.equal(await answered(yes, false), true, yes);
    for (const no of ['n\n', 'no\n', 'what\n']) assert.equal(await answered(no, true), false, no);
    assert.deepEqual([await answered('\n', true), await answered('\n', false)], [true, false]);
  });

  it('takes its end for a no, and no pipe for a terminal', async () => {
    assert.equal(await answered('', true), false);
    assert.equal(await answered('y\n', true, false), null);
  });
});
