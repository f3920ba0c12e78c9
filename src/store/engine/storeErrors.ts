/** What the store answers when it cannot do what was asked. */

import { messageOf, QueueError } from '../../core/errors';

export function notKept(folder: string, cause: unknown): QueueError {
  return new QueueError(
    'storage_failed',
    `The queue's files in ${folder} could not be written${because(cause)}; the change was not kept.`,
    'See that the disk has room and can be written, then try again.',
    undefined,
    { cause },
  );
}

export function outcomeUnknown(cause: unknown): QueueError {
  return new QueueError(
    'outcome_unknown',
    `Whether the change was kept is not known${because(cause)}.`,
    'Try again with the same key: if it was kept, the first answer comes back.',
    undefined,
    { cause },
  );
}

export function notOpened(folder: string, cause: unknown): QueueError {
  return new QueueError(
    'storage_failed',
    `The queue's files in ${folder} could not be opened${because(cause)}.`,
    'See that the folder can be read and written and that the disk has room, then try again.',
    undefined,
    { cause },
  );
}

export function backupFailed(file: string, cause: unknown): QueueError {
  return new QueueError(
    'storage_failed',
    `The backup ${file} could not be written${because(cause)}.`,
    'Name a file in a folder that exists, can be written and has room.',
    undefined,
    { cause },
  );
}

export function takenOver(folder: string): QueueError {
  return new QueueError('unavailable', `Another process owns the queue in ${folder} now.`, 'Ask it instead.');
}

export function closed(folder: string): QueueError {
  return new QueueError('unavailable', `The queue in ${folder} is closed.`, 'Open it again.');
}

function because(cause: unknown): string {
  return cause === undefined ? '' : ` (${messageOf(cause)})`;
}
