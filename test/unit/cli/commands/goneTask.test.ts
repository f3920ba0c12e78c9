import assert from 'node:assert/strict';
import { Command } from '@commander-js/extra-typings';
import { addAdd } from '../../../../src/cli/commands/tasks/add';
import { addCancel } from '../../../../src/cli/commands/tasks/cancel';
import { addUndelete } from '../../../../src/cli/commands/tasks/delete';
import { addEdit } from '../../../../src/cli/commands/tasks/edit';
import { addEnqueue } from '../../../../src/cli/commands/tasks/enqueue';
import { addMove } from '../../../../src/cli/commands/tasks/move';
import { addPark, addUnpark } from '../../../../src/cli/commands/tasks/park';
import { addRequeue } from '../../../../src/cli/commands/tasks/requeue';
import { addReview } from '../../../../src/cli/commands/tasks/review';
import { addComplete } from '../../../../src/cli/commands/workers/complete';
import { addFail } from '../../../../src/cli/commands/workers/fail';
import { CommandContext } from '../../../../src/cli/context';
import type { Queue } from '../../../../src/core/queue';
import { aTask } from '../../../support/sampleRows';

const id = 'tsk_000000000001';

/** Commands on a queue that answers each change with the id alone: it was made before, and the row is gone. */
class Bench extends CommandContext {
  readonly answers: [value: unknown, text: string | readonly string[]][] = [];

  static async run(line: string): Promise<[unknown, string | readonly string[]][]> {
    const program = new Command().exitOverride();
    const bench = new Bench(program, {});
    const adders = [addCancel, addUndelete, addEdit, addEnqueue, addMove, addPark, addUnpark, addRequeue];
    for (const add of [...adders, addAdd, addReview, addComplete, addFail]) add(program, bench);
    await program.parseAsync(line.split(' '), { from: 'user' });
    return bench.answers;
  }

  override withQueue(action: (queue: Queue) => Promise<void>): Promise<void> {
    const queue = {
      getTask: async () => aTask({ id, status: 'running' }),
      enqueue: async () => ({ task: { id }, duplicate: true }),
    };
    const gone = async () => ({ id });
    return action(
      new Proxy(queue, { get: (own, name) => Reflect.get(own, name) ?? gone }) as unknown as Queue,
    );
  }

  override async findOrMake() {
    return { storage: '', workspace: process.cwd() };
  }
  override async findWorkspace(): Promise<string> {
    return process.cwd();
  }
  override async gitFacts(): Promise<undefined> {}
  override async gitAtEnd(): Promise<undefined> {}

  override answer(...answer: Parameters<CommandContext['answer']>): void {
    this.answers.push(answer);
  }
}

describe('A command whose task is gone when its change is repeated', () => {
  const lines = [
    `cancel ${id}`,
    `undelete ${id}`,
    `edit ${id} --label x`,
    `move ${id} --to front`,
    `park ${id}`,
    `unpark ${id}`,
    `requeue ${id}`,
    `review ${id}`,
    `complete ${id} --result done`,
    `fail ${id} --error no`,
    'enqueue -s lane -t llm-haiku --prompt x',
    'add -s lane make test',
  ];

  for (const line of lines) {
    it(`says so: ${line.split(' ')[0]}`, async () => {
      const more = /^(enqueue|add) /.test(line) ? { duplicate: true } : {};
      const text = `Task ${id} is gone: the change was made before, and the task has been removed since`;
      assert.deepEqual(await Bench.run(line), [[{ id, ...more }, text]]);
    });
  }

  it('is refused where it would wait for the task', async () => {
    await assert.rejects(Bench.run('add -s lane --wait make test'), { code: 'gone' });
  });
});
