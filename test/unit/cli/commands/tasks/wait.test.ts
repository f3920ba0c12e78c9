import assert from 'node:assert/strict';
import { Command } from '@commander-js/extra-typings';
import { addWait } from '../../../../../src/cli/commands/tasks/wait';
import type { CommandContext } from '../../../../../src/cli/context';
import type { QueueEvent, QueueListener } from '../../../../../src/core/events';
import type { Task } from '../../../../../src/core/model';
import { aTask } from '../../../../support/sampleRows';

/** `sparkq wait` over tasks of a made-up queue. */
class Bench {
  readonly tasks = new Map<string, Task>();
  readonly read: string[] = [];
  private listener: QueueListener = () => {};

  constructor(...ids: string[]) {
    for (const id of ids) this.tasks.set(id, aTask({ id, status: 'running' }));
  }

  run(...args: string[]): Promise<unknown> {
    const queue = {
      subscribe: (listener: QueueListener) => {
        this.listener = listener;
        return () => {};
      },
      getTask: async (id: string) => {
        this.read.push(id);
        return this.tasks.get(id);
      },
    };
    const context = {
      withQueue: (use: (given: typeof queue) => unknown) => use(queue),
      answer: () => {},
    } as unknown as CommandContext;
    const program = new Command();
    addWait(program, context);
    return program.parseAsync(['wait', ...args], { from: 'user' });
  }

  finish(id: string): void {
    this.tasks.set(id, aTask({ id, status: 'succeeded' }));
    this.tell({ type: 'task.succeeded', task_id: id });
  }

  tell(event: Partial<QueueEvent> & Pick<QueueEvent, 'type'>): void {
    this.listener({ id: '1-1', at: '', ...event });
  }
}

describe('sparkq wait', () => {
  const ids = ['tsk_000000000001', 'tsk_000000000002', 'tsk_000000000003'] as const;

  it('reads again only the tasks of an event', async () => {
    const bench = new Bench(...ids);
    const waiting = bench.run(...ids);
    await new Promise(setImmediate);
    assert.deepEqual(bench.read, ids);
    for (const id of ids) {
      bench.finish(id);
      await new Promise(setImmediate);
    }
    await waiting;
    assert.deepEqual(bench.read, [...ids, ...ids]);
  });

  it('reads all open tasks again when events were missed', async () => {
    const bench = new Bench(...ids);
    const waiting = bench.run(...ids);
    await new Promise(setImmediate);
    for (const id of ids) bench.tasks.set(id, aTask({ id, status: 'succeeded' }));
    bench.tell({ type: 'reset' });
    await waiting;
    assert.deepEqual(bench.read, [...ids, ...ids]);
  });

  it('accepts a timeout longer than a timer can be', async () => {
    // Such a timer fires at once, and Node says so.
    const warned = new Promise((resolve) => process.once('warning', resolve));
    const bench = new Bench(ids[0]);
    const waiting = bench.run(ids[0], '--timeout', '3000000');
    await new Promise(setImmediate);
    bench.finish(ids[0]);
    await waiting;
    process.emitWarning('none but this');
    assert.match(String(await warned), /none but this/);
  });

  it('gives up when its time is over, also where a timer is early by the clock', async () => {
    const { now } = performance;
    // Each look finds 5 ms passed, however long the timer took.
    let time = 0;
    performance.now = () => {
      time += 5;
      return time;
    };
    try {
      await assert.rejects(new Bench(ids[0]).run(ids[0], '--timeout', '0.02'), /not finished within 0.02 s/);
    } finally {
      performance.now = now;
    }
  });
});
