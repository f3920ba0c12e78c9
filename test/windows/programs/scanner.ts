/**
 * A scanner as many machines have one: it opens every file below a folder in turn, and while it holds one, nobody else
 * can open, rename or remove that. Says how many files it has `held`, a JSON value for each round; runs until it is
 * killed.
 */

import fs from 'node:fs';
import path from 'node:path';

/** A flag of Windows that libuv knows and Node has no name for: nobody else may open the file. */
const exclusive = 0x1000_0000;
/** Milliseconds. */
const holdTime = 15;

const cell = new Int32Array(new SharedArrayBuffer(4));

function hold(file: string): boolean {
  let handle: number;
  try {
    handle = fs.openSync(file, fs.constants.O_RDONLY | exclusive);
  } catch {
    // It is gone, or somebody else has it.
    return false;
  }
  Atomics.wait(cell, 0, 0, holdTime);
  fs.closeSync(handle);
  return true;
}

function filesBelow(folder: string): string[] {
  try {
    const entries = fs.readdirSync(folder, { withFileTypes: true, recursive: true });
    return entries.flatMap((entry) => (entry.isFile() ? path.join(entry.parentPath, entry.name) : []));
  } catch {
    // A folder has been removed meanwhile.
    return [];
  }
}

const [folder = ''] = process.argv.slice(2);
for (let held = 0; ; ) {
  const files = filesBelow(folder);
  held += files.filter(hold).length;
  if (files.length === 0) Atomics.wait(cell, 0, 0, holdTime);
  fs.writeSync(1, `${JSON.stringify({ held })}\n`);
}
