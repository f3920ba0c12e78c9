import { setTimeout as after } from 'node:timers/promises';
import { type Discovery, readDiscovery } from '../../src/client/discovery';
import { RemoteQueue } from '../../src/client/remote/remoteQueue';
import type { Queue } from '../../src/core/queue';
import { isAlive } from '../../src/system/processes';

/** One that has just started announces itself soon; what a killed one has left says nothing. */
async function ownerOf(home: string, storage: string): Promise<Discovery> {
  for (;;) {
    const found = readDiscovery(home, storage);
    if (found !== null && isAlive(found.pid, found.startTime)) return found;
    await after(10);
  }
}

/** Asks after each change of a queue whether it is over; a process has the queue open meanwhile. @param home the user folder */
export async function followQueue(
  home: string,
  storage: string,
  isOver: (queue: Queue) => Promise<boolean>,
): Promise<void> {
  const { url, token, version } = await ownerOf(home, storage);
  const queue = new RemoteQueue({ url, token, version });
  let changes = 0;
  let changed = () => {};
  const unsubscribe = queue.subscribe(() => {
    changes += 1;
    changed();
  });
  try {
    for (;;) {
      const seen = changes;
      if (await isOver(queue)) return;
      if (seen === changes)
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
    }
  } finally {
    unsubscribe();
    await queue.close();
  }
}
