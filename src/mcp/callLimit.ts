/** Ends every call in time: clients give up after a minute, and then know nothing. */

import type { Clock } from '../core/clock';
import { QueueError } from '../core/errors';

/** Milliseconds. */
export const longestCall = 50_000;

/**
 * What `work` answers, if it does so in time; its signal aborts when it does not, or when `cancelled` does.
 * @throws QueueError `unavailable` when the time is over or the call was cancelled
 */
export async function withinLimit<T>(
  clock: Clock,
  cancelled: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  let stop: (error: QueueError) => void = () => undefined;
  const cut = new Promise<never>((_, reject) => {
    stop = (error) => {
      ended.abort();
      reject(error);
    };
  });
  const onCancel = (): void => stop(new QueueError('unavailable', 'The call was cancelled'));
  const timer = clock.after(longestCall, () => stop(tooLong()));
  cancelled.addEventListener('abort', onCancel);
  if (cancelled.aborted) onCancel();
  try {
    return await Promise.race([cut, work(ended.signal)]);
  } finally {
    timer.cancel();
    cancelled.removeEventListener('abort', onCancel);
  }
}

function tooLong(): QueueError {
  return new QueueError(
    'unavailable',
    `The queue did not answer within ${longestCall / 1000} seconds`,
    'Call again. What changes something may have been done: look with get_task or list_tasks first.',
  );
}
