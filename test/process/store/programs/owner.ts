/**
 * A process that owns a queue, or waits to. Arguments: the storage folder, how long to wait for the lock (ms), and
 * what to do with it: `hold` it, or `write` items as fast as it can. Prints one JSON value a line; follows lines on
 * stdin: `check`, `release`.
 */

import { createInterface } from 'node:readline';
import { systemClock } from '../../../../src/core/clock';
import { messageOf, QueueError } from '../../../../src/core/errors';
import { OwnerLock } from '../../../../src/store/ownership/ownerLock';
import { addItem, itemNames, openDatabase } from '../../../support/openDatabase';

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function write(storage: string, lock: OwnerLock): Promise<void> {
  const database = await openDatabase(storage, {
    generation: lock.generation,
    ownerStillUs: () => lock.stillOurs(),
    onLost: () => say({ lost: true }),
  });
  say({ found: await itemNames(database) });
  let number = 0;
  const one = async (): Promise<void> => {
    for (;;) {
      const name = `${lock.generation}-${number++}`;
      await addItem(database, name);
      say({ acknowledged: name });
    }
  };
  await Promise.all([one(), one(), one()]).catch((error) => {
    say({ refused: QueueError.is(error) ? error.code : messageOf(error) });
  });
}

async function main([storage = '', waitMs, task]: string[]): Promise<void> {
  const answer = await OwnerLock.acquire({
    storage,
    role: 'command',
    waitMs: Number(waitMs),
    clock: systemClock,
  });
  if ('holder' in answer) {
    say({ holder: answer.holder });
    return;
  }
  const { lock } = answer;
  say({ generation: lock.generation });
  createInterface({ input: process.stdin }).on('line', async (line) => {
    if (line === 'check') say({ ours: lock.stillOurs() });
    if (line !== 'release') return;
    await lock.release();
    say({ released: true });
  });
  if (task === 'write') await write(storage, lock);
}

void main(process.argv.slice(2));
