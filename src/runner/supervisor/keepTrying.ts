/** For what a supervisor has to write: a full disk may have room again soon. */

import { sleep } from '../../core/clock';

/** Between two tries, milliseconds. */
const tryAgain = 1_000;

/** Calls `write`, at once and then every second, until it does not throw or `wanted` says that it need not be written. */
export async function keepTrying(write: () => void, wanted: () => boolean): Promise<void> {
  while (wanted()) {
    try {
      write();
      return;
    } catch {
      await sleep(tryAgain);
    }
  }
}
