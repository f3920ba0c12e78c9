/** Looks at files right before they are started: whether they are still what somebody agreed to. */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { whenFreeSync } from '../../system/heldFiles';
import type { CheckCall, RunSpec } from '../runFiles';

/** The paths of the files that are not as they were approved: from here on, only the program itself reads its files. */
export function changedFiles({ pinned = [] }: RunSpec): string[] {
  return pinned
    .filter(({ file, hash }) => file !== null && hashOf(file) !== hash)
    .map(({ path: name }) => name);
}

/** Why a check must not be started; null where it may. One that is missing cannot be started anyway. */
export function whyCheckChanged({ pin }: CheckCall): string | null {
  if (!pin) return null;
  const { file, hash, origin } = pin;
  const found = hashOf(file);
  if (found === null || found === hash) return null;
  const [expected, next] =
    file === origin
      ? ['it was when the run began', 'If its change is right, requeue the task.']
      : [
          `${origin} was when the run began`,
          'Merge its change if that is right, or commit what was changed there, and requeue the task.',
        ];
  return `It was not started: ${file} is not as ${expected}. ${next}`;
}

/** SHA-256; null for a file that cannot be read. */
function hashOf(file: string): string | null {
  try {
    return createHash('sha256')
      .update(whenFreeSync(file, () => fs.readFileSync(file)))
      .digest('hex');
  } catch {
    return null;
  }
}
