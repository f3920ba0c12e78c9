/** What is wrong with a disk that takes no more, in words for people. */

import { messageOf, QueueError } from '../core/errors';
import { isErrno } from './errno';

interface Trouble {
  what: string;
  remedy: string;
}

const goesOn = 'SparkQ goes on by itself then';

const troubles: Readonly<Record<string, Trouble>> = {
  ENOSPC: { what: 'the disk is full', remedy: `Free some space on it: ${goesOn}` },
  EDQUOT: { what: 'your quota of the disk is used up', remedy: `Free some space on it: ${goesOn}` },
  EROFS: {
    what: 'the disk is read-only',
    remedy: `Find out why (a disk that fails is made read-only), and mount it writable again: ${goesOn}`,
  },
};

/** What has kept a file from being written, if that is the disk as a whole; null for anything else. */
export function diskTrouble(error: unknown): Trouble | null {
  if (!(error instanceof Error)) return null;
  const own = isErrno(error) ? troubles[String(error.code)] : undefined;
  return own ?? diskTrouble(error.cause);
}

/** The refusal for a file that the disk did not take; any other error as it is. */
export function explainDisk(file: string, error: unknown): unknown {
  const trouble = diskTrouble(error);
  if (trouble === null || QueueError.is(error)) return error;
  return new QueueError(
    'storage_failed',
    `${file} could not be written, because ${trouble.what} (${messageOf(error)})`,
    trouble.remedy,
    undefined,
    { cause: error },
  );
}
