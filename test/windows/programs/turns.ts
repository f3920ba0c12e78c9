/**
 * Works on files that others work on as well. Arguments: what to do, the file or folder, and how often. Says `ready`,
 * begins when it is told to, and says how many `turns` it had, or what went wrong; one JSON value a line.
 */

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { OwnerLock } from '../../../src/store/ownership/ownerLock';
import { readFileIfAny, replaceFile } from '../../../src/system/wholeFiles';

/** So long that a file that is not whole is seen. */
const text = JSON.stringify('x'.repeat(20_000));

const turns: Readonly<Record<string, (place: string) => Promise<void>>> = {
  /** Becomes the owner of the folder, and lets the next one in. */
  async lock(storage) {
    const answer = await OwnerLock.acquire({ storage, role: 'command', waitMs: 3_600_000 });
    if (!('lock' in answer)) throw new Error('It has not waited for the lock');
    if (!answer.lock.stillOurs()) throw new Error('Somebody else has the lock as well');
    await answer.lock.release();
  },

  /** Replaces the file, and reads what is there. */
  async replace(file) {
    replaceFile(file, text);
    if (readFileIfAny(file) !== text) throw new Error('The file is not whole');
  },
};

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function main([what = '', place = '', count]: string[]): Promise<void> {
  const turn = turns[what];
  if (!turn) throw new Error(`There is no ${what}`);
  const lines = createInterface({ input: process.stdin });
  say({ ready: true });
  await once(lines, 'line');
  const began = performance.now();
  for (let done = 0; done < Number(count); done++) await turn(place);
  say({ turns: Number(count), milliseconds: Math.round(performance.now() - began) });
  lines.close();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  say({ turns: 0, error: String(error) });
  process.exit(1);
});
