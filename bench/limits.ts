/** The limit of the disk: how often it can say that a small write is safe. */

import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Figure, measure } from './statistics';

const datasync = promisify(fs.fdatasync);

/** Writes 512 bytes and waits for them to be on the disk, one after the other, over space that the file already has. */
export async function syncsPerSecond(folder: string, milliseconds: number): Promise<Figure> {
  const file = path.join(folder, 'sync');
  const size = 4 * 1024 * 1024;
  fs.writeFileSync(file, Buffer.alloc(size));
  const descriptor = fs.openSync(file, 'r+');
  fs.fsyncSync(descriptor);
  const bytes = Buffer.alloc(512, 1);
  const figure = await measure(1, 1e6, milliseconds, async (index) => {
    fs.writeSync(descriptor, bytes, 0, bytes.length, (index * 512) % size);
    await datasync(descriptor);
    return true;
  });
  fs.closeSync(descriptor);
  return figure;
}
