/**
 * A process that holds a queue for a test: opens it with the options in its argument, reports its role over IPC, and
 * makes the calls that it receives.
 */

import { type OpenQueue, openQueue } from '../../../src/client/openQueue';
import type { OpenQueueOptions } from '../../../src/client/options';
import { fixedConfig } from '../../../src/core/config';
import { messageOf, QueueError } from '../../../src/core/errors';
import { silentLog } from '../../../src/core/log';

/** What the parent sends: the name of an operation of Queue and its arguments. */
export interface Order {
  number: number;
  operation: string;
  args: unknown[];
}

export type Report =
  | { kind: 'role'; role: string; generation: number }
  | { kind: 'answer'; number: number; value?: unknown; error?: { code: string; message: string } };

function report(message: Report): void {
  process.send?.(message);
}

async function perform(queue: OpenQueue, { number, operation, args }: Order): Promise<void> {
  try {
    const call = queue[operation as keyof OpenQueue] as (...args: unknown[]) => Promise<unknown>;
    const value = await call.apply(queue, args);
    report({ kind: 'answer', number, value });
  } catch (error) {
    const code = QueueError.is(error) ? error.code : 'unexpected';
    report({ kind: 'answer', number, error: { code, message: messageOf(error) } });
  }
}

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as Pick<
    OpenQueueOptions,
    'storage' | 'home' | 'programs' | 'version' | 'waitMs'
  >;
  const queue = await openQueue({
    workspace: null,
    role: 'serve',
    config: fixedConfig(),
    log: silentLog,
    serve: true,
    ...options,
  });
  const reportRole = async (): Promise<void> => {
    const { generation } = await queue.status();
    report({ kind: 'role', role: queue.role(), generation });
  };
  queue.onDidChangeRole(() => void reportRole());
  process.on('message', (order: Order) => void perform(queue, order));
  process.on('disconnect', () => process.exit());
  await reportRole();
}

if (process.send !== undefined) {
  main().catch((error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  });
}
