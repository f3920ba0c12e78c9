/** Work on a thread of its own, so that the owner's event loop is not blocked: one order, one answer. */

import path from 'node:path';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { messageOf, stackOf } from '../../core/errors';
import { isErrno } from '../../system/errno';

type Answer<Result> = { result: Result } | { failure: string; stack: string; code: string | undefined };

/**
 * Has a program of the folder `programs` carry out an order on a new thread.
 * @throws what the program throws, as an error with its message, stack and code; another one when aborted
 */
export function onThread<Order, Result>(
  program: string,
  programs: string,
  order: Order,
  signal: AbortSignal,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(path.resolve(programs, program), { workerData: order });
    const abort = () => void worker.terminate();
    signal.addEventListener('abort', abort, { once: true });
    worker.once('message', (answer: Answer<Result>) => {
      if ('result' in answer) resolve(answer.result);
      else reject(Object.assign(new Error(answer.failure), { stack: answer.stack, code: answer.code }));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      signal.removeEventListener('abort', abort);
      reject(new Error(`the thread of ${program} exited with code ${code} without an answer`));
    });
  });
}

/** The program's side: carries out the order of its thread, and answers. */
export async function answerOrder<Order, Result>(
  work: (order: Order) => Result | Promise<Result>,
): Promise<void> {
  parentPort?.postMessage(await answerTo(workerData as Order, work));
}

async function answerTo<Order, Result>(
  order: Order,
  work: (order: Order) => Result | Promise<Result>,
): Promise<Answer<Result>> {
  try {
    return { result: await work(order) };
  } catch (error) {
    return {
      failure: messageOf(error),
      stack: stackOf(error),
      code: isErrno(error) ? error.code : undefined,
    };
  }
}
