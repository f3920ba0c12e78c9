/** The store's refusals. */

import { messageOf, QueueError } from '../../core/errors';
import { diskTrouble } from '../../system/diskTrouble';
import { isErrno } from '../../system/errno';

/** @param cause of the write, or of the last one that failed before it */
export function notKept(folder: string, cause: unknown): QueueError {
  return new QueueError(
    'storage_failed',
    `The queue's files in ${folder} could not be written${because(cause)}; the change was not kept.`,
    remedy(cause, 'Make sure that the disk is writable and has free space, then try again.'),
    undefined,
    { cause },
  );
}

export function outcomeUnknown(cause: unknown): QueueError {
  return new QueueError(
    'outcome_unknown',
    `It is not known whether the change was kept${because(cause)}.`,
    'Try again with the same key: if the change was kept, you get the first answer again.',
    undefined,
    { cause },
  );
}

export function notOpened(folder: string, cause: unknown): QueueError {
  return new QueueError(
    'storage_failed',
    `The queue's files in ${folder} could not be opened${because(cause)}.`,
    remedy(
      cause,
      'Make sure that the folder is readable and writable and the disk has free space, then try again.',
    ),
    undefined,
    { cause },
  );
}

/** Errors that the caller can mend by naming another file. */
const badPath = [
  ...['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'EROFS', 'ENAMETOOLONG', 'ELOOP', 'EINVAL', 'EEXIST'],
  ...['ETXTBSY', 'ERR_INVALID_ARG_VALUE'],
];

export function backupFailed(file: string, cause: unknown): QueueError {
  if (QueueError.is(cause)) return cause;
  return new QueueError(
    isErrno(cause, ...badPath) ? 'invalid_field' : 'storage_failed',
    `The backup ${file} could not be written${because(cause)}.`,
    'Choose a file in an existing, writable folder with free space.',
    undefined,
    { cause },
  );
}

export function takenOver(folder: string): QueueError {
  return new QueueError(
    'unavailable',
    `Another process owns the queue in ${folder} now.`,
    'Use the queue through that process.',
  );
}

export function closed(folder: string): QueueError {
  return new QueueError('unavailable', `The queue in ${folder} is closed.`, 'Open it again.');
}

function because(cause: unknown): string {
  if (cause === undefined) return '';
  const trouble = diskTrouble(cause);
  return `${trouble === null ? '' : `, because ${trouble.what}`} (${messageOf(cause)})`;
}

function remedy(cause: unknown, usual: string): string {
  const trouble = diskTrouble(cause);
  return trouble === null ? usual : `${trouble.remedy}.`;
}
